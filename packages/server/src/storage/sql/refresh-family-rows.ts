import type { Confirmation } from '@countersign/protocol';
import type { RefreshFamilyRecord } from '../ports.ts';
import type { Sealed } from '../secrets.ts';
import type { WriteScope } from './engine.ts';
import { insertMany } from './insert-many.ts';
import type { RefreshFamilyTable } from './tables.ts';
import { fromJson, fromJsonOrNull, toFlag, toJson, toJsonOrNull } from './values.ts';

/** What nothing compares. */
type Details = Pick<
  RefreshFamilyRecord,
  'scope' | 'resources' | 'nonce' | 'authTime' | 'acr' | 'amr' | 'authTimeRequired' | 'claims' | 'consentHash'
>;

export async function insertFamily(scope: WriteScope, family: RefreshFamilyRecord | null): Promise<void> {
  if (family === null) return;
  await insertMany(scope, 'refresh_family', [toRow(family)]);
}

function toRow(family: RefreshFamilyRecord): RefreshFamilyTable {
  const details: Details = {
    scope: family.scope,
    resources: family.resources,
    nonce: family.nonce,
    authTime: family.authTime,
    acr: family.acr,
    amr: family.amr,
    authTimeRequired: family.authTimeRequired,
    claims: family.claims,
    consentHash: family.consentHash,
  };
  return {
    tenant: family.tenant,
    id: family.id,
    client: family.clientId,
    subject: family.subject,
    session: family.sessionId,
    secret: family.secret,
    generation: family.generation,
    rotated_at: family.rotatedAt,
    offline: toFlag(family.scope.includes('offline_access')),
    cnf: toJsonOrNull(family.confirmation),
    details: toJson(details),
    created_at: family.createdAt,
    idle_expires_at: family.idleExpiresAt,
    expires_at: family.expiresAt,
    revoked_at: family.revokedAt,
  };
}

export function fromRow(row: RefreshFamilyTable): RefreshFamilyRecord {
  return {
    ...fromJson<Details>(row.details),
    id: row.id,
    tenant: row.tenant,
    clientId: row.client,
    subject: row.subject,
    sessionId: row.session,
    secret: row.secret as Sealed<'refresh-family-secret'>,
    generation: row.generation,
    rotatedAt: row.rotated_at,
    confirmation: fromJsonOrNull<Confirmation>(row.cnf),
    createdAt: row.created_at,
    idleExpiresAt: row.idle_expires_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
