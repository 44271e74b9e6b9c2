/** Whether those a grant rests on are live at this moment: asked inside the transaction of every gate. */
import { compileOnce } from './compile-once.ts';
import type { WriteScope } from './engine.ts';

export async function isSubjectLive(scope: WriteScope, tenant: string, id: string): Promise<boolean> {
  const row = await scope.trx
    .selectFrom('subject')
    .select('id')
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .where('disabled_at', '=', 0)
    .forShare()
    .executeTakeFirst();
  return row !== undefined;
}

export async function areSubjectAndClientLive(
  scope: WriteScope,
  tenant: string,
  subject: string,
  client: string,
): Promise<boolean> {
  const rows = await compileOnce(scope, 'liveness.grant', { tenant, subject, client }, (trx, value) =>
    trx
      .selectFrom('subject')
      .innerJoin('client', 'client.tenant', 'subject.tenant')
      .select('subject.id')
      .where('subject.tenant', '=', value.tenant)
      .where('subject.id', '=', value.subject)
      .where('subject.disabled_at', '=', 0)
      .where('client.id', '=', value.client)
      .where('client.disabled_at', '=', 0)
      .forShare(),
  );
  return rows.length > 0;
}

/** Subject and client enabled, and the session live and of this subject. */
export async function isApprovalLive(
  scope: WriteScope,
  approval: {
    readonly tenant: string;
    readonly subject: string;
    readonly client: string;
    readonly session: string;
  },
  now: number,
): Promise<boolean> {
  const { tenant, subject, client, session } = approval;
  const rows = await compileOnce(
    scope,
    'liveness.approval',
    { tenant, subject, client, session, now },
    (trx, value) =>
      trx
        .selectFrom('subject')
        .innerJoin('client', 'client.tenant', 'subject.tenant')
        .innerJoin('session', (join) =>
          join.onRef('session.tenant', '=', 'subject.tenant').onRef('session.subject', '=', 'subject.id'),
        )
        .select('subject.id')
        .where('subject.tenant', '=', value.tenant)
        .where('subject.id', '=', value.subject)
        .where('subject.disabled_at', '=', 0)
        .where('client.id', '=', value.client)
        .where('client.disabled_at', '=', 0)
        .where('session.id', '=', value.session)
        .where('session.ended_at', '=', 0)
        .where('session.idle_expires_at', '>', value.now)
        .where('session.expires_at', '>', value.now)
        .forShare(),
  );
  return rows.length > 0;
}
