/** Clients that register themselves: the gate they come in by, their changes, and their end when nobody uses them. */
import { sql } from 'kysely';
import type { ClientRecord, ClientStore, DueClient, Revocation, Trail } from '../ports.ts';
import { recordChanges } from './change.ts';
import { insertClient, insertSecret, removeRemains } from './clients.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import { spendInitialToken } from './initial-access-tokens.ts';
import { writeTrail } from './trail.ts';
import { requireThat, toJson } from './values.ts';

type Admission = Parameters<ClientStore['register']>[1];

const daySeconds = 86_400;

/** The indexes on these clients are partial: a bound value would not use them. */
const isDynamic = sql<boolean>`source = 'dynamic'`;
const isDue = sql<boolean>`due_at > 0`;

const register = writeVerb(
  'clients.register',
  async (
    scope,
    client: ClientRecord,
    admission: Admission,
    trail: Trail,
  ): Promise<'registered' | 'full' | 'refused'> => {
    requireThat(client.selfRegistration !== null, 'a declared client has a verb of its own');
    const { maxClients, initialToken, now, dueAt } = admission;
    if ((await countDynamic(scope, client.tenant)) >= maxClients) return 'full';
    if (initialToken !== null && !(await spendInitialToken(scope, client.tenant, initialToken, now))) {
      return 'refused';
    }
    requireThat(await insertClient(scope, client, dueAt), 'a random client id is taken');
    await writeTrail(scope, trail);
    return 'registered';
  },
);

/** Counts behind a lock, so that where transactions run side by side one caller counts and inserts at a time. */
async function countDynamic(scope: WriteScope, tenant: string): Promise<number> {
  await scope.trx.selectFrom('tenant').select('id').where('id', '=', tenant).forUpdate().execute();
  const { count } = await scope.trx
    .selectFrom('client')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('tenant', '=', tenant)
    .where(isDynamic)
    .executeTakeFirstOrThrow();
  return Number(count);
}

const reregister = writeVerb(
  'clients.reregister',
  async (
    scope,
    client: ClientRecord,
    expectedVersion: number,
    secrets: 'keep' | 'replace',
    trail: Trail,
  ): Promise<'replaced' | 'stale'> => {
    const { tenant, id, selfRegistration } = client;
    requireThat(selfRegistration !== null, 'only a client that registered itself is registered anew');
    const replaced = await scope.trx
      .updateTable('client')
      .set({
        metadata: toJson(client.metadata),
        software_statement: selfRegistration?.softwareStatement ?? null,
        updated_at: client.updatedAt,
        version: expectedVersion + 1,
      })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('version', '=', expectedVersion)
      .where(isDynamic)
      .returning('id')
      .executeTakeFirst();
    if (replaced === undefined) return 'stale';
    if (secrets === 'replace') {
      await scope.trx
        .deleteFrom('client_secret')
        .where('tenant', '=', tenant)
        .where('client', '=', id)
        .execute();
      for (const secret of client.secrets) await insertSecret(scope, tenant, id, secret);
    }
    await recordChanges(scope, 'client', tenant, [id]);
    await writeTrail(scope, trail);
    return 'replaced';
  },
);

const noteUse = writeVerb(
  'clients.noteUse',
  async (scope, tenant: string, id: string, usedAt: number, dueAt: number): Promise<boolean> => {
    const noted = await scope.trx
      .updateTable('client')
      .set({ last_used_at: usedAt, due_at: dueAt })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('last_used_at', '<=', usedAt - daySeconds)
      .returning('id')
      .executeTakeFirst();
    return noted !== undefined;
  },
);

const defer = writeVerb(
  'clients.defer',
  async (scope, tenant: string, id: string, expected: number, dueAt: number): Promise<boolean> => {
    const deferred = await scope.trx
      .updateTable('client')
      .set({ due_at: dueAt })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('due_at', '=', expected)
      .returning('id')
      .executeTakeFirst();
    return deferred !== undefined;
  },
);

const removeUnused = writeVerb(
  'clients.removeUnused',
  async (
    scope,
    tenant: string,
    id: string,
    lastUsedAt: number,
    revocation: Revocation,
    trail: Trail,
  ): Promise<boolean> => {
    const removed = await scope.trx
      .deleteFrom('client')
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('last_used_at', '=', lastUsedAt)
      .where(isDynamic)
      .returning('id')
      .executeTakeFirst();
    if (removed === undefined) return false;
    await removeRemains(scope, tenant, id, revocation);
    await writeTrail(scope, trail);
    return true;
  },
);

export const selfRegistrationVerbs = [register, reregister, noteUse, defer, removeUnused];

type SelfRegistrationVerbs = 'register' | 'reregister' | 'noteUse' | 'listDue' | 'defer' | 'removeUnused';

export function selfRegistrationStore(engine: Engine): Pick<ClientStore, SelfRegistrationVerbs> {
  return {
    register: engine.bind(register),
    reregister: engine.bind(reregister),
    noteUse: engine.bind(noteUse),
    // Whoever sweeps does so for all tenants: this one query is of the deployment, each row names its tenant.
    listDue: (now, limit) =>
      engine.read(async (db): Promise<readonly DueClient[]> => {
        const rows = await db
          .selectFrom('client')
          .select(['tenant', 'id', 'initial_token', 'created_at', 'last_used_at', 'due_at'])
          .where(isDue)
          .where('due_at', '<=', now)
          .orderBy('due_at')
          .limit(limit)
          .execute();
        return rows.map((row) => ({
          tenant: row.tenant,
          id: row.id,
          admitted: row.initial_token !== null,
          createdAt: row.created_at,
          lastUsedAt: row.last_used_at,
          dueAt: row.due_at,
        }));
      }),
    defer: engine.bind(defer),
    removeUnused: engine.bind(removeUnused),
  };
}
