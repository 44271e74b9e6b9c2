import type { Revocation, RevocationStore, Trail } from '../ports.ts';
import { recordChanges } from './change.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import { writeTrail } from './trail.ts';
import { requireTenant } from './values.ts';

const add = writeVerb('revocations.add', async (scope, revocation: Revocation, trail: Trail) => {
  await addRevocations(scope, revocation.tenant, [revocation]);
  await writeTrail(scope, trail);
});

export const revocationVerbs = [add];

/** The id of the change is the row's number, so that a process loads what is new with `listAfter`. */
export async function addRevocations(
  scope: WriteScope,
  tenant: string,
  revocations: readonly Revocation[],
): Promise<void> {
  if (revocations.length === 0) return;
  for (const revocation of revocations) requireTenant(tenant, revocation);
  const rows = await scope.trx
    .insertInto('revocation')
    .values(
      revocations.map(({ kind, id, revokedAt, expiresAt }) => ({
        tenant,
        kind,
        id,
        revoked_at: revokedAt,
        expires_at: expiresAt,
      })),
    )
    .returning('seq')
    .execute();
  await recordChanges(
    scope,
    'revocation',
    tenant,
    rows.map((row) => String(row.seq)),
  );
}

export function revocationStore(engine: Engine): RevocationStore {
  return {
    add: engine.bind(add),
    // Every process holds the set of all tenants: this one query is of the deployment, each row names its tenant.
    listAfter: (cursor, now, limit) =>
      engine.read(async (db) => {
        const rows = await db
          .selectFrom('revocation')
          .selectAll()
          .where('seq', '>', cursor)
          .where('expires_at', '>', now)
          .orderBy('seq')
          .limit(limit)
          .execute();
        return {
          cursor: rows.at(-1)?.seq ?? cursor,
          revocations: rows.map((row) => ({
            tenant: row.tenant,
            kind: row.kind as Revocation['kind'],
            id: row.id,
            revokedAt: row.revoked_at,
            expiresAt: row.expires_at,
          })),
        };
      }),
  };
}
