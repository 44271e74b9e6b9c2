import type { Profile, TenantSettings } from '../storage/ports.ts';
import { TenantError } from './tenant-error.ts';

export const defaultTenant = 'default';

const base: TenantSettings = {
  defaultSigningAlgorithm: 'ES256',
  requireNonceWithoutPkce: true,
  refreshGraceSeconds: 0,
  refreshOnReuse: 'family',
  auditDurability: 'batched',
};

/** What a new tenant starts with (architecture, decisions 4 to 6). */
export function defaultSettings(profile: Profile): TenantSettings {
  return { ...base, requireNonceWithoutPkce: profile !== 'oidc-core' };
}

/** @throws {TenantError} `invalid_tenant` when a setting contradicts the profile or lies outside its range */
export function validateSettings(profile: Profile, settings: TenantSettings): void {
  const { refreshGraceSeconds: grace, defaultSigningAlgorithm: algorithm } = settings;
  if (!Number.isInteger(grace) || grace < 0 || grace > 60) {
    throw new TenantError('invalid_tenant', 'refreshGraceSeconds must be a whole number from 0 to 60.');
  }
  if (profile === 'fapi2-security' && algorithm === 'RS256') {
    throw new TenantError(
      'invalid_tenant',
      'fapi2-security forbids RS256; defaultSigningAlgorithm must be ES256, PS256 or EdDSA.',
    );
  }
  if ((profile === 'strict' || profile === 'fapi2-security') && !settings.requireNonceWithoutPkce) {
    throw new TenantError('invalid_tenant', `requireNonceWithoutPkce cannot be false under ${profile}.`);
  }
}
