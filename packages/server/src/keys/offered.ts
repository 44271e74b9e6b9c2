/** Which signature algorithms a tenant signs with: the one list behind discovery and registration. */
import type { SigningAlgorithmName } from '@countersign/protocol/jose';
import type { TenantRecord } from '../storage/ports.ts';

/** RS256 is what a client of any ecosystem understands. */
const all: readonly SigningAlgorithmName[] = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'];
/** FAPI 2.0 Security Profile §5.4 forbids RS256. */
const fapi: readonly SigningAlgorithmName[] = ['ES256', 'EdDSA', 'Ed25519', 'PS256'];

/**
 * The algorithms that a client of this tenant may choose for what is signed for it, the tenant's own first. Each can be
 * signed with: its key is there or is made when it is first needed.
 */
export function offeredAlgorithms(
  tenant: Pick<TenantRecord, 'profile' | 'settings'>,
): readonly SigningAlgorithmName[] {
  const own = tenant.settings.defaultSigningAlgorithm;
  const others = tenant.profile === 'fapi2-security' ? fapi : all;
  return [own, ...others.filter((name) => name !== own)];
}
