import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError } from './errors.ts';
import { buildMetadata, type MetadataInput, metadataPaths } from './metadata.ts';

const input: MetadataInput = {
  issuer: 'https://id.example/t/acme',
  profile: 'standard',
  endpoints: ['authorize', 'token', 'par', 'introspect', 'revoke', 'userinfo', 'logout'],
  scopes: ['openid'],
  claims: ['sub'],
  grantTypes: ['authorization_code', 'refresh_token'],
  responseModes: ['query', 'form_post'],
  subjectTypes: ['public'],
  authMethods: ['none', 'client_secret_basic', 'private_key_jwt'],
  clientAssertionAlgorithms: ['ES256'],
  idTokenAlgorithms: ['ES256', 'RS256'],
};

test('names each endpoint that exists below the issuer, and no other (RFC 8414 §2)', () => {
  const metadata = buildMetadata(input);
  assert.equal(metadata.issuer, 'https://id.example/t/acme');
  assert.equal(metadata.token_endpoint, 'https://id.example/t/acme/oauth2/token');
  assert.equal(metadata.pushed_authorization_request_endpoint, 'https://id.example/t/acme/oauth2/par');
  assert.equal(metadata.end_session_endpoint, 'https://id.example/t/acme/oauth2/logout');
  assert.equal(metadata.jwks_uri, 'https://id.example/t/acme/.well-known/jwks.json');
  for (const member of ['registration_endpoint', 'device_authorization_endpoint', 'mtls_endpoint_aliases']) {
    assert.equal(Object.hasOwn(metadata, member), false);
  }
});

test('promises code with S256 and the iss parameter only (RFC 9700 §2.1.1, RFC 9207 §3, CAP-1)', () => {
  const metadata = buildMetadata(input);
  assert.deepEqual(metadata.response_types_supported, ['code']);
  assert.deepEqual(metadata.code_challenge_methods_supported, ['S256']);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  assert.equal(metadata.request_uri_parameter_supported, false);
  assert.equal(metadata.require_pushed_authorization_requests, false);
  const machine = buildMetadata({ ...input, endpoints: ['token'], grantTypes: ['client_credentials'] });
  assert.deepEqual(machine.response_types_supported, []);
  assert.equal(Object.hasOwn(machine, 'code_challenge_methods_supported'), false);
});

test('introspection is not offered to those who do not authenticate (RFC 7662 §2.1, SPN-4)', () => {
  const metadata = buildMetadata(input);
  assert.deepEqual(metadata.introspection_endpoint_auth_methods_supported, [
    'client_secret_basic',
    'private_key_jwt',
  ]);
  assert.deepEqual(metadata.token_endpoint_auth_methods_supported, input.authMethods);
  assert.deepEqual(metadata.token_endpoint_auth_signing_alg_values_supported, ['ES256']);
  const { token_endpoint_auth_signing_alg_values_supported: none } = buildMetadata({
    ...input,
    authMethods: ['client_secret_basic'],
  });
  assert.equal(none, undefined);
});

test('pushed requests are required under fapi2-security (FAPI 2.0 Security Profile §5.3.2.2)', () => {
  assert.equal(
    buildMetadata({ ...input, profile: 'fapi2-security' }).require_pushed_authorization_requests,
    true,
  );
});

test('aliases for mutual TLS repeat the endpoints a client authenticates at (RFC 8705 §5)', () => {
  const { mtls_endpoint_aliases: aliases } = buildMetadata({
    ...input,
    mtlsBaseUrl: 'https://mtls.id.example/t/acme',
  });
  assert.deepEqual(aliases, {
    token_endpoint: 'https://mtls.id.example/t/acme/oauth2/token',
    pushed_authorization_request_endpoint: 'https://mtls.id.example/t/acme/oauth2/par',
    introspection_endpoint: 'https://mtls.id.example/t/acme/oauth2/introspect',
    revocation_endpoint: 'https://mtls.id.example/t/acme/oauth2/revoke',
    userinfo_endpoint: 'https://mtls.id.example/t/acme/oauth2/userinfo',
  });
});

test('survives JSON unchanged: nothing undefined is left in it (RFC 8414 §3.2)', () => {
  const metadata = buildMetadata({ ...input, acrValues: [], dpopAlgorithms: ['ES256'] });
  assert.deepEqual(JSON.parse(JSON.stringify(metadata)), metadata);
  assert.equal(Object.hasOwn(metadata, 'acr_values_supported'), false);
  assert.deepEqual(metadata.dpop_signing_alg_values_supported, ['ES256']);
});

for (const issuer of [
  'http://id.example',
  'https://id.example/',
  'https://id.example?x',
  'https://id.example#',
  'https://u@id.example',
  'id.example',
  '',
]) {
  test(`refuses the issuer ${JSON.stringify(issuer)} (RFC 8414 §2)`, () => {
    assert.throws(() => buildMetadata({ ...input, issuer }), OAuthError);
  });
}

test('http is taken for an issuer on loopback (architecture §5)', () => {
  assert.equal(buildMetadata({ ...input, issuer: 'http://localhost:9400' }).issuer, 'http://localhost:9400');
});

test('the well-known part is inserted for OAuth and appended for OpenID (RFC 8414 §3.1, §5)', () => {
  assert.deepEqual(metadataPaths('/t/acme'), {
    openidConfiguration: '/t/acme/.well-known/openid-configuration',
    openidConfigurationInserted: '/.well-known/openid-configuration/t/acme',
    oauthAuthorizationServer: '/.well-known/oauth-authorization-server/t/acme',
    oauthAuthorizationServerSuffix: '/t/acme/.well-known/oauth-authorization-server',
    jwks: '/t/acme/.well-known/jwks.json',
  });
  const root = metadataPaths('');
  assert.equal(root.openidConfiguration, root.openidConfigurationInserted);
});
