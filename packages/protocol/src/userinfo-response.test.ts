import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError } from './errors.ts';
import { buildUserinfoResponse } from './userinfo-response.ts';

const input = {
  key: { kid: 'k1', alg: 'ES256' as const },
  issuer: 'https://as.example',
  clientId: 'web',
  claims: { sub: 'someone', email: 'a@b.example' },
};

test('a signed userinfo answer has issuer and audience beside the claims, and no expiry (OpenID Connect Core §5.3.2)', () => {
  assert.deepEqual(buildUserinfoResponse(input), {
    header: { typ: 'JWT', alg: 'ES256', kid: 'k1' },
    claims: { iss: 'https://as.example', aud: 'web', sub: 'someone', email: 'a@b.example' },
  });
});

for (const name of ['iss', 'aud', 'exp', 'iat', 'nonce', 'at_hash', 'cnf', 'jti', 'azp', 'events']) {
  test(`a claim about a person cannot become the ${name} of a signed userinfo answer (OpenID Connect Core §5.3.2)`, () => {
    assert.throws(
      () => buildUserinfoResponse({ ...input, claims: { ...input.claims, [name]: 'x' } }),
      (error: unknown) => error instanceof OAuthError && error.code === 'server_error',
    );
  });
}
