import { type Features, isSwitchedOn, offeredAlgorithms } from '../keys/index.ts';
import type { Profile, TenantSettings } from '../storage/ports.ts';
import { completeSettings } from '../storage/tenant-settings.ts';
import { validateDynamicClients } from './dynamic-clients.ts';
import { TenantError } from './tenant-error.ts';

/** What a profile forbids, it forbids whatever is switched on. */
const everything: Features = { mlDsa: true };

export const defaultTenant = 'default';

const base: TenantSettings = completeSettings({
  defaultSigningAlgorithm: 'ES256',
  requireNonceWithoutPkce: true,
  refreshGraceSeconds: 0,
  refreshOnReuse: 'family',
  auditDurability: 'batched',
});

/** What a new tenant starts with (architecture, decisions 4 to 6). */
export function defaultSettings(profile: Profile): TenantSettings {
  return { ...base, requireNonceWithoutPkce: profile !== 'oidc-core' };
}

/** @throws {TenantError} `invalid_tenant` when a setting contradicts the profile or lies outside its range or what is switched on */
export function validateSettings(profile: Profile, settings: TenantSettings, features: Features): void {
  const { refreshGraceSeconds: grace, defaultSigningAlgorithm: algorithm } = settings;
  if (!Number.isInteger(grace) || grace < 0 || grace > 60) {
    throw new TenantError('invalid_tenant', 'refreshGraceSeconds must be a whole number from 0 to 60.');
  }
  if (!offeredAlgorithms({ profile, settings }, everything).includes(algorithm)) {
    throw new TenantError(
      'invalid_tenant',
      `${profile} forbids ${algorithm}; defaultSigningAlgorithm must be ES256, PS256 or EdDSA.`,
    );
  }
  if (!isSwitchedOn(algorithm, features)) {
    throw new TenantError(
      'invalid_tenant',
      `${algorithm} is experimental and switched off; set features.mlDsa first, or choose ES256, PS256, EdDSA or RS256.`,
    );
  }
  const isStrict = profile === 'strict' || profile === 'fapi2-security';
  if (isStrict && !settings.requireNonceWithoutPkce) {
    throw new TenantError('invalid_tenant', `requireNonceWithoutPkce cannot be false under ${profile}.`);
  }
  if (isStrict && settings.dynamicRegistration !== 'off') {
    throw new TenantError(
      'invalid_tenant',
      `dynamicRegistration must be off under ${profile}: its clients are known before they come.`,
    );
  }
  validateDynamicClients(settings.dynamicClients);
}
