import { type ClaimMapping, parseClaimMappings } from './claim-mapping.ts';
import { withoutForeignLinks } from './client-links.ts';
import { wireName } from './client-metadata-members.ts';
import { checkWebUri, invalidMember, MetadataReader } from './client-metadata-reader.ts';
import { validateClientMetadata } from './client-metadata-rules.ts';
import { OAuthError } from './errors.ts';
import { type SigningAlgorithmName, signingAlgorithms } from './jose/algorithms.ts';
import {
  type ContentEncryptionName,
  contentEncryptions,
  defaultContentEncryption,
  type KeyManagementName,
  keyManagementAlgorithms,
} from './jose/encryption-algorithms.ts';
import { JoseError } from './jose/jose-error.ts';
import { type JwkSet, parseJwkSet } from './jose/jwk-set.ts';
import { type ApplicationType, parseRedirectUri } from './redirect-uri.ts';
import { parseResource } from './resource.ts';
import { formatScope, parseScope } from './scope.ts';

export type Profile = 'standard' | 'strict' | 'oidc-core' | 'fapi2-security';

export type ClientAuthMethod =
  | 'none'
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth';

export type GrantType =
  | 'authorization_code'
  | 'refresh_token'
  | 'client_credentials'
  | 'urn:ietf:params:oauth:grant-type:device_code'
  | 'urn:ietf:params:oauth:grant-type:token-exchange';

export type SenderConstraint = 'none' | 'dpop' | 'mtls' | 'any';

/** How `tls_client_auth` recognises the certificate: exactly one of these (RFC 8705 §2.1.2). */
export type TlsClientAuthMember =
  | 'tls_client_auth_subject_dn'
  | 'tls_client_auth_san_dns'
  | 'tls_client_auth_san_uri'
  | 'tls_client_auth_san_ip'
  | 'tls_client_auth_san_email';

/** What a client is registered with. camelCase of the registered names; the members that are ours say so. */
export interface ClientMetadata {
  readonly clientName?: string;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly GrantType[];
  readonly responseTypes: readonly 'code'[];
  readonly scope: readonly string[];
  /** Ours: what a request without `scope` gets; part of `scope`. */
  readonly defaultScope: readonly string[];
  readonly tokenEndpointAuthMethod: ClientAuthMethod;
  readonly tokenEndpointAuthSigningAlg?: SigningAlgorithmName;
  readonly tlsClientAuth?: { readonly member: TlsClientAuthMember; readonly value: string };
  readonly applicationType: ApplicationType;
  readonly jwks?: JwkSet;
  readonly jwksUri?: string;
  readonly idTokenSignedResponseAlg: SigningAlgorithmName;
  /** Of each answer, `…Enc` is there when `…Alg` is, and only then. */
  readonly idTokenEncryptedResponseAlg?: KeyManagementName;
  readonly idTokenEncryptedResponseEnc?: ContentEncryptionName;
  readonly userinfoSignedResponseAlg?: SigningAlgorithmName;
  readonly userinfoEncryptedResponseAlg?: KeyManagementName;
  readonly userinfoEncryptedResponseEnc?: ContentEncryptionName;
  readonly authorizationSignedResponseAlg?: SigningAlgorithmName;
  readonly introspectionSignedResponseAlg?: SigningAlgorithmName;
  readonly introspectionEncryptedResponseAlg?: KeyManagementName;
  readonly introspectionEncryptedResponseEnc?: ContentEncryptionName;
  readonly requestObjectSigningAlg?: SigningAlgorithmName;
  readonly requireSignedRequestObject: boolean;
  readonly requestUris: readonly string[];
  /** Ours: false only for confidential web clients where the profile lets them. */
  readonly requirePkce: boolean;
  /** Ours; on the wire also as `dpop_bound_access_tokens` and `tls_client_certificate_bound_access_tokens`. */
  readonly senderConstraint: SenderConstraint;
  /** Ours: no consent page. */
  readonly firstParty: boolean;
  /** Ours: a refresh token without `offline_access`. */
  readonly alwaysRefresh: boolean;
  /** Ours. */
  readonly rotateRefreshTokens: boolean;
  /** Ours. */
  readonly accessTokenFormat: 'jwt' | 'opaque';
  /** Ours: the resources a token of this client may be for. */
  readonly audiences: readonly string[];
  /** Ours: web origins that may call token, userinfo, revocation and PAR from a browser. */
  readonly allowedOrigins: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly backchannelLogoutUri?: string;
  readonly backchannelLogoutSessionRequired: boolean;
  readonly requirePushedAuthorizationRequests: boolean;
  /** Seconds. */
  readonly defaultMaxAge?: number;
  readonly requireAuthTime: boolean;
  readonly defaultAcrValues: readonly string[];
  readonly subjectType: 'public' | 'pairwise';
  readonly sectorIdentifierUri?: string;
  readonly initiateLoginUri?: string;
  readonly logoUri?: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
  readonly clientUri?: string;
  readonly contacts: readonly string[];
  readonly softwareId?: string;
  readonly softwareVersion?: string;
  /** Ours: claims of this client's own. */
  readonly claimMappings?: readonly ClaimMapping[];
}

export interface ClientMetadataContext {
  readonly profile: Profile;
  /** For a client that names no `id_token_signed_response_alg`. */
  readonly defaultIdTokenAlg: string;
  /**
   * `dynamic`: the client speaks for itself, so the members that grant it something (`first_party`, `always_refresh`,
   * `audiences`, `require_pkce`, `rotate_refresh_tokens`, `claim_mappings`) are ignored like unknown ones, what it shows to people is https, and
   * links to hosts that are not its own are left out. Default `declared`.
   */
  readonly source?: 'declared' | 'dynamic';
  /** Members, by wire name, that a trusted software statement made (RFC 7591 §2.3). */
  readonly vouched?: readonly string[];
}

const privilegedMembers = [
  'first_party',
  'always_refresh',
  'audiences',
  'require_pkce',
  'rotate_refresh_tokens',
  'claim_mappings',
];
/** What we encrypt, by the beginning of its members. */
const encryptedResponses = ['id_token', 'userinfo', 'introspection'] as const;
const encryptionMember = /_encrypt(?:ed_response|ion)_(?:alg|enc)$/;
const servedEncryption: readonly string[] = encryptedResponses.flatMap((response) => [
  `${response}_encrypted_response_alg`,
  `${response}_encrypted_response_enc`,
]);

const authMethods: readonly ClientAuthMethod[] = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
];
/** Every grant that a client can be registered for. */
export const grantTypes: readonly GrantType[] = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
];
/** What a client may ask us to sign with; which of them a tenant offers is the server's to say. */
const algorithms = signingAlgorithms.map(({ name }) => name);
/** What a client may sign with itself: nothing behind a flag. */
const clientAlgorithms = signingAlgorithms.filter(({ flag }) => flag === undefined).map(({ name }) => name);
const keyManagementNames = keyManagementAlgorithms.map(({ name }) => name);
const tlsMembers: readonly TlsClientAuthMember[] = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
];

/**
 * Parses client metadata by wire names and checks the members against each other and against the tenant's profile.
 * Unknown members are ignored; wishes that would weaken the profile or that we cannot keep (implicit, encrypted request
 * objects) are refused rather than dropped. Does not fetch `jwks_uri`, `sector_identifier_uri` or `request_uris`, does not know which
 * scopes the tenant has, and does not decide whether the caller may register. Take the input from
 * `parseStrictJsonObject`, so that duplicate members have been refused.
 * @throws {OAuthError} `invalid_redirect_uri` or `invalid_client_metadata`, naming the member
 * @see RFC 7591 §2, §3.2.2, OpenID Connect Registration §2, RFC 8705 §2, RFC 9126 §6, RFC 9449 §5.2
 */
export function parseClientMetadata(input: unknown, context: ClientMetadataContext): ClientMetadata {
  const isDynamic = context.source === 'dynamic';
  const reader = new MetadataReader(input, isDynamic ? privilegedMembers : []);
  const link = (name: string) => (isDynamic ? reader.httpsUri(name) : reader.webUri(name));
  refuseEncryption(reader);
  const grants = parseGrantTypes(reader);
  const applicationType = reader.choice('application_type', ['web', 'native']) ?? 'web';
  const authMethod = reader.choice('token_endpoint_auth_method', authMethods) ?? 'client_secret_basic';
  const isFapi = context.profile === 'fapi2-security';
  const hasFreePkce = context.profile === 'oidc-core' && authMethod !== 'none' && applicationType === 'web';
  const scope = scopeMember(reader, 'scope');
  const metadata: ClientMetadata = {
    ...present('clientName', reader.text('client_name')),
    redirectUris: parseRedirectUris(reader, applicationType),
    grantTypes: grants,
    responseTypes: parseResponseTypes(reader, grants),
    scope,
    defaultScope: scopeMember(reader, 'default_scope'),
    tokenEndpointAuthMethod: authMethod,
    ...present(
      'tokenEndpointAuthSigningAlg',
      reader.choice('token_endpoint_auth_signing_alg', clientAlgorithms),
    ),
    ...present('tlsClientAuth', parseTlsClientAuth(reader)),
    applicationType,
    ...present('jwks', parseJwks(reader)),
    ...present('jwksUri', reader.webUri('jwks_uri')),
    idTokenSignedResponseAlg:
      reader.choice('id_token_signed_response_alg', algorithms) ?? defaultAlgorithm(context),
    ...parseEncryption(reader),
    ...present('userinfoSignedResponseAlg', reader.choice('userinfo_signed_response_alg', algorithms)),
    ...present(
      'authorizationSignedResponseAlg',
      reader.choice('authorization_signed_response_alg', algorithms),
    ),
    ...present(
      'introspectionSignedResponseAlg',
      reader.choice('introspection_signed_response_alg', algorithms),
    ),
    ...present('requestObjectSigningAlg', reader.choice('request_object_signing_alg', clientAlgorithms)),
    requireSignedRequestObject: reader.flag('require_signed_request_object') ?? false,
    requestUris: webUris(reader, 'request_uris'),
    requirePkce: reader.flag('require_pkce') ?? !hasFreePkce,
    senderConstraint: parseSenderConstraint(reader) ?? (isFapi ? 'any' : 'none'),
    firstParty: reader.flag('first_party') ?? false,
    alwaysRefresh: reader.flag('always_refresh') ?? false,
    rotateRefreshTokens: reader.flag('rotate_refresh_tokens') ?? !isFapi,
    accessTokenFormat: reader.choice('access_token_format', ['jwt', 'opaque']) ?? 'jwt',
    audiences: parseAudiences(reader),
    allowedOrigins: parseOrigins(reader),
    postLogoutRedirectUris: parsePostLogoutUris(reader, applicationType),
    ...present('backchannelLogoutUri', reader.webUri('backchannel_logout_uri')),
    backchannelLogoutSessionRequired: reader.flag('backchannel_logout_session_required') ?? false,
    requirePushedAuthorizationRequests: reader.flag('require_pushed_authorization_requests') ?? isFapi,
    ...present('defaultMaxAge', reader.wholeNumber('default_max_age')),
    requireAuthTime: reader.flag('require_auth_time') ?? false,
    defaultAcrValues: reader.list('default_acr_values') ?? [],
    subjectType: reader.choice('subject_type', ['public', 'pairwise']) ?? 'public',
    ...present('sectorIdentifierUri', reader.webUri('sector_identifier_uri')),
    ...present('initiateLoginUri', reader.httpsUri('initiate_login_uri')),
    ...present('logoUri', link('logo_uri')),
    ...present('policyUri', link('policy_uri')),
    ...present('tosUri', link('tos_uri')),
    ...present('clientUri', link('client_uri')),
    contacts: reader.list('contacts') ?? [],
    ...present('softwareId', reader.text('software_id')),
    ...present('softwareVersion', reader.text('software_version')),
    ...present('claimMappings', claimMappings(reader)),
  };
  validateClientMetadata(metadata, context.profile);
  return isDynamic ? withoutForeignLinks(metadata, context.vouched ?? []) : metadata;
}

/**
 * The wire form: registered names, and ours. Parsing it again under the same profile gives equal metadata.
 * Contains no secret and no client id.
 */
export function formatClientMetadata(metadata: ClientMetadata): Record<string, unknown> {
  const { senderConstraint, scope, defaultScope, tlsClientAuth, ...rest } = metadata;
  const wire = Object.entries(rest).map(([name, value]) => [wireName(name), value] as const);
  return {
    ...Object.fromEntries(wire),
    ...(scope.length > 0 ? { scope: formatScope(scope) } : {}),
    ...(defaultScope.length > 0 ? { default_scope: formatScope(defaultScope) } : {}),
    ...(tlsClientAuth === undefined ? {} : { [tlsClientAuth.member]: tlsClientAuth.value }),
    sender_constraint: senderConstraint,
    dpop_bound_access_tokens: senderConstraint === 'dpop',
    tls_client_certificate_bound_access_tokens: senderConstraint === 'mtls',
  };
}

type Present<K extends string, V> = { readonly [name in K]?: Exclude<V, undefined> };

function present<K extends string, V>(name: K, value: V): Present<K, V> {
  return (value === undefined ? {} : { [name]: value }) as Present<K, V>;
}

function refuseEncryption(reader: MetadataReader): void {
  const wish = reader.names().find((name) => encryptionMember.test(name) && !servedEncryption.includes(name));
  if (wish !== undefined) throw invalidMember(wish, 'cannot be honoured: this is not encrypted here');
}

type EncryptionMembers = Pick<
  ClientMetadata,
  | 'idTokenEncryptedResponseAlg'
  | 'idTokenEncryptedResponseEnc'
  | 'userinfoEncryptedResponseAlg'
  | 'userinfoEncryptedResponseEnc'
  | 'introspectionEncryptedResponseAlg'
  | 'introspectionEncryptedResponseEnc'
>;

/** `enc` alone is refused; `alg` alone means the standard's default. */
function parseEncryption(reader: MetadataReader): EncryptionMembers {
  const read = (response: (typeof encryptedResponses)[number]) => {
    const [algMember, encMember] = [
      `${response}_encrypted_response_alg`,
      `${response}_encrypted_response_enc`,
    ];
    const alg = reader.choice(algMember, keyManagementNames);
    const enc = reader.choice(encMember, contentEncryptions);
    if (alg === undefined && enc !== undefined) throw invalidMember(encMember, `needs ${algMember}`);
    return { alg, enc: alg === undefined ? undefined : (enc ?? defaultContentEncryption) };
  };
  const [idToken, userinfo, introspection] = [read('id_token'), read('userinfo'), read('introspection')];
  return {
    ...present('idTokenEncryptedResponseAlg', idToken.alg),
    ...present('idTokenEncryptedResponseEnc', idToken.enc),
    ...present('userinfoEncryptedResponseAlg', userinfo.alg),
    ...present('userinfoEncryptedResponseEnc', userinfo.enc),
    ...present('introspectionEncryptedResponseAlg', introspection.alg),
    ...present('introspectionEncryptedResponseEnc', introspection.enc),
  };
}

function claimMappings(reader: MetadataReader): readonly ClaimMapping[] | undefined {
  const value = reader.raw('claim_mappings');
  return value === undefined ? undefined : parseClaimMappings(value);
}

function parseGrantTypes(reader: MetadataReader): readonly GrantType[] {
  const names = reader.list('grant_types') ?? ['authorization_code'];
  return names.map((name) => {
    const grant = grantTypes.find((candidate) => candidate === name);
    if (grant === undefined) throw invalidMember('grant_types', 'has an unsupported grant', 'grant_type');
    return grant;
  });
}

function parseResponseTypes(reader: MetadataReader, grants: readonly GrantType[]): readonly 'code'[] {
  const names = reader.list('response_types') ?? (grants.includes('authorization_code') ? ['code'] : []);
  return names.map((name) => {
    if (name !== 'code') throw invalidMember('response_types', 'has an unsupported type', 'response_type');
    return name;
  });
}

function parseRedirectUris(reader: MetadataReader, applicationType: ApplicationType): readonly string[] {
  return (reader.list('redirect_uris', 2001) ?? []).map((uri) => parseRedirectUri(uri, applicationType));
}

function parsePostLogoutUris(reader: MetadataReader, applicationType: ApplicationType): readonly string[] {
  const name = 'post_logout_redirect_uris';
  return (reader.list(name, 2001) ?? []).map((uri) =>
    renamed(name, () => parseRedirectUri(uri, applicationType)),
  );
}

function scopeMember(reader: MetadataReader, name: string): readonly string[] {
  return renamed(name, () => parseScope(reader.text(name, 8192) ?? ''));
}

function parseAudiences(reader: MetadataReader): readonly string[] {
  return (reader.list('audiences', 2001) ?? []).map((uri) => renamed('audiences', () => parseResource(uri)));
}

function webUris(reader: MetadataReader, name: string): readonly string[] {
  const uris = reader.list(name, 2000) ?? [];
  // A request_uri may carry the hash of its content as fragment (OpenID Connect Core §6.2).
  for (const uri of uris) checkWebUri(name, uri.split('#', 1)[0] ?? '');
  return uris;
}

function parseOrigins(reader: MetadataReader): readonly string[] {
  const origins = reader.list('allowed_origins', 300) ?? [];
  for (const origin of origins) {
    checkWebUri('allowed_origins', origin);
    if (new URL(origin).origin !== origin)
      throw invalidMember('allowed_origins', 'has an entry that is no origin');
  }
  return origins;
}

function parseJwks(reader: MetadataReader): JwkSet | undefined {
  const value = reader.raw('jwks');
  if (value === undefined) return undefined;
  try {
    return parseJwkSet(value, { onUnusable: 'refuse', maxKeys: 20 });
  } catch (error) {
    if (!(error instanceof JoseError)) throw error;
    throw new OAuthError('invalid_client_metadata', `jwks is not usable: ${error.message}`, { cause: error });
  }
}

function parseTlsClientAuth(reader: MetadataReader): ClientMetadata['tlsClientAuth'] {
  const given = tlsMembers.filter((member) => reader.has(member));
  const [member] = given;
  if (given.length > 1) throw invalidMember('tls_client_auth', 'has more than one kind of name');
  const value = member === undefined ? undefined : reader.text(member, 1024);
  return member === undefined || value === undefined ? undefined : { member, value };
}

function parseSenderConstraint(reader: MetadataReader): SenderConstraint | undefined {
  const named = reader.choice('sender_constraint', ['none', 'dpop', 'mtls', 'any']);
  const dpop = reader.flag('dpop_bound_access_tokens') === true;
  const mtls = reader.flag('tls_client_certificate_bound_access_tokens') === true;
  const flagged = dpop && mtls ? 'any' : dpop ? 'dpop' : mtls ? 'mtls' : undefined;
  if (named !== undefined && flagged !== undefined && named !== flagged) {
    throw invalidMember('sender_constraint', 'contradicts the registered members for bound tokens');
  }
  return named ?? flagged;
}

function defaultAlgorithm(context: ClientMetadataContext): SigningAlgorithmName {
  const found = algorithms.find((name) => name === context.defaultIdTokenAlg);
  if (found === undefined) {
    throw new OAuthError('server_error', 'the server is not configured for id tokens', {
      detail: 'defaultIdTokenAlg is not a supported algorithm',
    });
  }
  return found;
}

function renamed<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw new OAuthError('invalid_client_metadata', `${name}: ${error.description}`, {
      feature: error.feature,
      cause: error,
    });
  }
}
