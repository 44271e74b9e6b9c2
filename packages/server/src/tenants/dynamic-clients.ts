/** The bounds of clients that register themselves, as a tenant may set them. */
import { grantTypes, parseJwkSet, parseScope } from '@countersign/protocol';
import type { DynamicClientSettings, StatementIssuer } from '../storage/ports.ts';
import { TenantError } from './tenant-error.ts';

const daySeconds = 86_400;

/** Whole numbers from, to. */
const ranges = {
  maxClients: [0, 1_000_000],
  maxUsesPerToken: [1, 100_000],
  registrationsPerHour: [1, 100_000],
  neverUsedSeconds: [3600, 365 * daySeconds],
  unusedSeconds: [daySeconds, 3650 * daySeconds],
} as const satisfies Partial<Record<keyof DynamicClientSettings, readonly [number, number]>>;

const maxStatementIssuers = 20;

/** @throws {TenantError} `invalid_tenant` */
export function validateDynamicClients(settings: DynamicClientSettings): void {
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = settings[name as keyof typeof ranges];
    if (!Number.isInteger(value) || value < least || value > most) {
      throw refusal(`${name} must be a whole number from ${least} to ${most}`);
    }
  }
  const { allowedGrants, allowedScope, defaultScope, statementIssuers } = settings;
  if (!allowedGrants.every((grant) => grantTypes.includes(grant))) {
    throw refusal(`allowedGrants has one that is not among ${grantTypes.join(', ')}`);
  }
  validateScope('allowedScope', allowedScope);
  validateScope('defaultScope', defaultScope);
  if (!defaultScope.every((token) => allowedScope.includes(token))) {
    throw refusal('defaultScope has a scope that is not in allowedScope');
  }
  if (statementIssuers.length > maxStatementIssuers) {
    throw refusal(`statementIssuers has more than ${maxStatementIssuers} entries`);
  }
  const issuers = statementIssuers.map(({ issuer }) => issuer);
  if (new Set(issuers).size !== issuers.length) throw refusal('statementIssuers names an issuer twice');
  for (const entry of statementIssuers) validateIssuer(entry);
}

function validateScope(name: string, scope: readonly string[]): void {
  try {
    const parsed = parseScope(scope.join(' '));
    if (parsed.length === scope.length && parsed.every((token, index) => token === scope[index])) return;
  } catch (cause) {
    throw refusal(`${name} is no list of scopes`, cause);
  }
  throw refusal(`${name} is no list of scopes, each once`);
}

function validateIssuer(entry: StatementIssuer): void {
  if (entry.issuer === '' || entry.issuer.length > 2000 || /[^\x21-\x7e]/.test(entry.issuer)) {
    throw refusal('statementIssuers has an issuer that is no name or URL');
  }
  if ('jwksUri' in entry) {
    if (URL.canParse(entry.jwksUri) && new URL(entry.jwksUri).protocol === 'https:') return;
    throw refusal(`the jwks_uri of the statement issuer ${entry.issuer} is not an https URL`);
  }
  try {
    if (parseJwkSet(entry.jwks, { onUnusable: 'refuse' }).keys.length > 0) return;
  } catch (cause) {
    throw refusal(`the keys of the statement issuer ${entry.issuer} are not usable`, cause);
  }
  throw refusal(`the statement issuer ${entry.issuer} has no keys`);
}

function refusal(problem: string, cause?: unknown): TenantError {
  return new TenantError('invalid_tenant', `dynamicClients: ${problem}.`, { cause });
}
