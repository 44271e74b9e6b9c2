import type { ClientAuthMethod, GrantType, Profile } from './client-metadata.ts';
import { OAuthError } from './errors.ts';
import { isLoopbackHost } from './redirect-uri.ts';
import { parseAbsoluteUri } from './uri.ts';

/** Endpoints that may exist, by the names of their paths under `/oauth2`. */
export type EndpointName =
  | 'authorize'
  | 'token'
  | 'par'
  | 'introspect'
  | 'revoke'
  | 'userinfo'
  | 'logout'
  | 'device_authorization'
  | 'register';

/** Everything that discovery says. Whoever calls passes what exists, and nothing else appears. */
export interface MetadataInput {
  readonly issuer: string;
  readonly profile: Profile;
  readonly endpoints: readonly EndpointName[];
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  readonly grantTypes: readonly GrantType[];
  readonly responseModes: readonly string[];
  readonly subjectTypes: readonly ('public' | 'pairwise')[];
  readonly acrValues?: readonly string[];
  readonly authMethods: readonly ClientAuthMethod[];
  /** Algorithms taken for `private_key_jwt`. */
  readonly clientAssertionAlgorithms: readonly string[];
  readonly idTokenAlgorithms: readonly string[];
  readonly userinfoAlgorithms?: readonly string[];
  readonly introspectionAlgorithms?: readonly string[];
  /** Whether an access token authenticates a caller of introspection too (RFC 7662 §2.1). */
  readonly allowIntrospectionByToken?: boolean;
  /** Algorithms that ID tokens, userinfo and introspection answers are encrypted with, where a client asks for it. */
  readonly encryption?: { readonly algorithms: readonly string[]; readonly contents: readonly string[] };
  readonly authorizationResponseAlgorithms?: readonly string[];
  readonly requestObjectAlgorithms?: readonly string[];
  readonly dpopAlgorithms?: readonly string[];
  readonly allowClaimsParameter?: boolean;
  readonly allowRequestParameter?: boolean;
  readonly allowRequestUriParameter?: boolean;
  /** Default true under `fapi2-security`, else false. */
  readonly requirePushedAuthorizationRequests?: boolean;
  readonly allowBackchannelLogout?: boolean;
  readonly allowClientIdMetadataDocument?: boolean;
  readonly certificateBoundAccessTokens?: boolean;
  /** Base of the aliases for mutual TLS, where that has a host name of its own; same paths. */
  readonly mtlsBaseUrl?: string;
  readonly promptValues?: readonly string[];
  readonly displayValues?: readonly string[];
  readonly uiLocales?: readonly string[];
  readonly authorizationDetailsTypes?: readonly string[];
  readonly serviceDocumentation?: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
}

const memberByEndpoint: Readonly<Record<EndpointName, string>> = {
  authorize: 'authorization_endpoint',
  token: 'token_endpoint',
  par: 'pushed_authorization_request_endpoint',
  introspect: 'introspection_endpoint',
  revoke: 'revocation_endpoint',
  userinfo: 'userinfo_endpoint',
  logout: 'end_session_endpoint',
  device_authorization: 'device_authorization_endpoint',
  register: 'registration_endpoint',
};

const aliasedEndpoints: readonly EndpointName[] = [
  'token',
  'par',
  'introspect',
  'revoke',
  'userinfo',
  'device_authorization',
];

/**
 * The metadata document, the same for OAuth and OpenID. Members that are undefined are left out; a list that is empty
 * too, except where absence would mean a default that is untrue.
 * @throws {OAuthError} `server_error` if the issuer is not an https URL (http on loopback) without query, fragment and
 * trailing slash
 * @see RFC 8414 §2, OpenID Connect Discovery §3, RFC 8705 §5, RFC 9126 §5, RFC 9207 §3, RFC 9449 §5.1
 */
export function buildMetadata(input: MetadataInput): Record<string, unknown> {
  validateIssuer(input.issuer);
  const hasAuthorize = input.endpoints.includes('authorize');
  const needsAlgorithms = input.authMethods.includes('private_key_jwt');
  const atEndpoint = (name: EndpointName, member: string, methods: readonly string[] = input.authMethods) =>
    input.endpoints.includes(name)
      ? {
          [`${member}_endpoint_auth_methods_supported`]: methods,
          [`${member}_endpoint_auth_signing_alg_values_supported`]: needsAlgorithms
            ? input.clientAssertionAlgorithms
            : undefined,
        }
      : {};
  return withoutUndefined({
    issuer: input.issuer,
    ...endpointMembers(input.issuer, input.endpoints),
    jwks_uri: `${input.issuer}/.well-known/jwks.json`,
    scopes_supported: input.scopes,
    claims_supported: input.claims,
    response_types_supported: hasAuthorize ? ['code'] : [],
    response_modes_supported: hasAuthorize ? input.responseModes : undefined,
    grant_types_supported: input.grantTypes,
    subject_types_supported: input.subjectTypes,
    acr_values_supported: nonEmpty(input.acrValues),
    ...atEndpoint('token', 'token'),
    // RFC 7662 §2.1: whoever introspects authenticates. A type of access token is a method too (RFC 8414 §2).
    ...atEndpoint('introspect', 'introspection', [
      ...input.authMethods.filter((method) => method !== 'none'),
      ...(input.allowIntrospectionByToken === true ? ['Bearer'] : []),
    ]),
    ...atEndpoint('revoke', 'revocation'),
    code_challenge_methods_supported: hasAuthorize ? ['S256'] : undefined,
    id_token_signing_alg_values_supported: input.idTokenAlgorithms,
    userinfo_signing_alg_values_supported: nonEmpty(input.userinfoAlgorithms),
    introspection_signing_alg_values_supported: nonEmpty(input.introspectionAlgorithms),
    ...encryptionMembers(input),
    authorization_signing_alg_values_supported: nonEmpty(input.authorizationResponseAlgorithms),
    request_object_signing_alg_values_supported: nonEmpty(input.requestObjectAlgorithms),
    dpop_signing_alg_values_supported: nonEmpty(input.dpopAlgorithms),
    claims_parameter_supported: input.allowClaimsParameter ?? false,
    request_parameter_supported: input.allowRequestParameter ?? false,
    // Absent would mean true (OpenID Connect Discovery §3).
    request_uri_parameter_supported: input.allowRequestUriParameter ?? false,
    require_request_uri_registration: input.allowRequestUriParameter === true ? true : undefined,
    require_pushed_authorization_requests: input.endpoints.includes('par')
      ? (input.requirePushedAuthorizationRequests ?? input.profile === 'fapi2-security')
      : undefined,
    authorization_response_iss_parameter_supported: hasAuthorize ? true : undefined,
    tls_client_certificate_bound_access_tokens:
      input.certificateBoundAccessTokens === true ? true : undefined,
    mtls_endpoint_aliases: aliases(input),
    backchannel_logout_supported: input.allowBackchannelLogout === true ? true : undefined,
    backchannel_logout_session_supported: input.allowBackchannelLogout === true ? true : undefined,
    client_id_metadata_document_supported: input.allowClientIdMetadataDocument === true ? true : undefined,
    prompt_values_supported: nonEmpty(input.promptValues),
    display_values_supported: nonEmpty(input.displayValues),
    ui_locales_supported: nonEmpty(input.uiLocales),
    authorization_details_types_supported: nonEmpty(input.authorizationDetailsTypes),
    service_documentation: input.serviceDocumentation,
    op_policy_uri: input.policyUri,
    op_tos_uri: input.tosUri,
  });
}

export interface MetadataPaths {
  /** Suffix form of OpenID Connect Discovery §4.1. */
  readonly openidConfiguration: string;
  /** Inserted form of RFC 8414 §5 for the OpenID document. */
  readonly openidConfigurationInserted: string;
  /** Inserted form of RFC 8414 §3.1. */
  readonly oauthAuthorizationServer: string;
  /** Suffix form, which some clients try. */
  readonly oauthAuthorizationServerSuffix: string;
  readonly jwks: string;
}

/**
 * Where an issuer's documents are served, as paths on its host. For an issuer without path both forms are one.
 * @param issuerPath empty, or a path with a leading and without a trailing slash
 * @see RFC 8414 §3.1, §5
 */
export function metadataPaths(issuerPath: string): MetadataPaths {
  const openid = '/.well-known/openid-configuration';
  const oauth = '/.well-known/oauth-authorization-server';
  return {
    openidConfiguration: `${issuerPath}${openid}`,
    openidConfigurationInserted: `${openid}${issuerPath}`,
    oauthAuthorizationServer: `${oauth}${issuerPath}`,
    oauthAuthorizationServerSuffix: `${issuerPath}${oauth}`,
    jwks: `${issuerPath}/.well-known/jwks.json`,
  };
}

function validateIssuer(issuer: string): void {
  const parts = parseAbsoluteUri(issuer);
  const isWeb = parts?.scheme === 'https' || (parts?.scheme === 'http' && isLoopbackHost(parts.url.hostname));
  if (!isWeb || /[?#@]|\/$/.test(issuer)) {
    throw new OAuthError('server_error', 'the server is not configured', {
      detail: 'the issuer is not usable',
    });
  }
}

function endpointMembers(baseUrl: string, endpoints: readonly EndpointName[]): Record<string, string> {
  return Object.fromEntries(endpoints.map((name) => [memberByEndpoint[name], `${baseUrl}/oauth2/${name}`]));
}

function encryptionMembers({ encryption, endpoints }: MetadataInput): Record<string, unknown> {
  const of = (response: string) => ({
    [`${response}_encryption_alg_values_supported`]: nonEmpty(encryption?.algorithms),
    [`${response}_encryption_enc_values_supported`]: nonEmpty(encryption?.contents),
  });
  return {
    ...of('id_token'),
    ...(endpoints.includes('userinfo') && of('userinfo')),
    ...(endpoints.includes('introspect') && of('introspection')),
  };
}

function aliases(input: MetadataInput): Record<string, string> | undefined {
  if (input.mtlsBaseUrl === undefined) return undefined;
  return endpointMembers(
    input.mtlsBaseUrl,
    aliasedEndpoints.filter((name) => input.endpoints.includes(name)),
  );
}

function nonEmpty(list: readonly string[] | undefined): readonly string[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function withoutUndefined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
