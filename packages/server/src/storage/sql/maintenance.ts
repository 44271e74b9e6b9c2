import { sql } from 'kysely';
import { type WriteScope, writeVerb } from './engine.ts';
import type { Tables } from './tables.ts';

type TableName = keyof Tables & string;

interface Temporary {
  readonly table: TableName;
  readonly key: readonly string[];
  /** Rows with 0 never expire. */
  readonly zeroIsForever?: boolean;
  /** How long a row is kept beyond its expiry. */
  readonly lingerSeconds?: number;
}

/** Every table with `expires_at`, and its primary key. */
export const temporaryTables: readonly Temporary[] = [
  { table: 'bucket', key: ['key'] },
  { table: 'ephemeral', key: ['key'] },
  { table: 'code', key: ['tenant', 'hash'] },
  // So that a device that polls late is told `expired_token` and not that its code is unknown (RFC 8628 §3.5).
  { table: 'device_code', key: ['tenant', 'hash'], lingerSeconds: 300 },
  { table: 'pushed_request', key: ['tenant', 'hash'] },
  { table: 'access_token', key: ['tenant', 'hash'] },
  { table: 'session', key: ['tenant', 'id'] },
  { table: 'session_client', key: ['tenant', 'session', 'client'] },
  { table: 'logout_delivery', key: ['tenant', 'session', 'client'] },
  { table: 'refresh_family', key: ['tenant', 'id'] },
  { table: 'revocation', key: ['seq'] },
  { table: 'one_time_token', key: ['tenant', 'purpose', 'hash'] },
  { table: 'initial_access_token', key: ['tenant', 'id'] },
  { table: 'client_secret', key: ['tenant', 'client', 'id'], zeroIsForever: true },
  { table: 'outbox', key: ['seq'] },
];

export const countedTables: readonly TableName[] = [
  ...temporaryTables.map((temporary) => temporary.table),
  'change',
  'tenant',
  'client',
  'subject',
  'pairwise_subject',
  'person_group',
  'group_member',
  'role_grant',
  'consent',
  'signing_key',
  'audit_chain',
  'audit_record',
];

/** Deletes at most `batch` rows over all tables: one short transaction. */
export const sweep = writeVerb(
  'maintenance.sweep',
  async (scope, now: number, batch: number): Promise<number> => {
    let left = batch;
    for (const temporary of temporaryTables) {
      if (left <= 0) break;
      left -= await sweepTable(scope, temporary, now, left);
    }
    if (left > 0) left -= await sweepChanges(scope, now, left);
    return batch - left;
  },
);

async function sweepTable(
  scope: WriteScope,
  temporary: Temporary,
  now: number,
  limit: number,
): Promise<number> {
  const table = sql.table(temporary.table);
  const key = sql.join(temporary.key.map((column) => sql.ref(column)));
  const from = temporary.zeroIsForever === true ? sql`expires_at > 0 and` : sql``;
  const result = await sql`delete from ${table} where (${key}) in
    (select ${key} from ${table} where ${from} expires_at <= ${now - (temporary.lingerSeconds ?? 0)} order by expires_at limit ${limit})`.execute(
    scope.trx,
  );
  return Number(result.numAffectedRows ?? 0);
}

/** In order of writing, and with the mark by which a reader that slept finds out. */
async function sweepChanges(scope: WriteScope, now: number, limit: number): Promise<number> {
  const old = await scope.trx
    .selectFrom('change')
    .select('seq')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .orderBy('seq')
    .limit(limit)
    .execute();
  const last = old.reduce((highest, row) => Math.max(highest, row.seq), 0);
  if (last === 0) return 0;
  // A later row with an earlier time (a clock set back) goes with its elders: the floor covers it.
  await scope.trx
    .updateTable('change_floor')
    .set({ seq: last })
    .where('id', '=', 1)
    .where('seq', '<', last)
    .execute();
  await scope.trx
    .deleteFrom('change')
    .where(
      'seq',
      'in',
      old.map((row) => row.seq),
    )
    .execute();
  return old.length;
}

export const countTable = writeVerb(
  'maintenance.countTable',
  async (scope, table: string): Promise<number> => {
    const known = countedTables.find((name) => name === table);
    if (known === undefined) return 0;
    const { rows } = await sql<{
      readonly count: number;
    }>`select count(*) as count from ${sql.table(known)}`.execute(scope.trx);
    return Number(rows[0]?.count ?? 0);
  },
);

export const noop = writeVerb('maintenance.noop', async (): Promise<void> => {});

export const maintenanceVerbs = [sweep, countTable, noop];
