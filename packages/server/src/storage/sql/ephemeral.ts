import { type BucketState, look, spendFrom } from '../bucket.ts';
import type { BucketRule, EphemeralStore, SpendOutcome } from '../ports.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';

const putIfAbsent = writeVerb(
  'ephemeral.putIfAbsent',
  async (scope, key: string, expiresAt: number): Promise<boolean> => {
    const claimed = await scope.trx
      .insertInto('ephemeral')
      .values({ key, value: '', expires_at: expiresAt })
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet({ value: '', expires_at: expiresAt })
          .where('ephemeral.expires_at', '<=', scope.now),
      )
      .returning('key')
      .executeTakeFirst();
    return claimed !== undefined;
  },
);

const put = writeVerb(
  'ephemeral.put',
  async (scope, key: string, value: string, expiresAt: number): Promise<void> => {
    await scope.trx
      .insertInto('ephemeral')
      .values({ key, value, expires_at: expiresAt })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value, expires_at: expiresAt }))
      .execute();
  },
);

const replace = writeVerb(
  'ephemeral.replace',
  async (scope, key: string, expected: string, next: string): Promise<boolean> => {
    const replaced = await scope.trx
      .updateTable('ephemeral')
      .set({ value: next })
      .where('key', '=', key)
      .where('value', '=', expected)
      .where('expires_at', '>', scope.now)
      .returning('key')
      .executeTakeFirst();
    return replaced !== undefined;
  },
);

const take = writeVerb(
  'ephemeral.take',
  async (scope, key: string, now: number): Promise<string | undefined> => {
    const taken = await scope.trx
      .deleteFrom('ephemeral')
      .where('key', '=', key)
      .where('expires_at', '>', now)
      .returning('value')
      .executeTakeFirst();
    return taken?.value;
  },
);

const spend = writeVerb(
  'ephemeral.spend',
  async (scope, bucket: string, cost: number, rule: BucketRule, nowMs: number): Promise<SpendOutcome> => {
    const row = await lockBucket(scope, bucket, rule, nowMs);
    const { outcome, state } = spendFrom(toState(row), cost, rule, nowMs);
    if (state !== undefined) {
      const next = { tokens: state.tokens, updated_ms: state.updatedMs, expires_at: state.expiresAt };
      await scope.trx
        .insertInto('bucket')
        .values({ key: bucket, ...next })
        .onConflict((conflict) => conflict.column('key').doUpdateSet(next))
        .execute();
    }
    return outcome;
  },
);

/** A bucket that is not kept is full. It is written before it is locked: two first spends must meet at one row. */
async function lockBucket(scope: WriteScope, bucket: string, rule: BucketRule, nowMs: number) {
  const find = () =>
    scope.trx
      .selectFrom('bucket')
      .select(['tokens', 'updated_ms'])
      .where('key', '=', bucket)
      .forUpdate()
      .executeTakeFirst();
  const row = await find();
  if (row !== undefined) return row;
  const full = { tokens: rule.capacity, updated_ms: nowMs, expires_at: Math.ceil(nowMs / 1000) };
  await scope.trx
    .insertInto('bucket')
    .values({ key: bucket, ...full })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return find();
}

export const ephemeralVerbs = [putIfAbsent, put, replace, take, spend];

function toState(
  row: { readonly tokens: number; readonly updated_ms: number } | undefined,
): BucketState | undefined {
  return row && { tokens: row.tokens, updatedMs: row.updated_ms };
}

/** `check` and `close` do nothing: the engine belongs to the store that it came with. */
export function sqlEphemeralStore(engine: Engine): EphemeralStore {
  const spendInStore = engine.bind(spend);
  return {
    putIfAbsent: engine.bind(putIfAbsent),
    put: engine.bind(put),
    find: (key, now) =>
      engine.read(async (db) => {
        const row = await db
          .selectFrom('ephemeral')
          .select('value')
          .where('key', '=', key)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return row?.value;
      }),
    replace: engine.bind(replace),
    take: engine.bind(take),
    spend: (bucket, cost, rule, nowMs) =>
      cost === 0
        ? engine.read(async (db) => {
            const row = await db
              .selectFrom('bucket')
              .select(['tokens', 'updated_ms'])
              .where('key', '=', bucket)
              .executeTakeFirst();
            return look(toState(row), rule, nowMs);
          })
        : spendInStore(bucket, cost, rule, nowMs),
    check: async () => {},
    close: async () => {},
  };
}
