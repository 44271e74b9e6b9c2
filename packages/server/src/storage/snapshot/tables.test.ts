import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { migrate } from '../sql/migrations/run.ts';
import type { Tables } from '../sql/tables.ts';
import { kyselyOver, sqliteSchema } from '../sqlite/dialect.ts';
import { columnsOf, continueAfter, digestTable, type End, highestNumber, insertRows } from './rows.ts';
import { copiedTables, countingTables, tableEntries } from './tables.ts';

async function emptyEnd(): Promise<{ readonly database: DatabaseSync; readonly end: End }> {
  const database = new DatabaseSync(':memory:');
  await migrate(kyselyOver<never>(database), sqliteSchema, undefined);
  return { database, end: { dialect: 'sqlite', db: kyselyOver<Tables>(database) } };
}

test('every table of the store says what becomes of it in a copy, and by its primary key (ACC-1)', async () => {
  const { database } = await emptyEnd();
  const tables = database
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    .all()
    .map(({ name }) => String(name));
  assert.deepEqual(tables.sort(), Object.keys(tableEntries).sort());
  for (const [table, { key }] of Object.entries(tableEntries)) {
    const primary = database
      .prepare('select name from pragma_table_info(?) where pk > 0 order by pk')
      .all(table)
      .map(({ name }) => String(name));
    assert.deepEqual(key, primary, table);
  }
});

test('the tables that a copy leaves out are those of the place alone (ACC-1)', () => {
  const left = Object.keys(tableEntries).filter(
    (table) => !(copiedTables as readonly string[]).includes(table),
  );
  assert.deepEqual(left, ['schema', 'change', 'change_floor']);
  assert.deepEqual(countingTables, ['revocation', 'outbox']);
});

test('a hash changes with any value, any row, and with null in the place of an empty text (ACC-1)', async () => {
  const { database, end } = await emptyEnd();
  const columns = await columnsOf(end, 'tenant');
  const row = {
    id: 'a',
    name: 'A',
    profile: 'p',
    host: null,
    settings: '{}',
    created_at: 1,
    updated_at: 1,
    version: 1,
  };
  await insertRows(end, 'tenant', columns, [row]);
  const seen = new Set([(await digestTable(end, 'tenant')).hash]);
  for (const change of ["host = ''", "name = 'a'", 'version = 2', "id = 'b'", "settings = '{} '"]) {
    database.exec('savepoint one');
    database.exec(`update tenant set ${change}`);
    seen.add((await digestTable(end, 'tenant')).hash);
    database.exec('rollback to one');
  }
  await insertRows(end, 'tenant', columns, [{ ...row, id: 'c' }]);
  const two = await digestTable(end, 'tenant');
  seen.add(two.hash);
  assert.equal(seen.size, 7);
  assert.equal(two.rows, 2);
});

test('a number that was given out is not given out again after a copy (ACC-1)', async () => {
  const { database, end } = await emptyEnd();
  await continueAfter(end, 'outbox', 41);
  database.exec(
    "insert into outbox (tenant, id, type, at, data, expires_at) values ('t', 'i', 'x', 1, '{}', 1)",
  );
  assert.equal(await highestNumber(end, 'outbox'), 42);
  assert.equal(database.prepare('select seq from outbox').get()?.seq, 42);
});
