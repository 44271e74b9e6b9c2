import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type ClientAssertionExpectation,
  clientAssertionType,
  parseClientAssertion,
  verifyClientAssertion,
} from './client-assertion.ts';
import { OAuthError } from './errors.ts';
import { makeKey, signJwt, signRaw } from './jose/signing-keys.test-support.ts';

const issuer = 'https://id.example/t/a';
const now = 1_800_000_000;
const key = makeKey('ES256', 'c1');
const claims = { iss: 'web', sub: 'web', aud: issuer, jti: 'j1', iat: now, exp: now + 60 };
const expected: ClientAssertionExpectation = {
  keys: [key.jwk],
  algorithms: ['ES256', 'PS256', 'EdDSA'],
  audiences: [issuer],
  requireSingleStringAudience: true,
  now,
  skewSeconds: 60,
  maxLifetimeSeconds: 300,
};
const refused = (error: unknown) =>
  error instanceof OAuthError &&
  error.code === 'invalid_client' &&
  error.status === 401 &&
  error.description === 'client authentication failed' &&
  error.detail !== undefined;

async function check(
  members: Record<string, unknown>,
  changed: Partial<ClientAssertionExpectation> = {},
  header: Record<string, unknown> = {},
): Promise<void> {
  const assertion = parseClientAssertion(signJwt(key, { ...claims, ...members }, header));
  await verifyClientAssertion(assertion, { ...expected, ...changed });
}

test('a good assertion names its client, jti and expiry, and verifies (RFC 7523 §3)', async () => {
  const assertion = parseClientAssertion(signJwt(key, claims));
  assert.equal(assertion.clientId, 'web');
  assert.equal(assertion.jti, 'j1');
  assert.equal(assertion.expiresAt, now + 60);
  await verifyClientAssertion(assertion, expected);
  assert.equal(clientAssertionType, 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
});

for (const [what, members] of [
  ['whose iss and sub differ', { sub: 'other' }],
  ['without iss', { iss: undefined }],
  ['without sub', { sub: undefined }],
  ['without jti', { jti: undefined }],
  ['with an empty jti', { jti: '' }],
  ['with a jti of 257 characters', { jti: 'j'.repeat(257) }],
  ['with a jti that is a number', { jti: 1 }],
  ['without exp', { exp: undefined }],
  ['with an exp that is text', { exp: '9999999999' }],
  ['without aud', { aud: undefined }],
  ['with an empty aud', { aud: [] }],
  ['that has expired', { exp: now - 60 }],
  ['that expires too far ahead', { exp: now + 361 }],
  ['that is not valid yet', { nbf: now + 61 }],
  ['issued in the future', { iat: now + 61 }],
  ['issued too long ago', { iat: now - 361 }],
  ['for another tenant', { aud: 'https://id.example/t/b' }],
  ['for the tenant with a trailing slash', { aud: `${issuer}/` }],
  ['for the token endpoint where only the issuer counts', { aud: `${issuer}/oauth2/token` }],
  ['with an audience of one in an array', { aud: [issuer] }],
  ['with two audiences', { aud: [issuer, 'https://other.example'] }],
] as const) {
  test(`refuses an assertion ${what}, all alike (RFC 7523 §3, attack 2)`, async () => {
    await assert.rejects(check(members), refused);
  });
}

test('under oidc-core the endpoint counts and a single audience may stand in an array, two never (RFC 7523 §3)', async () => {
  const changed = { audiences: [issuer, `${issuer}/oauth2/token`], requireSingleStringAudience: false };
  await check({ aud: [`${issuer}/oauth2/token`] }, changed);
  await check({ aud: issuer }, changed);
  await assert.rejects(check({ aud: [issuer, `${issuer}/oauth2/token`] }, changed), refused);
  await assert.rejects(check({ aud: [issuer, 'https://other.example'] }, changed), refused);
});

test('a token of another kind is not an assertion, though the client signed it (RFC 8725 §3.11, attack 1)', async () => {
  for (const typ of ['dpop+jwt', 'oauth-authz-req+jwt', 'at+jwt', 'logout+jwt', 'oauth-id-jag+jwt']) {
    await assert.rejects(check({}, {}, { typ }), refused);
  }
  for (const typ of ['JWT', 'jwt', 'client-authentication+jwt', undefined]) await check({}, {}, { typ });
});

test('only registered keys and accepted algorithms verify (RFC 7523 §3, RFC 8725 §3.1)', async () => {
  const other = makeKey('ES256', 'c1');
  await assert.rejects(check({}, { keys: [other.jwk] }), refused);
  await assert.rejects(check({}, { keys: [] }), refused);
  await assert.rejects(check({}, { algorithms: ['PS256'] }), refused);
  await assert.rejects(check({}, {}, { kid: 'c2' }), refused);
  await assert.rejects(check({}, { keys: [other.jwk] }, { jwk: key.jwk }), refused);
  const { kid: _, ...unnamed } = other.jwk;
  await check({}, { keys: [unnamed, key.jwk] }, { kid: undefined });
});

test('Ed25519 passes where EdDSA is accepted (RFC 9864 §2.2)', async () => {
  const edwards = makeKey('Ed25519', 'c1');
  const assertion = parseClientAssertion(signJwt(edwards, claims));
  await verifyClientAssertion(assertion, { ...expected, keys: [edwards.jwk] });
});

test('malformed JOSE is invalid_client like everything else (RFC 6749 §5.2)', () => {
  const twice = JSON.stringify(claims).replace('"sub":"web"', '"sub":"web","sub":"x"');
  for (const text of [
    '',
    'a.b.c',
    `${signJwt(key, claims)}.x`,
    signRaw(key, '{"alg":"ES256"}', twice),
    'x'.repeat(9000),
  ]) {
    assert.throws(() => parseClientAssertion(text), refused);
  }
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(claims), 'nbf'), fc.jsonValue()), (members) => {
      try {
        parseClientAssertion(signJwt(key, { ...claims, ...members }));
      } catch (error) {
        assert.ok(refused(error));
      }
    }),
  );
});
