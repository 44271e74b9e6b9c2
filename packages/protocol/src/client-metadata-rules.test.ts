import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseClientMetadata } from './client-metadata.ts';
import { validateClientMetadata } from './client-metadata-rules.ts';
import { OAuthError } from './errors.ts';

const stored = parseClientMetadata(
  { redirect_uris: ['https://a.example/cb'], require_pkce: false },
  { profile: 'standard', defaultIdTokenAlg: 'RS256' },
);

test('a stored client can be held against another profile before a tenant changes to it (CAP-1)', () => {
  validateClientMetadata(stored, 'standard');
  validateClientMetadata(stored, 'oidc-core');
  for (const profile of ['strict', 'fapi2-security'] as const) {
    assert.throws(() => validateClientMetadata(stored, profile), OAuthError);
  }
});

test('the first broken rule is told, always the same one (RFC 7591 §3.2.2)', () => {
  const broken = {
    ...stored,
    redirectUris: [],
    grantTypes: [...stored.grantTypes, 'client_credentials' as const],
  };
  const told = Array.from({ length: 3 }, () => {
    try {
      return validateClientMetadata({ ...broken, tokenEndpointAuthMethod: 'none' }, 'strict');
    } catch (error) {
      return error instanceof OAuthError ? error.code : error;
    }
  });
  assert.deepEqual(told, ['invalid_redirect_uri', 'invalid_redirect_uri', 'invalid_redirect_uri']);
});
