/** Settings that came after the first release: how a row written before them is read. */
import type { DynamicClientSettings, TenantSettings } from './ports.ts';

const openIdScope: readonly string[] = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

export const defaultDynamicClients: DynamicClientSettings = {
  maxClients: 1000,
  maxUsesPerToken: 100,
  registrationsPerHour: 60,
  defaultScope: openIdScope,
  allowedScope: openIdScope,
  // By these a person approves what the client gets; client credentials would give it what nobody was asked for.
  allowedGrants: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  neverUsedSeconds: 86_400,
  unusedSeconds: 90 * 86_400,
  statementIssuers: [],
};

type LaterSettings = 'dynamicRegistration' | 'dynamicClients';

/** Settings as any version of the program may have written them. */
export type StoredSettings = Omit<TenantSettings, LaterSettings> &
  Partial<Pick<TenantSettings, 'dynamicRegistration'>> & {
    readonly dynamicClients?: Partial<DynamicClientSettings>;
  };

export function completeSettings(stored: StoredSettings): TenantSettings {
  return {
    ...stored,
    dynamicRegistration: stored.dynamicRegistration ?? 'off',
    dynamicClients: { ...defaultDynamicClients, ...stored.dynamicClients },
  };
}
