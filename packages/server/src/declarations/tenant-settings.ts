/** The settings of a tenant as a file holds them, by the names that the record has. */
import { grantTypes, isJsonObject, JoseError, parseJwkSet } from '@countersign/protocol';
import type { DynamicClientSettings, Profile, StatementIssuer, TenantSettings } from '../storage/ports.ts';
import type { SettingsChange } from '../tenants/index.ts';
import type { Entry } from './entry.ts';

export const profiles: readonly Profile[] = ['standard', 'strict', 'oidc-core', 'fapi2-security'];

type Readers<Settings> = {
  readonly [Name in keyof Settings]-?: (entry: Entry, name: string) => Settings[Name] | undefined;
};

const number = (entry: Entry, name: string) => entry.wholeNumber(name);
const texts = (entry: Entry, name: string) => entry.texts(name);

/** Complete by type; ranges are the tenant's own rules. */
const dynamicClients: Readers<DynamicClientSettings> = {
  maxClients: number,
  maxUsesPerToken: number,
  registrationsPerHour: number,
  defaultScope: texts,
  allowedScope: texts,
  allowedGrants: (entry, name) =>
    entry.texts(name)?.map((text) => {
      const grant = grantTypes.find((candidate) => candidate === text);
      if (grant === undefined) throw entry.refusal(name, `must be among ${grantTypes.join(', ')}`);
      return grant;
    }),
  neverUsedSeconds: number,
  unusedSeconds: number,
  statementIssuers: (entry, name) => entry.list(name)?.map((value) => readIssuer(entry, name, value)),
};

const settings: Readers<Omit<TenantSettings, 'dynamicClients'>> = {
  defaultSigningAlgorithm: (entry, name) =>
    entry.choice(name, ['ES256', 'EdDSA', 'RS256', 'PS256', 'ML-DSA-44', 'ML-DSA-65']),
  requireNonceWithoutPkce: (entry, name) => entry.flag(name),
  refreshGraceSeconds: number,
  refreshOnReuse: (entry, name) => entry.choice(name, ['family', 'session']),
  auditDurability: (entry, name) => entry.choice(name, ['batched', 'strict']),
  dynamicRegistration: (entry, name) => entry.choice(name, ['off', 'token', 'open']),
};

/** @throws {DeclarationError} */
export function readTenantSettings(entry: Entry | undefined): SettingsChange {
  if (entry === undefined) return {};
  entry.only([...Object.keys(settings), 'dynamicClients']);
  const bounds = entry.below('dynamicClients');
  bounds?.only(Object.keys(dynamicClients));
  return {
    ...readAll(settings, entry),
    ...(bounds !== undefined && { dynamicClients: readAll(dynamicClients, bounds) }),
  };
}

function readAll<Settings>(readers: Readers<Settings>, entry: Entry): Partial<Settings> {
  const names = Object.keys(readers) as (keyof Settings & string)[];
  const values = names.map((name) => [name, readers[name](entry, name)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Partial<Settings>;
}

function readIssuer(entry: Entry, name: string, value: unknown): StatementIssuer {
  const wrong = entry.refusal(name, 'has an entry that is not an issuer with either jwks or jwksUri');
  if (!isJsonObject(value)) throw wrong;
  const { issuer, jwks, jwksUri, ...others } = value;
  if (typeof issuer !== 'string' || Object.keys(others).length > 0) throw wrong;
  if (typeof jwksUri === 'string' && jwks === undefined) return { issuer, jwksUri };
  if (!isJsonObject(jwks) || jwksUri !== undefined) throw wrong;
  try {
    return { issuer, jwks: parseJwkSet(jwks, { onUnusable: 'refuse' }) };
  } catch (error) {
    if (!(error instanceof JoseError)) throw error;
    throw entry.refusal(name, `has keys that are not usable: ${error.message}`, { cause: error });
  }
}
