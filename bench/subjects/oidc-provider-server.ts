/**
 * node-oidc-provider set up for the same work. Argument: JSON of OidcProviderOptions. Clients and accounts are held in memory,
 * which is the best case for it; grants, sessions, codes and tokens are in SQLite.
 */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { accessTokenSeconds, names, opaqueResource, redirectUri, webScope } from './names.ts';
import type { OidcProviderOptions, OidcProviderReady } from './oidc-provider-options.ts';
import { openSqliteAdapters } from './sqlite-adapter.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as OidcProviderOptions;
const sessionSeconds = 86_400;

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signingKey = { ...privateKey.export({ format: 'jwk' }), kid: 'es256-1', alg: 'ES256', use: 'sig' };

const common = {
  token_endpoint_auth_method: 'client_secret_basic',
  id_token_signed_response_alg: 'ES256',
};
const service = { ...common, redirect_uris: [], response_types: [], grant_types: ['client_credentials'] };
const web = {
  ...common,
  redirect_uris: [redirectUri],
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: webScope,
};
const registered = [
  { ...service, client_id: names.service, scope: 'api:read api:write' },
  { ...service, client_id: names.opaqueService, scope: 'api:read api:write' },
  { ...service, client_id: names.resourceServer },
  { ...web, client_id: names.web },
];

const provider = new Provider(`http://localhost:${options.port}`, {
  adapter: openSqliteAdapters(options.database),
  clients: registered.map((client) => ({ ...client, client_secret: options.secrets[client.client_id] })),
  jwks: { keys: [signingKey] },
  scopes: ['openid', 'profile', 'email', 'offline_access', 'api:read', 'api:write'],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
  routes: {
    authorization: '/oauth2/authorize',
    token: '/oauth2/token',
    introspection: '/oauth2/introspect',
    userinfo: '/oauth2/userinfo',
    jwks: '/.well-known/jwks.json',
  },
  cookies: { keys: [] },
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => false,
      getResourceServerInfo: (_context: unknown, identifier: string) => ({
        audience: identifier,
        scope: 'api:read api:write',
        accessTokenTTL: accessTokenSeconds,
        accessTokenFormat: identifier === opaqueResource ? 'opaque' : 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  // The one claim beside the registered ones that the other side puts into each token.
  extraTokenClaims: (_context: unknown, token: { readonly kind: string }) => ({
    typ: token.kind === 'ClientCredentials' ? 'svc' : 'usr',
  }),
  findAccount: (_context: unknown, accountId: string) => ({
    accountId,
    claims: () => ({
      sub: accountId,
      name: `${accountId} Example`,
      preferred_username: accountId,
      email: `${accountId}@example.org`,
      email_verified: false,
    }),
  }),
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  expiresWithSession: () => false,
  ttl: {
    AccessToken: accessTokenSeconds,
    ClientCredentials: accessTokenSeconds,
    AuthorizationCode: 60,
    IdToken: 300,
    RefreshToken: 30 * 86_400,
    Grant: 30 * 86_400,
    Session: sessionSeconds,
  },
});
provider.on('server_error', (_context, error) => console.error(error));

const server = createServer(provider.callback());
server.keepAliveTimeout = 65_000;
// Without a handler the profiler would have no time to write.
process.once('SIGTERM', () => process.exit(0));
const users = await Promise.all(Array.from({ length: options.users }, (_, index) => signIn(`user-${index}`)));
server.listen(options.port, '127.0.0.1', () => {
  console.log(JSON.stringify({ users } satisfies OidcProviderReady));
});

/** What a sign-in and a consent leave behind. */
async function signIn(accountId: string): Promise<OidcProviderReady['users'][number]> {
  const grant = new provider.Grant({ accountId, clientId: names.web });
  grant.addOIDCScope(webScope);
  const session = new provider.Session();
  session.loginAccount({ accountId, acr: 'aal1', amr: ['pwd'] });
  session.grantIdFor(names.web, await grant.save());
  session.sidFor(names.web, `sid-${accountId}`);
  await session.save(sessionSeconds);
  return { accountId, sessionId: session.id };
}
