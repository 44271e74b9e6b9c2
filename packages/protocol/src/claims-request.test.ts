import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { admitsValue, findRequestedClaim, parseClaimsRequest } from './claims-request.ts';
import { OAuthError } from './errors.ts';

const parse = (value: unknown) => parseClaimsRequest(JSON.stringify(value));

function refuses(text: string, what: string): void {
  assert.throws(
    () => parseClaimsRequest(text),
    (error) => error instanceof OAuthError && error.code === 'invalid_request',
    what,
  );
}

test('the example of the standard (OpenID Connect Core §5.5)', () => {
  const request = parse({
    userinfo: {
      given_name: { essential: true },
      nickname: null,
      email: { essential: true },
      email_verified: { essential: true },
      picture: null,
      'http://example.info/claims/groups': null,
    },
    id_token: {
      auth_time: { essential: true },
      acr: { values: ['urn:mace:incommon:iap:silver'] },
    },
  });
  assert.deepEqual(request, {
    userinfo: [
      { name: 'given_name', essential: true },
      { name: 'nickname', essential: false },
      { name: 'email', essential: true },
      { name: 'email_verified', essential: true },
      { name: 'picture', essential: false },
      { name: 'http://example.info/claims/groups', essential: false },
    ],
    idToken: [
      { name: 'auth_time', essential: true },
      { name: 'acr', essential: false, values: ['urn:mace:incommon:iap:silver'] },
    ],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(request)), request, 'it can be stored as it is');
});

test('value and essential are read, null and an empty object ask alike (OpenID Connect Core §5.5.1)', () => {
  assert.deepEqual(parse({ id_token: { sub: { value: '248289761001' }, email: {}, name: null } }).idToken, [
    { name: 'sub', essential: false, value: '248289761001' },
    { name: 'email', essential: false },
    { name: 'name', essential: false },
  ]);
  assert.deepEqual(parse({ userinfo: { level: { essential: false, value: 0 } } }).userinfo, [
    { name: 'level', essential: false, value: 0 },
  ]);
});

test('members that are not understood are ignored, at every level (OpenID Connect Core §5.5, §5.5.1)', () => {
  assert.deepEqual(parse({ verified_claims: [1], userinfo: { email: { purpose: 'x', max_age: 3 } } }), {
    userinfo: [{ name: 'email', essential: false }],
    idToken: [],
  });
  assert.deepEqual(parse({}), { userinfo: [], idToken: [] });
});

test('a name out of the prototype of objects is a name like any other (OpenID Connect Core §5.5)', () => {
  const { userinfo } = parseClaimsRequest('{"userinfo":{"constructor":null,"toString":{"essential":true}}}');
  assert.deepEqual(userinfo, [
    { name: 'constructor', essential: false },
    { name: 'toString', essential: true },
  ]);
  assert.deepEqual(parseClaimsRequest('{"userinfo":{"email":{}},"hasOwnProperty":{}}').idToken, []);
  refuses('{"__proto__":{"essential":true}}', '__proto__ at the top');
  refuses('{"userinfo":{"__proto__":null}}', '__proto__ as a claim');
  refuses('{"userinfo":{"sub":{"__proto__":{"value":"x"}}}}', '__proto__ within a claim');
});

test('what is not of the form is invalid_request (OpenID Connect Core §5.5)', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '"userinfo"',
    '{',
    '{"userinfo":{}',
    "{'userinfo':{}}",
    '{"userinfo":{}}x',
    '{"userinfo":null}',
    '{"userinfo":[]}',
    '{"id_token":"email"}',
    '{"id_token":{"":null}}',
    '{"id_token":{"email":true}}',
    '{"id_token":{"email":"a@b.example"}}',
    '{"id_token":{"email":[]}}',
    '{"id_token":{"email":{"essential":"true"}}}',
    '{"id_token":{"email":{"essential":1}}}',
    '{"id_token":{"email":{"essential":null}}}',
    '{"id_token":{"email":{"value":null}}}',
    '{"id_token":{"email":{"values":"x"}}}',
    '{"id_token":{"email":{"values":null}}}',
    '{"id_token":{"email":{"values":[]}}}',
    '{"id_token":{"email":null,"email":{"essential":true}}}',
    '{"id_token":{"sub":{"value":1}}}',
    '{"id_token":{"sub":{"value":["x"]}}}',
    '{"userinfo":{"sub":{"values":["x",{}]}}}',
    '{"id_token":{"acr":{"values":["aal1",2]}}}',
    '{"id_token":{"name":{"value":"\\ud800"}}}',
    '{"id_token":{"level":{"value":1e999}}}',
  ]) {
    refuses(text, text);
  }
});

test('size, depth, number of claims and of values are bounded (OpenID Connect Core §5.5)', () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, null]));
  assert.equal(parse({ userinfo: many(100), id_token: many(100) }).userinfo.length, 100);
  refuses(JSON.stringify({ userinfo: many(101) }), '101 claims');
  const values = (count: number) => ({ id_token: { acr: { values: Array(count).fill('a') } } });
  assert.equal(parse(values(50)).idToken[0]?.values?.length, 50);
  refuses(JSON.stringify(values(51)), '51 values');
  refuses(JSON.stringify({ userinfo: { ['n'.repeat(257)]: null } }), 'a long name');
  const nested = (levels: number) => `${'{"a":'.repeat(levels)}null${'}'.repeat(levels)}`;
  parseClaimsRequest(nested(16));
  refuses(nested(17), '17 levels');
  refuses(nested(1000), '1000 levels');
  refuses(`${'['.repeat(4000)}${']'.repeat(4000)}`, '4000 lists');
  const padded = (size: number) => `{"x":"${'x'.repeat(size - 8)}"}`;
  parseClaimsRequest(padded(8192));
  refuses(padded(8193), '8193 bytes');
  refuses(`{"x":"${'\u{1f980}'.repeat(2100)}"}`, 'few characters, many bytes');
});

test('no text makes it fail in another way than by invalid_request (OpenID Connect Core §5.5)', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.json().map((json) => `{"id_token":${json}}`),
    fc.json().map((json) => `{"userinfo":{"sub":${json}}}`),
  );
  fc.assert(
    fc.property(text, (claims) => {
      try {
        const { userinfo, idToken } = parseClaimsRequest(claims);
        assert.ok([...userinfo, ...idToken].every(({ name }) => name !== ''));
      } catch (error) {
        assert.ok(error instanceof OAuthError && error.code === 'invalid_request', claims);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a value is met when it is the one and among the many that were asked for (OpenID Connect Core §5.5.1)', () => {
  const claim = { name: 'acr', essential: true };
  assert.ok(admitsValue(claim, 'aal1'));
  assert.ok(admitsValue({ ...claim, value: 'aal1' }, 'aal1'));
  assert.ok(!admitsValue({ ...claim, value: 'aal2' }, 'aal1'));
  assert.ok(admitsValue({ ...claim, values: ['aal2', 'aal1'] }, 'aal1'));
  assert.ok(!admitsValue({ ...claim, values: ['aal2'] }, 'aal1'));
  assert.ok(!admitsValue({ ...claim, value: 'aal1', values: ['aal2'] }, 'aal1'), 'both are asked for');
  assert.ok(!admitsValue({ ...claim, value: ['aal1'] }, 'aal1'));
});

test('a claim is found by its name alone, not in another language (OpenID Connect Core §5.2)', () => {
  const claims = parse({ userinfo: { 'name#de': { essential: true }, name: null } }).userinfo;
  assert.equal(findRequestedClaim(claims, 'name')?.essential, false);
  assert.equal(findRequestedClaim(claims, 'email'), undefined);
});
