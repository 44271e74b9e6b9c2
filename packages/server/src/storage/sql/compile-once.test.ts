import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { CompiledQuery } from 'kysely';
import { kyselyOver, sqliteSchema } from '../sqlite/dialect.ts';
import { compileOnce } from './compile-once.ts';
import type { WriteScope } from './engine.ts';
import { insertMany } from './insert-many.ts';
import { migrate } from './migrations/run.ts';
import type { Tables } from './tables.ts';
import { registeredVerbs, writeVerbs } from './verbs.ts';

async function openScope(): Promise<{ scope: WriteScope; database: DatabaseSync }> {
  const database = new DatabaseSync(':memory:');
  await migrate(kyselyOver<never>(database), sqliteSchema, undefined);
  const scope: WriteScope = {
    trx: kyselyOver<Tables>(database),
    now: 0,
    process: 'p',
    compiled: new Map<string, CompiledQuery>(),
    audit: async () => {},
    heads: { find: () => undefined, put: () => {} },
    noteChange: () => {},
  };
  return { scope, database };
}

test('a statement compiled once takes the values of each call, wherever they stand in it (ACC-2)', async () => {
  const { scope } = await openScope();
  await insertMany(
    scope,
    'ephemeral',
    ['a', 'b', 'c'].map((key, index) => ({ key, value: `value-${key}`, expires_at: index })),
  );
  const find = (least: number, key: string) =>
    compileOnce(scope, 'test.find', { key, least }, (trx, value) =>
      trx
        .selectFrom('ephemeral')
        .select('value')
        .where('expires_at', '>=', value.least)
        .where('key', '=', value.key)
        .where('value', '!=', 'constant'),
    );
  assert.deepEqual(
    (await find(0, 'a')).map((row) => row.value),
    ['value-a'],
  );
  assert.deepEqual(
    (await find(1, 'b')).map((row) => row.value),
    ['value-b'],
  );
  assert.deepEqual(await find(2, 'b'), []);
});

test('inserts any number of rows whole and in order, and keeps no value of them (SPN-2)', async () => {
  const { scope, database } = await openScope();
  for (const count of [0, 1, 7, 8, 9, 63, 64, 65, 200]) {
    database.exec('delete from ephemeral');
    const rows = Array.from({ length: count }, (_, index) => ({
      key: `k${index}`,
      value: `v${index}`,
      expires_at: index,
    }));
    await insertMany(scope, 'ephemeral', rows);
    const kept = database.prepare('select key, value, expires_at from ephemeral order by expires_at').all();
    assert.deepEqual(
      kept.map((row) => ({ ...row })),
      rows,
    );
  }
  assert.ok([...scope.compiled.values()].every((compiled) => compiled.parameters.length === 0));
});

test('every write verb has a name of its own (ACC-2)', () => {
  assert.equal(writeVerbs.size, registeredVerbs.length);
});
