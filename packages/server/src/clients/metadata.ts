/** From registered names to the metadata of a client, by the rules of the standard, of the profile and of this version. */
import { type ClientMetadata, OAuthError, parseClientMetadata } from '@countersign/protocol';
import type { Features } from '../keys/index.ts';
import type { DynamicClientSettings, TenantRecord } from '../storage/ports.ts';
import { refuseUnoffered } from './offered.ts';
import { refuseUnserved } from './served.ts';

/**
 * Holds metadata against the world outside, such as a document behind a registered URL. Awaited at every registration and
 * change, after all that can be told from the metadata alone and before anything is written.
 * @throws {OAuthError} `invalid_client_metadata`, `invalid_redirect_uri`
 */
export type ClientCheck = (
  metadata: ClientMetadata,
  tenant: TenantRecord,
  /** What a change starts from; undefined at registration. */
  previous: ClientMetadata | undefined,
) => Promise<void>;

/** Who speaks: an operator, or the client for itself, with what a software statement made of it (wire names). */
export type MetadataSource =
  | { readonly source: 'declared' }
  | { readonly source: 'dynamic'; readonly vouched: readonly string[] };

/** @throws {OAuthError} `invalid_redirect_uri`, `invalid_client_metadata`, naming the member */
export async function readMetadata(
  tenant: TenantRecord,
  members: Readonly<Record<string, unknown>>,
  options: {
    readonly from: MetadataSource;
    readonly checks: readonly ClientCheck[];
    readonly features: Features;
    readonly previous?: ClientMetadata | undefined;
  },
): Promise<ClientMetadata> {
  const { from, checks, features, previous } = options;
  const parsed = parseClientMetadata(members, {
    profile: tenant.profile,
    defaultIdTokenAlg: defaultIdTokenAlg(tenant, from),
    ...from,
  });
  const metadata = from.source === 'dynamic' ? withinBounds(parsed, tenant.settings.dynamicClients) : parsed;
  refuseUnserved(metadata);
  refuseUnoffered(metadata, tenant, features);
  for (const check of checks) await check(metadata, tenant, previous);
  return metadata;
}

/** RS256 is what a client that says nothing understands (OpenID Connect Registration §2); our own default is the tenant's. */
function defaultIdTokenAlg({ profile, settings }: TenantRecord, { source }: MetadataSource): string {
  return source === 'dynamic' && profile !== 'fapi2-security' ? 'RS256' : settings.defaultSigningAlgorithm;
}

/**
 * A client that names no scope gets the tenant's; of what it names it gets what the tenant allows (RFC 7591 §2, §3.2.1). A grant that
 * is not allowed is refused: without it the client would be another one.
 */
function withinBounds(metadata: ClientMetadata, settings: DynamicClientSettings): ClientMetadata {
  const refused = metadata.grantTypes.find((grant) => !settings.allowedGrants.includes(grant));
  if (refused !== undefined) {
    throw new OAuthError(
      'invalid_client_metadata',
      `grant_types: a client that registers itself gets no ${refused} here`,
      { feature: 'grant_type' },
    );
  }
  const named = metadata.scope;
  const scope =
    named.length === 0
      ? settings.defaultScope
      : named.filter((token) => settings.allowedScope.includes(token));
  if (named.length > 0 && scope.length === 0) {
    throw new OAuthError(
      'invalid_client_metadata',
      'scope names nothing that a client may register for here',
    );
  }
  return { ...metadata, scope, defaultScope: metadata.defaultScope.filter((token) => scope.includes(token)) };
}
