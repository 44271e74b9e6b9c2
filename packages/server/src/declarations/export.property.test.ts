import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { clientMetadataMembers, parseJwkSet } from '@countersign/protocol';
import fc from 'fast-check';
import { ClientError } from '../clients/index.ts';
import { openDeclarations } from './declarations.test-support.ts';

const key = (use: 'sig' | 'enc') => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  use,
  kid: use,
});
const keys = { keys: [key('sig'), key('enc')] };
const text = fc.constantFrom(
  'Shop',
  'no',
  '1',
  '- x: y',
  '# no comment',
  ' spaces ',
  '"quoted"',
  'Käse 🧀',
  'null',
  '0x10',
  "'",
);
const link = fc.constantFrom('https://app.example/a?b=c&d=%20', 'https://app.example/x');
const signing = fc.constantFrom('ES256', 'RS256', 'PS256', 'EdDSA');
const withKeys = { jwks: keys } as const;
const encrypted = (response: string) =>
  fc.constantFrom<object>(
    {},
    {},
    { ...withKeys, [`${response}_encrypted_response_alg`]: 'ECDH-ES' },
    {
      ...withKeys,
      [`${response}_encrypted_response_alg`]: 'ECDH-ES',
      [`${response}_encrypted_response_enc`]: 'A256GCM',
    },
  );

/** Members that go together; each may be left out. */
const parts = fc.record(
  {
    names: fc.record({ client_name: text, software_id: text, software_version: text }, { requiredKeys: [] }),
    links: fc.record(
      { logo_uri: link, policy_uri: link, tos_uri: link, client_uri: link, initiate_login_uri: link },
      { requiredKeys: [] },
    ),
    grants: fc.constantFrom<object>(
      { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
      {
        grant_types: [
          'authorization_code',
          'client_credentials',
          'urn:ietf:params:oauth:grant-type:device_code',
        ],
      },
    ),
    scope: fc.constantFrom<object>(
      { scope: 'openid profile offline_access', default_scope: 'openid' },
      { scope: 'openid' },
    ),
    authentication: fc.constantFrom<object>(
      { token_endpoint_auth_method: 'client_secret_post' },
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        ...withKeys,
      },
      { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://app.example/jwks' },
      { token_endpoint_auth_method: 'none', allowed_origins: ['https://app.example'] },
    ),
    requests: fc.constantFrom<object>(
      { request_object_signing_alg: 'ES256', require_signed_request_object: true, ...withKeys },
      { request_uris: ['https://app.example/r#hash'], ...withKeys },
      { require_pushed_authorization_requests: true },
    ),
    flags: fc.record(
      {
        first_party: fc.boolean(),
        always_refresh: fc.boolean(),
        rotate_refresh_tokens: fc.boolean(),
        require_auth_time: fc.boolean(),
        require_pkce: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    answers: fc.record(
      {
        id_token_signed_response_alg: signing,
        userinfo_signed_response_alg: signing,
        introspection_signed_response_alg: signing,
      },
      { requiredKeys: [] },
    ),
    idToken: encrypted('id_token'),
    userinfo: encrypted('userinfo'),
    introspection: encrypted('introspection'),
    logout: fc.constantFrom<object>({
      post_logout_redirect_uris: ['https://app.example/bye'],
      backchannel_logout_uri: 'https://app.example/logout',
      backchannel_logout_session_required: true,
    }),
    subjects: fc.constantFrom<object>({
      subject_type: 'pairwise',
      sector_identifier_uri: 'https://app.example/sector',
    }),
    others: fc.record(
      {
        access_token_format: fc.constantFrom('jwt', 'opaque'),
        audiences: fc.constant(['https://api.example']),
        default_max_age: fc.nat(100_000),
        default_acr_values: fc.constant(['urn:example:loa:1']),
        contacts: fc.constant(['ops@app.example']),
        claim_mappings: fc.constant([
          { claim: 'team', in: ['id_token', 'userinfo'], groups: { prefix: 'team-', strip: true } },
          { claim: 'level', in: ['access_token'], scope: 'openid', fixed: 3 },
        ]),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

/** What no client of this version can have, and what only says again what `sender_constraint` says. */
const neverExported =
  /^(?:authorization_signed_response_alg|tls_client_auth_.*|dpop_bound_access_tokens|tls_client_certificate_bound_access_tokens)$/;

test('apply finds nothing to do for what export wrote, whatever a client is registered with (ACC-5)', async (context) => {
  const { clients, requester, tenant, exported, plan } = await openDeclarations(context);
  const seen = new Set<string>();
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(parts, fc.boolean(), async (chosen, enabled) => {
      const metadata = Object.assign(
        { redirect_uris: ['https://app.example/callback'] },
        ...Object.values(chosen),
      );
      const id = `client-${accepted}`;
      try {
        await clients.register(requester, tenant, { id, metadata, enabled });
      } catch (error) {
        // Members that contradict each other are no client.
        if (error instanceof ClientError && error.code === 'invalid_metadata') return;
        throw error;
      }
      accepted += 1;
      const text = await exported();
      for (const member of text.matchAll(/^ {2}([a-z_]+):/gm)) seen.add(member[1] ?? '');
      const { changes, unchanged } = await plan(text);
      assert.deepEqual(changes, []);
      assert.equal(unchanged, 2);
      await clients.remove(requester, tenant.id, id);
    }),
    { numRuns: 300 },
  );
  assert.ok(accepted > 50, `${accepted} of 300 descriptions were clients`);
  const missing = clientMetadataMembers.filter((name) => !seen.has(name) && !neverExported.test(name));
  assert.deepEqual(missing, []);
});

test('export writes tenants with all settings, and apply finds nothing to do for them (ACC-5)', async (context) => {
  const { tenants, requester, exported, plan } = await openDeclarations(context);
  await tenants.create(requester, {
    id: 'acme',
    name: 'Ä: "no"',
    profile: 'oidc-core',
    host: 'login.acme.example',
    settings: {
      defaultSigningAlgorithm: 'EdDSA',
      refreshGraceSeconds: 7,
      refreshOnReuse: 'session',
      auditDurability: 'strict',
      dynamicRegistration: 'token',
      dynamicClients: {
        maxClients: 5,
        statementIssuers: [
          { issuer: 'https://registry.example', jwksUri: 'https://registry.example/jwks' },
          { issuer: 'other', jwks: parseJwkSet({ keys: [key('sig')] }, { onUnusable: 'refuse' }) },
        ],
      },
    },
  });
  const text = await exported();
  assert.match(text, /host: login\.acme\.example/);
  assert.doesNotMatch(text, /_system/);
  const { changes, unchanged } = await plan(text);
  assert.deepEqual(changes, []);
  assert.equal(unchanged, 2);
});

test('export holds no secret and no hash of one, and leaves out clients that registered themselves (ACC-5, SPN-12)', async (context) => {
  const { clients, requester, tenant, store, exported } = await openDeclarations(context);
  const { client, secret } = await clients.register(requester, tenant, {
    id: 'job',
    metadata: { grant_types: ['client_credentials'] },
  });
  await store.clients.register(
    {
      ...client,
      id: 'itself',
      secrets: [],
      selfRegistration: {
        tokenHash: client.secrets[0]?.hash as never,
        initialToken: null,
        softwareStatement: null,
      },
    },
    { maxClients: 10, initialToken: null, now: requester.now, dueAt: requester.now + 10 },
    {},
  );
  const text = await exported('default');
  assert.match(text, /id: job/);
  assert.doesNotMatch(text, /id: itself/);
  for (const held of [secret ?? '-', client.secrets[0]?.hash ?? '-'])
    assert.equal(text.includes(held), false);
});
