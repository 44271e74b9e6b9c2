import type { Revocation, Trail } from '../ports.ts';
import { recordChanges } from './change.ts';
import { withdrawApprovals } from './device-approvals.ts';
import { type WriteScope, writeVerb } from './engine.ts';
import { oweLogouts } from './logout-deliveries.ts';
import { erasePairwiseSubjects } from './pairwise-subjects.ts';
import { addRevocations } from './revocations.ts';
import { endFamilies } from './revoke-grants.ts';
import { writeTrail } from './trail.ts';

/** True when the subject exists, disabled before or not. */
export const disable = writeVerb(
  'subjects.disable',
  async (scope, tenant: string, id: string, revocation: Revocation, trail: Trail): Promise<boolean> => {
    const now = revocation.revokedAt;
    const disabled = await scope.trx
      .updateTable('subject')
      .set((eb) => ({
        disabled_at: eb.case().when('disabled_at', '=', 0).then(now).else(eb.ref('disabled_at')).end(),
        updated_at: now,
        version: eb('version', '+', 1),
      }))
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst();
    if (disabled === undefined) return false;
    await endSessions(scope, tenant, id, now);
    await endFamilies(scope, tenant, { subject: id }, now);
    await withdrawApprovals(scope, tenant, { subject: id });
    await addRevocations(scope, tenant, [revocation]);
    await recordChanges(scope, 'subject', tenant, [id]);
    await writeTrail(scope, trail);
    return true;
  },
);

/** True when the subject exists. What was revoked stays revoked. */
export const enable = writeVerb(
  'subjects.enable',
  async (scope, tenant: string, id: string, now: number, trail: Trail): Promise<boolean> => {
    const enabled = await scope.trx
      .updateTable('subject')
      .set((eb) => ({ disabled_at: 0, updated_at: now, version: eb('version', '+', 1) }))
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst();
    if (enabled === undefined) return false;
    await recordChanges(scope, 'subject', tenant, [id]);
    await writeTrail(scope, trail);
    return true;
  },
);

export const remove = writeVerb(
  'subjects.remove',
  async (scope, tenant: string, id: string, revocation: Revocation, trail: Trail): Promise<boolean> => {
    const removed = await scope.trx
      .deleteFrom('subject')
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst();
    if (removed === undefined) return false;
    await endSessions(scope, tenant, id, revocation.revokedAt);
    await scope.trx.deleteFrom('session').where('tenant', '=', tenant).where('subject', '=', id).execute();
    for (const table of ['refresh_family', 'consent', 'code', 'device_code', 'access_token'] as const) {
      await scope.trx.deleteFrom(table).where('tenant', '=', tenant).where('subject', '=', id).execute();
    }
    await erasePairwiseSubjects(scope, tenant, id);
    await scope.trx
      .deleteFrom('group_member')
      .where('tenant', '=', tenant)
      .where('subject', '=', id)
      .execute();
    await scope.trx.deleteFrom('role_grant').where('home', '=', tenant).where('subject', '=', id).execute();
    await addRevocations(scope, tenant, [revocation]);
    await recordChanges(scope, 'subject', tenant, [id]);
    await recordChanges(scope, 'consent', tenant, [id]);
    await recordChanges(scope, 'membership', tenant, [id]);
    await writeTrail(scope, trail);
    return true;
  },
);

/** Ends those already past their idle time too: nothing of a disabled subject is left open, here or at a client. */
async function endSessions(scope: WriteScope, tenant: string, subject: string, now: number): Promise<void> {
  const ended = await scope.trx
    .updateTable('session')
    .set({ ended_at: now })
    .where('tenant', '=', tenant)
    .where('subject', '=', subject)
    .where('ended_at', '=', 0)
    .returning(['id', 'subject'])
    .execute();
  await oweLogouts(scope, tenant, ended, now);
  await recordChanges(
    scope,
    'session',
    tenant,
    ended.map((session) => session.id),
  );
}
