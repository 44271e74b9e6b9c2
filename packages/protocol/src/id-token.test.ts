import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OAuthError } from './errors.ts';
import { buildIdToken, type IdTokenInput, parseIdTokenHint } from './id-token.ts';
import { parseJws } from './jose/jws.ts';
import { makeKey, signJwt, signRaw } from './jose/signing-keys.test-support.ts';
import { tokenHash } from './token-hash.ts';

const issuer = 'https://id.example';
const now = 1_800_000_000;
const expected = { issuer, now, skewSeconds: 30 };
const key = makeKey('ES256', 'k1');
const input: IdTokenInput = {
  key: { kid: 'k1', alg: 'ES256' },
  issuer,
  subject: 'u1',
  clientId: 'web',
  issuedAt: now,
  expiresAt: now + 300,
};

test('carries what was given and nothing undefined (OpenID Connect Core §2)', () => {
  assert.deepEqual(buildIdToken(input), {
    header: { typ: 'JWT', alg: 'ES256', kid: 'k1' },
    claims: { iss: issuer, sub: 'u1', aud: 'web', exp: now + 300, iat: now },
  });
  const { claims } = buildIdToken({
    ...input,
    authTime: now - 9,
    acr: 'a',
    amr: ['hwk'],
    sid: 's',
    accessToken: 'at',
    code: 'c',
    claims: { email: 'a@b.example' },
  });
  assert.equal(claims.at_hash, tokenHash('at', 'ES256'));
  assert.equal(claims.c_hash, tokenHash('c', 'ES256'));
  assert.equal(claims.auth_time, now - 9);
  assert.equal(claims.sid, 's');
  assert.equal(claims.email, 'a@b.example');
});

test('a nonce comes back intact, whatever it is (OpenID Connect Core §3.1.2.1)', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 384 }), (nonce) => {
      assert.equal(buildIdToken({ ...input, nonce }).claims.nonce, nonce);
    }),
  );
});

test('a claim about the user cannot become one of ours, set or not (OpenID Connect Core §2)', () => {
  for (const name of ['sub', 'aud', 'nonce', 'acr', 'amr', 'auth_time', 'sid', 'azp', 'at_hash', 'cnf']) {
    assert.throws(() => buildIdToken({ ...input, claims: { [name]: 'x' } }), OAuthError, name);
  }
});

const { claims } = buildIdToken({ ...input, issuedAt: now - 90_000, expiresAt: now - 89_700 });
const refused = (error: unknown) => error instanceof OAuthError && error.code === 'invalid_request';

test('an expired hint is accepted (OpenID Connect Core §3.1.2.1)', () => {
  assert.deepEqual(parseIdTokenHint(parseJws(signJwt(key, claims, { typ: 'JWT' })), expected), claims);
  assert.deepEqual(parseIdTokenHint(parseJws(signJwt(key, claims)), expected), claims);
});

test('a token of another kind is no hint (RFC 8725 §3.11, attack 1)', () => {
  for (const typ of ['at+jwt', 'logout+jwt', 'secevent+jwt', 'token-introspection+jwt', 'dpop+jwt']) {
    assert.throws(() => parseIdTokenHint(parseJws(signJwt(key, claims, { typ })), expected), refused);
  }
});

for (const [what, members] of [
  ['of another issuer', { iss: 'https://id.example/' }],
  ['from the future', { iat: now + 31 }],
  ['for two clients', { aud: ['web', 'other'] }],
  ['without sub', { sub: undefined }],
  ['without exp', { exp: undefined }],
  ['with a sid that is not text', { sid: 1 }],
] as const) {
  test(`refuses a hint ${what} (OpenID Connect RP-Initiated Logout §2)`, () => {
    assert.throws(
      () => parseIdTokenHint(parseJws(signJwt(key, { ...claims, ...members })), expected),
      refused,
    );
  });
}

test('a payload with duplicate members is refused (RFC 7519 §4)', () => {
  const twice = JSON.stringify(claims).replace('"sub":"u1"', '"sub":"u1","sub":"u2"');
  assert.throws(() => parseIdTokenHint(parseJws(signRaw(key, '{"alg":"ES256"}', twice)), expected), refused);
});
