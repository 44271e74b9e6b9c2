/** Ended sessions and the clients that are still to be told of them (OpenID Connect Back-Channel Logout §2.5). */
import { sql } from 'kysely';
import type { LogoutDeliveryKey, LogoutDeliveryRecord, LogoutDeliveryStore, Trail } from '../ports.ts';
import { recordChanges } from './change.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import { insertMany } from './insert-many.ts';
import type { LogoutDeliveryTable } from './tables.ts';
import { writeTrail } from './trail.ts';

/** How long a logout may wait, for instance while nothing may be sent out, before nobody is interested any more. */
const waitingSeconds = 30 * 86_400;

/**
 * Owes the end of these sessions to every client that took part in one. Called in the transaction that ends them, once
 * per session: the clients of a session move from one table into the other.
 */
export async function oweLogouts(
  scope: WriteScope,
  tenant: string,
  sessions: readonly { readonly id: string; readonly subject: string }[],
  now: number,
): Promise<void> {
  const owed: string[] = [];
  for (const { id, subject } of sessions) {
    const clients = await scope.trx
      .deleteFrom('session_client')
      .where('tenant', '=', tenant)
      .where('session', '=', id)
      .returning('client')
      .execute();
    if (clients.length === 0) continue;
    owed.push(id);
    await insertMany(
      scope,
      'logout_delivery',
      clients.map(({ client }) => ({
        tenant,
        session: id,
        client,
        subject,
        state: 'waiting',
        attempts: 0,
        due_at: now,
        reason: null,
        created_at: now,
        expires_at: now + waitingSeconds,
      })),
    );
  }
  await recordChanges(scope, 'logout', tenant, owed);
}

const claim = writeVerb(
  'logoutDeliveries.claim',
  async (
    scope,
    tenant: string,
    key: LogoutDeliveryKey,
    dueAt: number,
    leaseEndsAt: number,
  ): Promise<boolean> => {
    const claimed = await scope.trx
      .updateTable('logout_delivery')
      .set((eb) => ({ state: 'sending', attempts: eb('attempts', '+', 1), due_at: leaseEndsAt }))
      .where('tenant', '=', tenant)
      .where('session', '=', key.sessionId)
      .where('client', '=', key.clientId)
      .where('due_at', '=', dueAt)
      .where('state', '!=', 'dead')
      .returning('client')
      .executeTakeFirst();
    return claimed !== undefined;
  },
);

const finish = writeVerb(
  'logoutDeliveries.finish',
  async (scope, tenant: string, key: LogoutDeliveryKey, dueAt: number): Promise<boolean> => {
    const finished = await scope.trx
      .deleteFrom('logout_delivery')
      .where('tenant', '=', tenant)
      .where('session', '=', key.sessionId)
      .where('client', '=', key.clientId)
      .where('due_at', '=', dueAt)
      .where('state', '!=', 'dead')
      .returning('client')
      .executeTakeFirst();
    return finished !== undefined;
  },
);

type Postponement = Parameters<LogoutDeliveryStore['postpone']>[3];

const postpone = writeVerb(
  'logoutDeliveries.postpone',
  async (
    scope,
    tenant: string,
    key: LogoutDeliveryKey,
    leaseEndsAt: number,
    change: Postponement,
  ): Promise<boolean> => {
    const postponed = await scope.trx
      .updateTable('logout_delivery')
      .set({ state: 'waiting', due_at: change.dueAt, reason: change.reason })
      .where('tenant', '=', tenant)
      .where('session', '=', key.sessionId)
      .where('client', '=', key.clientId)
      .where('due_at', '=', leaseEndsAt)
      .where('state', '=', 'sending')
      .returning('client')
      .executeTakeFirst();
    return postponed !== undefined;
  },
);

type Burial = Parameters<LogoutDeliveryStore['bury']>[3];

const bury = writeVerb(
  'logoutDeliveries.bury',
  async (
    scope,
    tenant: string,
    key: LogoutDeliveryKey,
    leaseEndsAt: number,
    change: Burial,
    trail: Trail,
  ): Promise<boolean> => {
    const buried = await scope.trx
      .updateTable('logout_delivery')
      .set({ state: 'dead', reason: change.reason, expires_at: change.expiresAt })
      .where('tenant', '=', tenant)
      .where('session', '=', key.sessionId)
      .where('client', '=', key.clientId)
      .where('due_at', '=', leaseEndsAt)
      .where('state', '=', 'sending')
      .returning('client')
      .executeTakeFirst();
    if (buried === undefined) return false;
    await writeTrail(scope, trail);
    return true;
  },
);

const retry = writeVerb(
  'logoutDeliveries.retry',
  async (scope, tenant: string, key: LogoutDeliveryKey, now: number, trail: Trail): Promise<boolean> => {
    const retried = await scope.trx
      .updateTable('logout_delivery')
      .set({ state: 'waiting', attempts: 0, due_at: now, expires_at: now + waitingSeconds })
      .where('tenant', '=', tenant)
      .where('session', '=', key.sessionId)
      .where('client', '=', key.clientId)
      .where('state', '!=', 'sending')
      .returning('client')
      .executeTakeFirst();
    if (retried === undefined) return false;
    await recordChanges(scope, 'logout', tenant, [key.sessionId]);
    await writeTrail(scope, trail);
    return true;
  },
);

const drop = writeVerb(
  'logoutDeliveries.drop',
  async (scope, tenant: string, key: LogoutDeliveryKey, trail: Trail): Promise<boolean> => {
    const dropped = await scope.trx
      .deleteFrom('logout_delivery')
      .where('tenant', '=', tenant)
      .where('session', '=', key.sessionId)
      .where('client', '=', key.clientId)
      .returning('client')
      .executeTakeFirst();
    if (dropped === undefined) return false;
    await writeTrail(scope, trail);
    return true;
  },
);

const count = writeVerb('logoutDeliveries.count', async (scope) => {
  const rows = await scope.trx
    .selectFrom('logout_delivery')
    .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  const dead = rows.filter((row) => row.state === 'dead').reduce((sum, row) => sum + Number(row.count), 0);
  const all = rows.reduce((sum, row) => sum + Number(row.count), 0);
  return { waiting: all - dead, dead };
});

export const logoutDeliveryVerbs = [claim, finish, postpone, bury, retry, drop, count];

export function logoutDeliveryStore(engine: Engine): LogoutDeliveryStore {
  return {
    // The worker of a process serves the deployment: this one query is of all tenants, each row names its own.
    listDue: (now, limit, except) =>
      engine.read(async (db) => {
        let query = db
          .selectFrom('logout_delivery')
          .selectAll()
          .where('due_at', '<=', now)
          // As text, not as a parameter: only then does the index without the dead apply.
          .where('state', '!=', sql.lit('dead'))
          .where('expires_at', '>', now);
        for (const { tenant, clientId } of except) {
          query = query.where((eb) => eb.or([eb('tenant', '!=', tenant), eb('client', '!=', clientId)]));
        }
        const rows = await query.orderBy('due_at').limit(limit).execute();
        return rows.map(fromRow);
      }),
    find: (tenant, key) =>
      engine.read(async (db, now) => {
        const row = await db
          .selectFrom('logout_delivery')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('session', '=', key.sessionId)
          .where('client', '=', key.clientId)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return row && fromRow(row);
      }),
    list: (tenant, { after, limit }) =>
      engine.read(async (db, now) => {
        const rows = await db
          .selectFrom('logout_delivery')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('expires_at', '>', now)
          .where((eb) =>
            eb.or([
              eb('session', '>', after?.sessionId ?? ''),
              eb.and([eb('session', '=', after?.sessionId ?? ''), eb('client', '>', after?.clientId ?? '')]),
            ]),
          )
          .orderBy('session')
          .orderBy('client')
          .limit(limit)
          .execute();
        return rows.map(fromRow);
      }),
    claim: engine.bind(claim),
    finish: engine.bind(finish),
    postpone: engine.bind(postpone),
    bury: engine.bind(bury),
    retry: engine.bind(retry),
    drop: engine.bind(drop),
    count: engine.bind(count),
  };
}

function fromRow(row: LogoutDeliveryTable): LogoutDeliveryRecord {
  return {
    tenant: row.tenant,
    sessionId: row.session,
    clientId: row.client,
    subject: row.subject,
    state: row.state as LogoutDeliveryRecord['state'],
    attempts: row.attempts,
    dueAt: row.due_at,
    reason: row.reason,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
