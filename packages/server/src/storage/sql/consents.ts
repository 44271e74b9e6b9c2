import type { ConsentRecord, ConsentStore, Trail } from '../ports.ts';
import { recordChanges } from './change.ts';
import { endServedDevices, withdrawApprovals } from './device-approvals.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import { revokeFamilies } from './revoke-grants.ts';
import type { ConsentTable } from './tables.ts';
import { writeTrail } from './trail.ts';
import { fromJson, toJson } from './values.ts';

const remember = writeVerb(
  'consents.remember',
  async (scope, consent: ConsentRecord, trail: Trail): Promise<void> => {
    await rememberConsent(scope, consent);
    await writeTrail(scope, trail);
  },
);

/** Adds to what is remembered, inside a transaction of whoever was told it. */
export async function rememberConsent(scope: WriteScope, consent: ConsentRecord): Promise<void> {
  const { tenant, subject, clientId } = consent;
  const inserted = await scope.trx
    .insertInto('consent')
    .values({
      tenant,
      subject,
      client: clientId,
      scope: toJson(consent.scope),
      resources: toJson(consent.resources),
      granted_at: consent.grantedAt,
      updated_at: consent.updatedAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('client')
    .executeTakeFirst();
  if (inserted === undefined) {
    const kept = await scope.trx
      .selectFrom('consent')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('subject', '=', subject)
      .where('client', '=', clientId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    await scope.trx
      .updateTable('consent')
      .set({
        scope: toJson(union(fromJson(kept.scope), consent.scope)),
        resources: toJson(union(fromJson(kept.resources), consent.resources)),
        updated_at: consent.updatedAt,
      })
      .where('tenant', '=', tenant)
      .where('subject', '=', subject)
      .where('client', '=', clientId)
      .execute();
  }
  await recordChanges(scope, 'consent', tenant, [subject]);
}

/** True when there was anything to revoke. Codes not yet redeemed at this client go too, and approved devices. */
const revoke = writeVerb(
  'consents.revoke',
  async (
    scope,
    tenant: string,
    subject: string,
    clientId: string,
    now: number,
    revocationExpiresAt: number,
    trail: Trail,
  ): Promise<boolean> => {
    const forgotten = await scope.trx
      .deleteFrom('consent')
      .where('tenant', '=', tenant)
      .where('subject', '=', subject)
      .where('client', '=', clientId)
      .returning('client')
      .executeTakeFirst();
    const span = { revokedAt: now, expiresAt: revocationExpiresAt };
    const revoked = await revokeFamilies(scope, tenant, { subject, client: clientId }, span);
    const codes = await scope.trx
      .deleteFrom('code')
      .where('tenant', '=', tenant)
      .where('subject', '=', subject)
      .where('client', '=', clientId)
      .where('spent_at', '=', 0)
      .returning('hash')
      .execute();
    const withdrawn = await withdrawApprovals(scope, tenant, { subject, client: clientId });
    const served = await endServedDevices(scope, tenant, { subject, client: clientId }, span);
    const ended = revoked + codes.length + withdrawn + served;
    if (forgotten === undefined && ended === 0) return false;
    await recordChanges(scope, 'consent', tenant, [subject]);
    await writeTrail(scope, trail);
    return true;
  },
);

export const consentVerbs = [remember, revoke];

/** The change of a consent carries the id of its subject. */
export function consentStore(engine: Engine): ConsentStore {
  return {
    find: (tenant, subject, clientId) =>
      engine.read(async (db) => {
        const row = await db
          .selectFrom('consent')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('subject', '=', subject)
          .where('client', '=', clientId)
          .executeTakeFirst();
        return row && fromRow(row);
      }),
    listBySubject: (tenant, subject) =>
      engine.read(async (db) => {
        const rows = await db
          .selectFrom('consent')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('subject', '=', subject)
          .orderBy('client')
          .execute();
        return rows.map(fromRow);
      }),
    remember: engine.bind(remember),
    revoke: engine.bind(revoke),
  };
}

function union(kept: readonly string[], added: readonly string[]): readonly string[] {
  return [...new Set([...kept, ...added])];
}

function fromRow(row: ConsentTable): ConsentRecord {
  return {
    tenant: row.tenant,
    subject: row.subject,
    clientId: row.client,
    scope: fromJson<readonly string[]>(row.scope),
    resources: fromJson<readonly string[]>(row.resources),
    grantedAt: row.granted_at,
    updatedAt: row.updated_at,
  };
}
