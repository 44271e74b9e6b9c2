import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type AccessTokenInput,
  buildAccessToken,
  parseAccessToken,
  parseAccessTokenClaims,
} from './access-token.ts';
import { OAuthError } from './errors.ts';
import { parseJws } from './jose/jws.ts';
import { makeKey, signJwt } from './jose/signing-keys.test-support.ts';

const issuer = 'https://id.example/t/acme';
const now = 1_800_000_000;
const expected = { issuer, now, skewSeconds: 30 };
const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
const input: AccessTokenInput = {
  key: { kid: 'k1', alg: 'ES256' },
  issuer,
  subject: 'USR-acme-x',
  kind: 'usr',
  audience: ['https://api.example/'],
  clientId: 'web',
  scope: ['openid', 'orders:read'],
  issuedAt: now,
  expiresAt: now + 300,
  jti: 'j1',
};
const key = makeKey('ES256', 'k1');
const refused = (error: unknown) =>
  error instanceof OAuthError &&
  error.code === 'invalid_token' &&
  error.status === 401 &&
  !error.description.includes('exp');
const { claims } = buildAccessToken(input);
const without = (name: string) =>
  Object.fromEntries(Object.entries(claims).filter(([member]) => member !== name));

test('carries the claims of the profile and nothing undefined (RFC 9068 §2.2)', () => {
  assert.deepEqual(buildAccessToken(input), {
    header: { typ: 'at+jwt', alg: 'ES256', kid: 'k1' },
    claims: {
      iss: issuer,
      sub: 'USR-acme-x',
      aud: 'https://api.example/',
      exp: now + 300,
      iat: now,
      jti: 'j1',
      client_id: 'web',
      scope: 'openid orders:read',
      typ: 'usr',
    },
  });
});

test('carries authentication, grant, confirmation and actor when there are any (RFC 9068 §2.2.1, RFC 8693 §4.1)', () => {
  const built = buildAccessToken({
    ...input,
    audience: ['a', 'b'],
    scope: [],
    authTime: now - 5,
    acr: 'urn:x',
    amr: ['pwd', 'otp'],
    grantId: 'g1',
    confirmation: { jkt },
    actor: { sub: 'AGT-acme-y', act: { sub: 'SVC-acme-z' } },
    claims: { sid: 's1' },
  });
  assert.deepEqual(built.claims.aud, ['a', 'b']);
  assert.equal(Object.hasOwn(built.claims, 'scope'), false);
  assert.deepEqual(parseAccessTokenClaims(built.claims, expected), built.claims);
  assert.equal(built.claims.sid, 's1');
  assert.deepEqual(built.claims.cnf, { jkt });
});

test('an extra claim cannot take the place of a registered one, set or not (RFC 9068 §2.2)', () => {
  for (const name of ['sub', 'aud', 'scope', 'cnf', 'act', 'acr', 'nbf', 'grant_id', 'typ', '__proto__']) {
    const extra = Object.fromEntries([[name, 'x']]);
    assert.throws(
      () => buildAccessToken({ ...input, claims: extra }),
      (error) => error instanceof OAuthError && error.code === 'server_error',
    );
  }
});

test('an access token without audience is not built (RFC 9068 §2.2)', () => {
  assert.throws(() => buildAccessToken({ ...input, audience: [] }), OAuthError);
});

test('the header type is demanded, in both spellings and no other (RFC 9068 §4)', () => {
  const typed = (typ: string | undefined) => parseJws(signJwt(key, claims, { typ }));
  for (const typ of ['at+jwt', 'application/at+jwt', 'AT+JWT']) {
    assert.deepEqual(parseAccessToken(typed(typ), expected), claims);
  }
  for (const typ of [
    undefined,
    'JWT',
    'logout+jwt',
    'dpop+jwt',
    'token-introspection+jwt',
    'oauth-authz-req+jwt',
  ]) {
    assert.throws(() => parseAccessToken(typed(typ), expected), refused, typ);
  }
});

for (const name of ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'typ']) {
  test(`refuses an access token without ${name} (RFC 9068 §2.2, SPN-12)`, () => {
    assert.throws(() => parseAccessTokenClaims(without(name), expected), refused);
  });
}

const wrong: readonly (readonly [string, Record<string, unknown>])[] = [
  ['another issuer', { iss: 'https://id.example/t/acme/' }],
  ['an issuer of another tenant', { iss: 'https://id.example/t/other' }],
  ['an exp that is text', { exp: String(now + 300) }],
  ['an exp that is not a number', { exp: Number.NaN }],
  ['an exp that has passed, skew included', { exp: now - 30 }],
  ['an iat in the future', { iat: now + 31 }],
  ['an nbf in the future', { nbf: now + 31 }],
  ['an empty audience', { aud: [] }],
  ['an audience that is not text', { aud: [1] }],
  ['an unknown kind', { typ: 'adm' }],
  ['a scope that is a list', { scope: ['a'] }],
  ['a malformed scope', { scope: 'a"b' }],
  ['a confirmation by an unknown method', { cnf: { kid: 'x' } }],
  ['an empty confirmation', { cnf: {} }],
  ['a null confirmation', { cnf: null }],
  ['an actor without sub', { act: { client_id: 'x' } }],
  ['a nested actor without sub', { act: { sub: 'a', act: {} } }],
  ['an auth_time that is text', { auth_time: 'now' }],
  ['an amr that is text', { amr: 'pwd' }],
];
for (const [what, members] of wrong) {
  test(`refuses an access token with ${what} (RFC 9068 §4)`, () => {
    assert.throws(() => parseAccessTokenClaims({ ...claims, ...members }, expected), refused);
  });
}

test('an access token lives until exp plus skew (RFC 7519 §4.1.4)', () => {
  assert.ok(parseAccessTokenClaims({ ...claims, exp: now - 29 }, expected));
  assert.ok(parseAccessTokenClaims({ ...claims, iat: now + 30 }, expected));
});

test('an audience is checked when one is expected (RFC 9068 §4)', () => {
  assert.ok(parseAccessTokenClaims(claims, { ...expected, audience: 'https://api.example/' }));
  assert.ok(parseAccessTokenClaims({ ...claims, aud: ['a', 'b'] }, { ...expected, audience: 'b' }));
  assert.throws(
    () => parseAccessTokenClaims(claims, { ...expected, audience: 'https://api.example' }),
    refused,
  );
});

test('inherited claims do not count (RFC 7519 §4)', () => {
  assert.throws(() => parseAccessTokenClaims(Object.create(claims), expected), refused);
});

test('any value is answered or refused with invalid_token (RFC 9068 §4)', () => {
  const member = fc.dictionary(fc.constantFrom(...Object.keys(claims), 'cnf', 'act', 'nbf'), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        member.map((members) => ({ ...claims, ...members })),
      ),
      (value) => {
        try {
          assert.equal(parseAccessTokenClaims(value, expected), value);
        } catch (error) {
          assert.ok(refused(error), String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});
