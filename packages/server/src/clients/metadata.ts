/** From registered names to the metadata of a client, by the rules of the standard, of the profile and of this version. */
import { type ClientMetadata, parseClientMetadata } from '@countersign/protocol';
import type { Features } from '../keys/index.ts';
import type { TenantRecord } from '../storage/ports.ts';
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

/** RS256 is what a client that says nothing understands (OpenID Connect Registration §2); our own default is the tenant's. */
function defaultIdTokenAlg({ profile, settings }: TenantRecord, source: 'declared' | 'dynamic'): string {
  return source === 'dynamic' && profile !== 'fapi2-security' ? 'RS256' : settings.defaultSigningAlgorithm;
}

/** @throws {OAuthError} `invalid_redirect_uri`, `invalid_client_metadata`, naming the member */
export async function readMetadata(
  tenant: TenantRecord,
  members: Readonly<Record<string, unknown>>,
  options: {
    readonly source: 'declared' | 'dynamic';
    readonly checks: readonly ClientCheck[];
    readonly features: Features;
    readonly previous?: ClientMetadata | undefined;
  },
): Promise<ClientMetadata> {
  const { source, checks, features, previous } = options;
  const metadata = parseClientMetadata(members, {
    profile: tenant.profile,
    defaultIdTokenAlg: defaultIdTokenAlg(tenant, source),
    source,
  });
  refuseUnserved(metadata);
  refuseUnoffered(metadata, tenant, features);
  for (const check of checks) await check(metadata, tenant, previous);
  return metadata;
}
