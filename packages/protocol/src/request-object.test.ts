import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type ClientAssertionExpectation,
  parseClientAssertion,
  verifyClientAssertion,
} from './client-assertion.ts';
import type { Profile } from './client-metadata.ts';
import { OAuthError } from './errors.ts';
import { encodeBase64url } from './jose/base64url.ts';
import { parseJwk } from './jose/jwk.ts';
import { makeKey, signJwt, signRaw, type TestKey } from './jose/signing-keys.test-support.ts';
import {
  parseRequestObject,
  type RequestObjectExpectation,
  requestObjectRules,
  verifyRequestObject,
} from './request-object.ts';

const issuer = 'https://id.example/t/a';
const now = 1_800_000_000;
const key = makeKey('ES256', 'c1');
const typ = 'oauth-authz-req+jwt';
const claims = {
  iss: 'web',
  aud: issuer,
  client_id: 'web',
  jti: 'j1',
  iat: now,
  nbf: now,
  exp: now + 300,
  response_type: 'code',
  redirect_uri: 'https://app.example/cb',
  scope: 'openid',
  state: 's',
};
type Changes = Readonly<Record<string, unknown>>;

function expectation(
  profile: Profile,
  changed: Partial<RequestObjectExpectation> = {},
): RequestObjectExpectation {
  return {
    clientId: 'web',
    keys: [key.jwk],
    algorithms:
      profile === 'fapi2-security' ? ['ES256', 'EdDSA', 'PS256'] : ['ES256', 'EdDSA', 'PS256', 'RS256'],
    issuer,
    rules: requestObjectRules[profile],
    now,
    skewSeconds: 60,
    ...changed,
  };
}

/** A good object under `profile`, with changes; undefined takes a member away. */
async function check(
  profile: Profile,
  changes: Changes = {},
  options: {
    readonly header?: Changes;
    readonly by?: TestKey;
    readonly expected?: Partial<RequestObjectExpectation>;
  } = {},
): Promise<void> {
  const object = parseRequestObject(
    signJwt(options.by ?? key, { ...claims, ...changes }, { typ, ...options.header }),
  );
  await verifyRequestObject(object, expectation(profile, options.expected));
}

const refused = (problem: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OAuthError, String(error));
  assert.equal(error.code, 'invalid_request_object');
  assert.equal(error.status, 400);
  assert.match(error.description, problem);
  return true;
};

const profiles: readonly Profile[] = ['standard', 'oidc-core', 'strict', 'fapi2-security'];
const openProfiles: readonly Profile[] = ['standard', 'oidc-core'];
const fapi = (module: string, rule: string) =>
  `fapi2-security-profile-final-${module}: ${rule} (FAPI 2.0 Message Signing §5.3.1)`;

test('a good object verifies under every profile, and its request is what it says (RFC 9101 §6.3, OpenID Connect Core §6.3)', async () => {
  for (const profile of profiles) await check(profile);
  const { parameters, jti, expiresAt, form } = parseRequestObject(signJwt(key, claims, { typ }));
  assert.deepEqual({ jti, expiresAt, form }, { jti: 'j1', expiresAt: now + 300, form: 'typed' });
  assert.deepEqual(parameters, [
    ['client_id', ['web']],
    ['response_type', ['code']],
    ['redirect_uri', ['https://app.example/cb']],
    ['scope', ['openid']],
    ['state', ['s']],
  ]);
});

test(
  fapi('ensure-request-object-with-multiple-aud-succeeds', 'our issuer among others suffices'),
  async () => {
    for (const profile of profiles) await check(profile, { aud: ['https://other.example', issuer] });
  },
);

test(
  fapi('ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted', 'clocks may differ a little'),
  async () => {
    for (const ahead of [8, 10]) await check('fapi2-security', { nbf: now + ahead, iat: now + ahead });
    for (const claim of ['nbf', 'iat']) {
      for (const profile of profiles) {
        await assert.rejects(check(profile, { [claim]: now + 61 }), refused(/in the future/));
      }
    }
  },
);

for (const [module, rule, changes, problem] of [
  ['ensure-request-object-without-exp-fails', 'exp is required', { exp: undefined }, /exp is missing/],
  ['ensure-request-object-without-nbf-fails', 'nbf is required', { nbf: undefined }, /nbf is missing/],
  [
    'ensure-expired-request-object-fails',
    'one that has expired is refused',
    { nbf: now - 400, exp: now - 60 },
    /has expired/,
  ],
  ['ensure-request-object-with-bad-aud-fails', 'aud is this server', { aud: 'https://other.example' }, /aud/],
  [
    'ensure-request-object-with-exp-over-60-fails',
    'exp is at most 60 minutes after nbf',
    { exp: now + 4200 },
    /60 minutes after/,
  ],
  [
    'ensure-request-object-with-nbf-over-60-fails',
    'nbf is at most 60 minutes ago',
    { nbf: now - 4200, exp: now - 500 + 1000 },
    /60 minutes/,
  ],
  [
    'par-authorization-request-containing-request_uri',
    'no reference is inside an object',
    { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
    /cannot be inside/,
  ],
] as const) {
  test(fapi(module, rule), async () => {
    await assert.rejects(check('fapi2-security', changes), refused(problem));
  });
}

test(fapi('ensure-signed-request-object-with-RS256-fails', 'RS256 is not among the algorithms'), async () => {
  const rsa = makeKey('RS256', 'rsa');
  const expected = { keys: [rsa.jwk] };
  await assert.rejects(check('fapi2-security', {}, { by: rsa, expected }), refused(/algorithm/));
  await check('oidc-core', {}, { by: rsa, expected });
});

test(fapi('ensure-request-object-signature-algorithm-is-not-none', 'an unsigned object is none'), () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
    for (const signature of ['', 'AAAA']) {
      const header = encodeBase64url(JSON.stringify({ alg, typ }));
      const object = `${header}.${encodeBase64url(JSON.stringify(claims))}.${signature}`;
      assert.throws(() => parseRequestObject(object), refused(/./), alg);
    }
  }
});

test(
  fapi('ensure-request-object-with-invalid-signature-fails', 'a signature that does not fit is refused'),
  async () => {
    const good = signJwt(key, claims, { typ });
    const [header, , signature] = good.split('.');
    const other = encodeBase64url(JSON.stringify({ ...claims, redirect_uri: 'https://evil.example/' }));
    const object = parseRequestObject(`${header}.${other}.${signature}`);
    await assert.rejects(verifyRequestObject(object, expectation('fapi2-security')), refused(/no key/));
  },
);

test(
  fapi('ensure-matching-key-in-authorization-request', 'the key of another client verifies nothing'),
  async () => {
    await assert.rejects(check('fapi2-security', {}, { by: makeKey('ES256', 'c1') }), refused(/no key/));
    await assert.rejects(check('fapi2-security', {}, { by: makeKey('ES256', 'c2') }), refused(/no key/));
  },
);

test('under FAPI 2.0 the bounds of 60 minutes are inclusive, elsewhere there are none (FAPI 2.0 Message Signing §5.3.1)', async () => {
  await check('fapi2-security', { nbf: now - 3600, exp: now });
  await check('fapi2-security', { nbf: now, exp: now + 3600 });
  for (const profile of [...openProfiles, 'strict'] as const) {
    await check(profile, { exp: undefined, nbf: undefined, iat: undefined, jti: undefined });
    await check(profile, { nbf: now - 1_000_000, exp: now + 1_000_000 });
    await assert.rejects(check(profile, { exp: now - 60 }), refused(/expired/));
  }
});

test('iss is the client, and it and aud are there where the profile asks it; what is there is checked everywhere (RFC 9101 §4, OpenID Connect Core §6.1)', async () => {
  for (const profile of profiles) {
    await assert.rejects(check(profile, { iss: 'other' }), refused(/iss/));
    for (const aud of [
      'https://id.example',
      `${issuer}/`,
      'https://id.example/t/b',
      'web',
      ['https://other.example'],
    ]) {
      await assert.rejects(check(profile, { aud }), refused(/aud/), String(aud));
    }
  }
  for (const member of ['iss', 'aud']) {
    for (const profile of ['strict', 'fapi2-security'] as const) {
      await assert.rejects(check(profile, { [member]: undefined }), refused(new RegExp(member)));
    }
    for (const profile of openProfiles) await check(profile, { [member]: undefined });
  }
});

test('client_id inside is the one outside; it may be missing in an object of OpenID Connect alone (RFC 9101 §6.3, OpenID Connect Core §6.1)', async () => {
  for (const profile of profiles) {
    await assert.rejects(check(profile, { client_id: 'other' }), refused(/client_id/));
    await assert.rejects(check(profile, { client_id: undefined }), refused(/client_id/));
  }
  for (const profile of openProfiles) {
    await check(profile, { client_id: undefined }, { header: { typ: 'JWT' } });
    await assert.rejects(
      check(profile, { client_id: 'other' }, { header: { typ: 'JWT' } }),
      refused(/client_id/),
    );
  }
});

test('typ says that it is a request object; the open profiles take none and JWT too, and nobody takes the typ of another token (RFC 9101 §10.8)', async () => {
  for (const typ of ['application/oauth-authz-req+jwt', 'OAuth-Authz-Req+JWT']) {
    for (const profile of profiles) await check(profile, {}, { header: { typ } });
  }
  for (const typ of [undefined, 'JWT', 'jwt']) {
    for (const profile of openProfiles) await check(profile, {}, { header: { typ } });
    for (const profile of ['strict', 'fapi2-security'] as const) {
      await assert.rejects(check(profile, {}, { header: { typ } }), refused(/typ/));
    }
  }
  for (const typ of [
    'at+jwt',
    'dpop+jwt',
    'logout+jwt',
    'client-authentication+jwt',
    'secevent+jwt',
    'x',
    'JOSE',
  ]) {
    for (const profile of profiles) {
      await assert.rejects(check(profile, {}, { header: { typ } }), refused(/another kind/), typ);
    }
  }
});

const assertionExpectation: ClientAssertionExpectation = {
  keys: [key.jwk],
  algorithms: ['ES256'],
  audiences: [issuer],
  requireSingleStringAudience: true,
  now,
  skewSeconds: 60,
  maxLifetimeSeconds: 300,
};

test('a client assertion is no request object: its sub is the client (RFC 9101 §10.8, FAPI 2.0 Message Signing §5.3.1)', async () => {
  const assertion = { iss: 'web', sub: 'web', aud: issuer, jti: 'j', iat: now, nbf: now, exp: now + 60 };
  const bare = signJwt(key, assertion);
  await verifyClientAssertion(parseClientAssertion(bare), assertionExpectation);
  await assert.rejects(
    verifyRequestObject(parseRequestObject(bare), expectation('oidc-core')),
    refused(/sub is the client/),
  );
  for (const profile of profiles) {
    const disguised = signJwt(key, { ...claims, sub: 'web' }, { typ });
    await assert.rejects(
      verifyRequestObject(parseRequestObject(disguised), expectation(profile)),
      refused(/sub is the client/),
    );
  }
  await check('oidc-core', { sub: 'somebody' });
});

test('a request object authenticates no client: it has no sub, and another typ (RFC 9101 §10.8, RFC 7523 §3)', () => {
  for (const header of [{}, { typ }, { typ: 'JWT' }]) {
    assert.throws(
      () => parseClientAssertion(signJwt(key, claims, header)),
      (error) => error instanceof OAuthError && error.code === 'invalid_client',
    );
  }
  assert.throws(
    () => parseClientAssertion(signJwt(key, { ...claims, sub: 'web' }, { typ })),
    (error) => error instanceof OAuthError && error.code === 'invalid_client',
  );
});

test('a client takes no other algorithm than the one it registered, with the same key too (OpenID Connect Registration §2)', async () => {
  const rsa = makeKey('PS256', 'rsa');
  const { alg: _, ...jwk } = rsa.jwk;
  const expected = { keys: [parseJwk(jwk)], algorithms: ['PS256'] };
  await check('oidc-core', {}, { by: rsa, expected });
  const rs256 = signJwt({ ...rsa, alg: 'RS256' }, claims, { typ });
  await assert.rejects(
    verifyRequestObject(parseRequestObject(rs256), expectation('oidc-core', expected)),
    refused(/algorithm/),
  );
  const edwards = makeKey('EdDSA', 'e');
  const either = { keys: [parseJwk({ ...edwards.jwk, alg: undefined })], algorithms: ['Ed25519'] };
  await check('oidc-core', {}, { by: edwards, expected: either });
});

test('a key marked for encryption, or of another kid, verifies nothing (RFC 7517 §4.2, RFC 9101 §6.2)', async () => {
  const { alg: _, ...jwk } = key.jwk;
  for (const marked of [
    { ...jwk, use: 'enc' },
    { ...jwk, use: undefined, key_ops: ['deriveKey'] },
    { ...jwk, kid: 'other' },
  ]) {
    await assert.rejects(
      check('oidc-core', {}, { expected: { keys: [parseJwk(marked)] } }),
      refused(/no key/),
    );
  }
  await assert.rejects(check('oidc-core', {}, { expected: { keys: [] } }), refused(/no key/));
});

test('max_age as a number, claims as an object and resource as a list become what a query would say (OpenID Connect Core §6.1, RFC 8707 §2)', () => {
  const read = (members: Changes) => Object.fromEntries(parseRequestObject(signJwt(key, members)).parameters);
  assert.deepEqual(
    read({
      max_age: 0,
      claims: { id_token: { acr: { essential: true } } },
      resource: ['https://a.example', 'https://b.example'],
      scope: 'openid profile',
      login_hint: '',
      extension: 'kept',
      authorization_details: [{ type: 'x' }],
      flag: true,
      nothing: null,
      client_secret: 'x',
      client_assertion: 'x',
    }),
    {
      max_age: ['0'],
      claims: ['{"id_token":{"acr":{"essential":true}}}'],
      resource: ['https://a.example', 'https://b.example'],
      scope: ['openid profile'],
      extension: ['kept'],
    },
  );
  assert.deepEqual(read({ max_age: '10', resource: 'https://a.example' }), {
    max_age: ['10'],
    resource: ['https://a.example'],
  });
  assert.deepEqual(read({ resource: [] }), {});
});

for (const [what, members, problem] of [
  ['a request inside', { request: 'e30.e30.AAAA' }, /request cannot be inside/],
  ['an empty request inside', { request: '' }, /request cannot be inside/],
  ['a request_uri inside', { request_uri: 'https://app.example/r' }, /request_uri cannot be inside/],
  ['a state that is a number', { state: 5 }, /state is not a string/],
  ['a scope that is a list', { scope: ['openid'] }, /scope is not a string/],
  [
    'a redirect_uri that is a list',
    { redirect_uri: ['https://app.example/cb'] },
    /redirect_uri is not a string/,
  ],
  ['a prompt that is null', { prompt: null }, /prompt is not a string/],
  ['a max_age with a fraction', { max_age: 1.5 }, /max_age is not a whole number/],
  ['a negative max_age', { max_age: -1 }, /max_age is not a whole number/],
  ['a max_age that is an object', { max_age: {} }, /max_age is not a string/],
  ['claims as text', { claims: '{}' }, /claims is not a JSON object/],
  ['claims as a list', { claims: [] }, /claims is not a JSON object/],
  ['a resource that is a number', { resource: [1] }, /resource is not a string/],
  ['a NUL character', { login_hint: 'a\0b' }, /NUL/],
  ['an iss that is a list', { iss: ['web'] }, /iss is not a string/],
  ['an aud that is a number', { aud: 5 }, /aud/],
  ['an aud of nobody', { aud: [] }, /aud/],
  ['an exp that is text', { exp: '9999999999' }, /exp is not a time/],
  ['a jti of 257 characters', { jti: 'j'.repeat(257) }, /jti/],
  ['a jti that is a number', { jti: 1 }, /jti/],
  [
    'more than 100 members',
    Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`m${n}`, 'x'])),
    /too many/,
  ],
] as const) {
  test(`a request object is refused with ${what} (RFC 9101 §4, OpenID Connect Core §6.1)`, () => {
    assert.throws(
      () => parseRequestObject(signJwt(key, { ...claims, ...members }, { typ })),
      refused(problem),
    );
  });
}

test('what is no strict signed JWT is refused: members twice, five parts, one megabyte, crit, rubbish (RFC 9101 §6.2, RFC 8725 §3.1)', () => {
  const header = JSON.stringify({ alg: 'ES256', kid: 'c1', typ });
  for (const object of [
    signRaw(key, header, '{"client_id":"web","state":"a","state":"b"}'),
    signRaw(key, header, '{"client_id":"web","__proto__":{}}'),
    signRaw(key, '{"alg":"ES256","alg":"ES256"}', JSON.stringify(claims)),
    signRaw(key, '{"alg":"ES256","crit":["exp"],"exp":1}', JSON.stringify(claims)),
    signRaw(key, header, '"text"'),
    signRaw(key, header, '[]'),
    signJwt(key, { ...claims, state: 'x'.repeat(1_048_576) }, { typ }),
    'eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIn0.a.b.c.d',
    '',
    '..',
    'a.b.c',
    'é.é.é',
    `${signJwt(key, claims, { typ })}.x`,
  ]) {
    assert.throws(() => parseRequestObject(object), refused(/./));
  }
});

test('whatever text comes, the parser answers with a request or its one refusal (RFC 9101 §6.3)', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.object().map((members) => signJwt(key, members)),
      ),
      (text) => {
        try {
          for (const [, values] of parseRequestObject(text).parameters) {
            assert.ok(values.length > 0 && values.every((value) => value !== ''));
          }
        } catch (error) {
          assert.ok(error instanceof OAuthError && error.code === 'invalid_request_object', String(error));
        }
      },
    ),
    { numRuns: 300 },
  );
});
