import type { Vault } from '../ports.ts';
import type { RefreshFamilyRecord, RefreshFamilyStore } from '../storage/ports.ts';
import { familySealingContext, parseRefreshToken, verifyRefreshToken } from './refresh-token.ts';

/**
 * The family of a refresh token that would be accepted now: ours, of the newest generation, neither revoked nor expired.
 * Does not check who presents it, nor that subject and client are enabled.
 */
export async function findLiveFamily(
  parts: { readonly families: RefreshFamilyStore; readonly vault: Vault },
  tenant: string,
  token: string,
  now: number,
): Promise<RefreshFamilyRecord | undefined> {
  const found = await findProvenFamily(parts, tenant, token);
  if (found === undefined || found.generation !== found.family.generation) return undefined;
  const { family } = found;
  return family.revokedAt === 0 && family.idleExpiresAt > now && family.expiresAt > now ? family : undefined;
}

/** The family that this token was made by, whatever became of it; undefined when the token is not genuine. */
export async function findProvenFamily(
  parts: { readonly families: RefreshFamilyStore; readonly vault: Vault },
  tenant: string,
  token: string,
): Promise<
  | { readonly family: RefreshFamilyRecord; readonly generation: number; readonly secret: Uint8Array }
  | undefined
> {
  const presented = parseRefreshToken(token);
  if (presented === undefined) return undefined;
  const family = await parts.families.find(tenant, presented.familyId);
  if (family === undefined) return undefined;
  const secret = parts.vault.unseal(
    'refresh-family-secret',
    familySealingContext(tenant, family.id),
    family.secret,
  );
  return verifyRefreshToken(tenant, presented, secret)
    ? { family, generation: presented.generation, secret }
    : undefined;
}
