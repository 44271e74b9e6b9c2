import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OAuthError, type OAuthErrorCode } from './errors.ts';
import {
  parseBasicCredentials,
  parseNonNegativeInteger,
  parseParameters,
  parseSpaceDelimited,
} from './params.ts';

const refusedAs = (code: OAuthErrorCode) => (error: unknown) =>
  error instanceof OAuthError && error.code === code;
const invalid = refusedAs('invalid_request');

test('an empty parameter is an absent one (RFC 6749 §3.1)', () => {
  const parameters = parseParameters('scope=&state&nonce=n&=x&&');
  assert.equal(parameters.get('scope'), undefined);
  assert.equal(parameters.has('state'), false);
  assert.deepEqual(parameters.names(), ['nonce', '']);
  assert.deepEqual(parseParameters('resource=&resource=a').all('resource'), ['a']);
});

test('a parameter sent twice is refused, with a value or without (RFC 6749 §3.1)', () => {
  for (const text of ['a=1&a=1', 'a=1&a=2', 'a=&a=1', 'a&a', 'a=1&%61=2', 'client_id=a&x=1&client_id=a']) {
    assert.throws(() => parseParameters(text), invalid, text);
  }
});

test('resource and audience may be sent more than once, others when the caller says so (RFC 8707 §2, RFC 8693 §2.1)', () => {
  assert.deepEqual(parseParameters('resource=a&resource=b&audience=c&audience=d').all('resource'), [
    'a',
    'b',
  ]);
  assert.equal(parseParameters('resource=a&resource=b').get('resource'), 'a');
  assert.throws(() => parseParameters('resource=a&resource=b', { repeatable: [] }), invalid);
  assert.deepEqual(parseParameters('x=a&x=b', { repeatable: ['x'] }).all('x'), ['a', 'b']);
});

test('names of object members are names like others (attack 8)', () => {
  const parameters = parseParameters('__proto__=a&constructor=b&toString=c');
  assert.equal(parameters.get('__proto__'), 'a');
  assert.equal(parameters.get('constructor'), 'b');
  assert.equal(parameters.get('hasOwnProperty'), undefined);
  assert.equal(({} as Record<string, unknown>).a, undefined);
});

for (const [what, text] of [
  ['a broken escape', 'a=%'],
  ['an escape that is not hexadecimal', 'a=%zz'],
  ['invalid UTF-8', 'a=%c0%80'],
  ['a surrogate in UTF-8', 'a=%ed%a0%80'],
  ['NUL', 'a=x%00y'],
  ['NUL in a name', 'a%00=x'],
  ['an unencoded control character', 'a=x\r\ny'],
  ['an unencoded character outside ASCII', 'a=é'],
  ['a name of 257 characters', `${'n'.repeat(257)}=1`],
  ['more than 100 parameters', Array.from({ length: 101 }, (_, index) => `p${index}=1`).join('&')],
  ['more than 131,072 characters', `a=${'x'.repeat(131_072)}`],
] as const) {
  test(`refuses a request with ${what} (RFC 6749 Appendix B)`, () => {
    assert.throws(() => parseParameters(text), invalid);
  });
}

test('nothing behind a run of separators is lost (RFC 6749 §3.1)', () => {
  assert.equal(parseParameters(`${'&'.repeat(5000)}a=1`).get('a'), '1');
  assert.throws(() => parseParameters(`a=1${'&'.repeat(5000)}a=2`), invalid);
});

test('a description never repeats unsafe characters of a name (RFC 6749 §5.2)', () => {
  assert.throws(
    () => parseParameters('%22%0d%0a=1&%22%0d%0a=2'),
    (error) => error instanceof OAuthError && error.description === "the parameter '?? occurs more than once",
  );
});

const dictionary = fc.dictionary(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1200 }),
  { maxKeys: 20 },
);

test('reads what URLSearchParams writes, values intact (RFC 6749 Appendix B)', () => {
  fc.assert(
    fc.property(dictionary, (members) => {
      const entries = Object.entries(members).filter(([name, value]) => !`${name}${value}`.includes('\0'));
      fc.pre(entries.every(([name, value]) => name.isWellFormed() && value.isWellFormed()));
      const parameters = parseParameters(new URLSearchParams(entries).toString());
      assert.deepEqual(
        parameters.names(),
        entries.map(([name]) => name),
      );
      for (const [name, value] of entries) assert.equal(parameters.get(name), value);
    }),
  );
});

test('answers as URLSearchParams does, or refuses with invalid_request, on any text (RFC 6749 §3.1)', () => {
  const anyText = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'ab=&%+0c') }));
  fc.assert(
    fc.property(anyText, (text) => {
      try {
        const parameters = parseParameters(text);
        const reference = new URLSearchParams(`&${text}`);
        for (const name of parameters.names()) assert.equal(parameters.get(name), reference.get(name));
      } catch (error) {
        assert.ok(invalid(error), String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test('both halves of Basic credentials are form-decoded, after the split (RFC 6749 §2.3.1)', () => {
  assert.deepEqual(parseBasicCredentials(basic('a%3Ab:p+q%3A%2B%25')), {
    clientId: 'a:b',
    clientSecret: 'p q:+%',
  });
  assert.deepEqual(parseBasicCredentials(basic('a:b:c').replace('Basic', 'bAsIc')), {
    clientId: 'a',
    clientSecret: 'b:c',
  });
});

test('reads every credential that a conforming client writes (RFC 6749 §2.3.1)', () => {
  const credential = fc.string({ minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(credential, credential, (clientId, clientSecret) => {
      const encode = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);
      const header = basic(`${encode(clientId)}:${encode(clientSecret)}`);
      assert.deepEqual(parseBasicCredentials(header), { clientId, clientSecret });
    }),
  );
});

for (const [what, header] of [
  ['another scheme', 'Bearer YTpi'],
  ['nothing after the scheme', 'Basic '],
  ['base64url', `Basic ${'__'.repeat(4)}`],
  ['non-canonical base64', 'Basic YTpiYh=='],
  ['missing padding', 'Basic YTpi'.concat('Yg')],
  ['no colon', basic('ab')],
  ['an empty id', basic(':b')],
  ['an empty secret', basic('a:')],
  ['a broken escape', basic('a:%')],
  ['a control character', basic('a:b%0a')],
  ['a NUL', basic('a:b%00')],
  ['bytes outside ASCII', basic('a:é')],
  ['encoded characters outside ASCII', basic('a:%C3%A9')],
  ['a trailing parameter', `${basic('a:b')}, realm=x`],
] as const) {
  test(`refuses Basic credentials with ${what}, all alike (RFC 6749 §5.2, RFC 7617 §2)`, () => {
    assert.throws(
      () => parseBasicCredentials(header),
      (error) =>
        error instanceof OAuthError &&
        error.code === 'invalid_client' &&
        error.status === 401 &&
        error.description === 'client authentication failed',
    );
  });
}

test('a list is split at spaces and bounded (OpenID Connect Core §3.1.2.1)', () => {
  assert.deepEqual(parseSpaceDelimited(' login  consent '), ['login', 'consent']);
  assert.throws(() => parseSpaceDelimited('a '.repeat(101)), invalid);
  assert.deepEqual(parseSpaceDelimited(`${' '.repeat(5000)}a`), ['a']);
});

test('a number of seconds has one spelling (OpenID Connect Core §3.1.2.1)', () => {
  assert.equal(parseNonNegativeInteger('max_age', '0'), 0);
  assert.equal(parseNonNegativeInteger('max_age', '4294967295'), 4_294_967_295);
  for (const text of [
    '-1',
    '+1',
    '1.0',
    '01',
    '1e3',
    '0x1',
    ' 1',
    '1 ',
    '٣',
    '4294967296',
    '99999999999',
    '',
  ]) {
    assert.throws(() => parseNonNegativeInteger('max_age', text), invalid, text);
  }
});
