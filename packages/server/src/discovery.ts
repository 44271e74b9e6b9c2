/** Discovery (OpenID Connect Discovery §4, RFC 8414) and JWKS: what is said here is what is served, and nothing else. */
import { buildMetadata, type EndpointName, type GrantType } from '@countersign/protocol';
import {
  contentEncryptions,
  keyManagementAlgorithms,
  type SigningAlgorithmName,
} from '@countersign/protocol/jose';
import { reachableAcrs, responseModes } from './authorize/index.ts';
import { clientAuthRules } from './client-auth/index.ts';
import type { Endpoint, Route } from './http/context.ts';
import { introspectScope } from './introspect-caller.ts';
import { type Features, type KeyManager, offeredAlgorithms } from './keys/index.ts';
import type { TenantRecord } from './storage/ports.ts';

export interface DiscoveryParts {
  readonly keys: KeyManager;
  readonly features: Features;
  /** The routes that are mounted; the documents are made from them. */
  readonly servedPaths: ReadonlySet<string>;
  readonly grantTypes: readonly GrantType[];
  readonly uiLocales: readonly string[];
  /** Whether anything goes out of this process: clients are told of logouts, request objects by reference are read. */
  readonly reachesOut: boolean;
}

const endpointNames: readonly EndpointName[] = [
  'authorize',
  'token',
  'par',
  'introspect',
  'revoke',
  'userinfo',
  'logout',
  'device_authorization',
  'register',
];

const claims: readonly string[] = [
  'sub',
  'iss',
  'aud',
  'exp',
  'iat',
  'auth_time',
  'nonce',
  'acr',
  'amr',
  'at_hash',
  'sid',
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'profile',
  'picture',
  'website',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
  'updated_at',
  'email',
  'email_verified',
  'phone_number',
  'phone_number_verified',
  'address',
];

const scopes: readonly string[] = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

const documentHeaders = { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' };

export function createDiscoveryRoutes(parts: DiscoveryParts): readonly Route[] {
  const { keys } = parts;

  const isServed = (name: EndpointName, { settings }: TenantRecord): boolean =>
    parts.servedPaths.has(`/oauth2/${name}`) &&
    (name !== 'register' || settings.dynamicRegistration !== 'off');

  /**
   * A client may fetch the JWKS once and never again, before or after the document that names the algorithms: every one that may
   * sign something for it has its key by then.
   */
  async function ensureOffered(tenant: TenantRecord): Promise<readonly SigningAlgorithmName[]> {
    const algorithms = offeredAlgorithms(tenant, parts.features);
    await Promise.all(algorithms.map((algorithm) => keys.ensure(tenant.id, algorithm)));
    return algorithms;
  }

  const metadata: Endpoint = async (_request, context) => {
    const { profile } = context.tenant;
    const { methods, assertionAlgorithms } = clientAuthRules[profile];
    const algorithms = await ensureOffered(context.tenant);
    // FAPI 2.0 binds every token to a key, and introspection takes no proof yet.
    const introspectsByToken = profile !== 'fapi2-security';
    const document = buildMetadata({
      issuer: context.issuer,
      profile,
      endpoints: endpointNames.filter((name) => isServed(name, context.tenant)),
      scopes: [...scopes, ...(introspectsByToken ? [introspectScope] : [])],
      claims,
      grantTypes: parts.grantTypes,
      responseModes,
      subjectTypes: ['public', 'pairwise'],
      acrValues: reachableAcrs,
      authMethods: methods,
      clientAssertionAlgorithms: assertionAlgorithms,
      idTokenAlgorithms: algorithms,
      userinfoAlgorithms: algorithms,
      introspectionAlgorithms: algorithms,
      encryption: {
        algorithms: keyManagementAlgorithms.map(({ name }) => name),
        contents: contentEncryptions,
      },
      allowIntrospectionByToken: introspectsByToken,
      allowBackchannelLogout: parts.reachesOut,
      requestObjectAlgorithms: assertionAlgorithms,
      allowClaimsParameter: true,
      allowRequestParameter: true,
      // FAPI 2.0 takes pushed requests alone, and those by value.
      allowRequestUriParameter: parts.reachesOut && profile !== 'fapi2-security',
      promptValues: ['none', 'login', 'consent', 'select_account'],
      displayValues: ['page', 'popup', 'touch'],
      uiLocales: parts.uiLocales,
    });
    return new Response(JSON.stringify(document), { headers: documentHeaders });
  };

  const jwks: Endpoint = async (_request, context) => {
    await ensureOffered(context.tenant);
    const published = await keys.published(context.tenant.id);
    return new Response(JSON.stringify(published.jwks), {
      headers: { ...documentHeaders, 'content-type': 'application/jwk-set+json' },
    });
  };

  const common = { method: 'GET', errors: 'oauth', cors: 'any-origin', inserted: true } as const;
  return [
    { ...common, path: '/.well-known/openid-configuration', endpoint: metadata, name: 'discovery' },
    { ...common, path: '/.well-known/oauth-authorization-server', endpoint: metadata, name: 'discovery' },
    { ...common, path: '/.well-known/jwks.json', endpoint: jwks, name: 'jwks', inserted: false },
  ];
}
