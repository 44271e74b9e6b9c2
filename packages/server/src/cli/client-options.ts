/** From the options of `client add` and `client set` to registered metadata names. */
import { UsageError } from './command-error.ts';
import { registeredGrant } from './grant-names.ts';
import { readJsonFile } from './json-file.ts';

export interface ClientOptions {
  /** A file of registered members; the other options win. */
  readonly metadata?: string;
  readonly name?: string;
  readonly public?: boolean;
  readonly authMethod?: string;
  readonly redirectUri?: readonly string[];
  readonly postLogoutRedirectUri?: readonly string[];
  readonly backchannelLogoutUri?: string;
  readonly grant?: readonly string[];
  readonly scope?: string;
  readonly defaultScope?: string;
  readonly audience?: readonly string[];
  readonly allowedOrigin?: readonly string[];
  readonly jwks?: string;
  readonly jwksUri?: string;
  readonly applicationType?: string;
  readonly idTokenAlg?: string;
  /** Commander's `--no-require-pkce`: true unless given. */
  readonly requirePkce: boolean;
  readonly subjectType?: string;
  readonly sectorIdentifierUri?: string;
  readonly senderConstraint?: string;
  readonly firstParty?: boolean;
}

type Members = Record<string, unknown>;

/** By which a client gets tokens about people. */
const grantsOfPeople: readonly string[] = ['authorization_code', registeredGrant('device_code')];

/** The members that options name, in the file of --metadata or by themselves, and no others. */
export function namedMembers(options: ClientOptions): Members {
  return {
    ...(options.metadata !== undefined && readMetadata(options.metadata)),
    ...membersOfOptions(options),
  };
}

function membersOfOptions(options: ClientOptions): Members {
  const members: Members = {
    client_name: options.name,
    token_endpoint_auth_method: options.authMethod,
    redirect_uris: options.redirectUri,
    post_logout_redirect_uris: options.postLogoutRedirectUri,
    backchannel_logout_uri: options.backchannelLogoutUri,
    grant_types: options.grant?.map(registeredGrant),
    scope: options.scope,
    default_scope: options.defaultScope,
    audiences: options.audience,
    allowed_origins: options.allowedOrigin,
    ...keysOf(options),
    application_type: options.applicationType,
    id_token_signed_response_alg: options.idTokenAlg,
    require_pkce: options.requirePkce ? undefined : false,
    subject_type: options.subjectType,
    sector_identifier_uri: options.sectorIdentifierUri,
    sender_constraint: options.senderConstraint,
    first_party: options.firstParty,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** The same for a new client, with the defaults of a registration from the command line. */
export function newClientMembers(options: ClientOptions): Members {
  const named = namedMembers(options);
  if (options.public === true && options.authMethod !== undefined && options.authMethod !== 'none') {
    throw new UsageError(
      `--public means no authentication; it does not go with --auth-method ${options.authMethod}`,
    );
  }
  const hasRedirects = Array.isArray(named.redirect_uris) && named.redirect_uris.length > 0;
  const grants =
    named.grant_types ?? (hasRedirects ? ['authorization_code', 'refresh_token'] : ['client_credentials']);
  const method =
    named.token_endpoint_auth_method ?? (maySign(named) ? 'private_key_jwt' : 'client_secret_basic');
  const isForPeople = Array.isArray(grants) && grants.some((grant) => grantsOfPeople.includes(grant));
  return {
    ...(isForPeople && { scope: defaultScope(grants) }),
    ...named,
    grant_types: grants,
    token_endpoint_auth_method: options.public === true ? 'none' : method,
  };
}

/** Whether there are keys that a client could authenticate with; those for encryption (`use: enc`) are not. */
function maySign({ jwks, jwks_uri: jwksUri }: Members): boolean {
  const keys = typeof jwks === 'object' && jwks !== null && 'keys' in jwks ? jwks.keys : undefined;
  const forSigning = (key: unknown): boolean => (key as { use?: unknown } | null)?.use !== 'enc';
  return typeof jwksUri === 'string' || (Array.isArray(keys) && keys.some(forSigning));
}

/** One place replaces the other (RFC 7591 §2). */
function keysOf({ jwks, jwksUri }: ClientOptions): Members {
  if (jwks !== undefined && jwksUri !== undefined) {
    throw new UsageError('--jwks and --jwks-uri exclude each other: name the place where the keys are');
  }
  if (jwks !== undefined) return { jwks: readJwks(jwks), jwks_uri: null };
  return jwksUri === undefined ? {} : { jwks: null, jwks_uri: jwksUri };
}

function defaultScope(grants: readonly unknown[]): string {
  return grants.includes('refresh_token') ? 'openid profile email offline_access' : 'openid profile email';
}

function readMetadata(path: string): Members {
  return readJsonFile(path, {
    code: 'invalid_metadata',
    what: 'a file of client metadata',
    looksLike: '{"logo_uri": "https://app.example/logo.svg", "default_max_age": 3600}',
  });
}

/** A JWK set, or one JWK, which becomes a set. */
function readJwks(path: string): Record<string, unknown> {
  const content = readJsonFile(path, {
    code: 'invalid_jwks',
    what: 'a JWK set',
    looksLike: '{"keys": [{"kty": "EC", …}]}',
  });
  return Object.hasOwn(content, 'kty') ? { keys: [content] } : content;
}
