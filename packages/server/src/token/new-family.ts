import type { RequestContext } from '../http/context.ts';
import type { Random, Vault } from '../ports.ts';
import type { ClientRecord, RefreshFamilyRecord } from '../storage/ports.ts';
import { familySealingContext, issueRefreshToken } from '../tokens/index.ts';

export interface NewFamilyParts {
  readonly vault: Vault;
  readonly random: Random;
  readonly lifetimes: { readonly refreshSeconds: number; readonly refreshIdleSeconds: number };
}

/** What an approval says of the family that comes of it. */
export type FamilyFacts = Omit<
  RefreshFamilyRecord,
  'tenant' | 'secret' | 'generation' | 'rotatedAt' | 'createdAt' | 'idleExpiresAt' | 'expiresAt' | 'revokedAt'
>;

/** Decision 5: a refresh token needs the grant type, and `offline_access` or the client's `alwaysRefresh`. */
export function mayRefresh({ metadata }: Pick<ClientRecord, 'metadata'>, scope: readonly string[]): boolean {
  const { grantTypes, alwaysRefresh } = metadata;
  return grantTypes.includes('refresh_token') && (alwaysRefresh || scope.includes('offline_access'));
}

/** A family and its first refresh token. Writes nothing: the grant does, at its gate. */
export function newFamily(
  { vault, random, lifetimes }: NewFamilyParts,
  { tenant, now }: RequestContext,
  facts: FamilyFacts,
): { readonly family: RefreshFamilyRecord; readonly token: string } {
  const secret = random.bytes(32);
  const family: RefreshFamilyRecord = {
    id: facts.id,
    tenant: tenant.id,
    clientId: facts.clientId,
    subject: facts.subject,
    sessionId: facts.sessionId,
    scope: facts.scope,
    resources: facts.resources,
    nonce: facts.nonce,
    authTime: facts.authTime,
    acr: facts.acr,
    amr: facts.amr,
    authTimeRequired: facts.authTimeRequired,
    confirmation: facts.confirmation,
    claims: facts.claims,
    consentHash: facts.consentHash,
    secret: vault.seal('refresh-family-secret', familySealingContext(tenant.id, facts.id), secret),
    generation: 0,
    rotatedAt: now,
    createdAt: now,
    idleExpiresAt: now + Math.min(lifetimes.refreshIdleSeconds, lifetimes.refreshSeconds),
    expiresAt: now + lifetimes.refreshSeconds,
    revokedAt: 0,
  };
  return { family, token: issueRefreshToken(tenant.id, family.id, 0, secret) };
}
