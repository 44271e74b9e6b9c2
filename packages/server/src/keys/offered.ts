/** Which signature algorithms a tenant signs with: the one list behind discovery and registration. */
import {
  findSigningAlgorithm,
  type SigningAlgorithmName,
  signingAlgorithms,
} from '@countersign/protocol/jose';
import type { TenantRecord } from '../storage/ports.ts';

/** Switches for what is not for everybody yet. */
export interface Features {
  /** ML-DSA-44 and ML-DSA-65 as signature algorithms (decision 15). */
  readonly mlDsa: boolean;
}

/** FAPI 2.0 Security Profile §5.4. */
const fapiAlgorithms: readonly string[] = ['ES256', 'EdDSA', 'Ed25519', 'PS256'];

/** Whether this server signs with an algorithm, and trusts what it signed with it before. False for unknown names. */
export function isSwitchedOn(algorithm: string, features: Features): boolean {
  const found = findSigningAlgorithm(algorithm);
  return found !== undefined && (found.flag === undefined || features[found.flag]);
}

/**
 * The algorithms that a client of this tenant may choose for what is signed for it, the tenant's own first. Each can be
 * signed with: its key is there or is made when it is first needed.
 */
export function offeredAlgorithms(
  tenant: Pick<TenantRecord, 'profile' | 'settings'>,
  features: Features,
): readonly SigningAlgorithmName[] {
  const own = tenant.settings.defaultSigningAlgorithm;
  const isFapi = tenant.profile === 'fapi2-security';
  return signingAlgorithms
    .map(({ name }) => name)
    .filter((name) => isSwitchedOn(name, features) && (!isFapi || fapiAlgorithms.includes(name)))
    .toSorted((a, b) => Number(b === own) - Number(a === own));
}
