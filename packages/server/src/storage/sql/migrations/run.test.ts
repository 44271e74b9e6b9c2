import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { sql } from 'kysely';
import { kyselyOver, sqliteSchema } from '../../sqlite/dialect.ts';
import type { Migration } from './migration.ts';
import { migrate, migrations, pendingMigrations, programVersion, requireReadable } from './run.ts';

const second: Migration = {
  version: programVersion + 1,
  readableFrom: 1,
  name: 'test',
  summary: 'adds a table that older programs do not miss',
  up: async (db) => {
    await sql`create table extra (id text primary key)`.execute(db);
  },
};

function schemaOf(database: DatabaseSync) {
  const row = database.prepare('select version, readable_from from schema').get();
  return { version: Number(row?.version), readableFrom: Number(row?.readable_from) };
}

test('runs what is pending in order and once, and notes who may still read (ACC-6)', async () => {
  const database = new DatabaseSync(':memory:');
  const db = kyselyOver<never>(database);
  await migrate(db, sqliteSchema, undefined);
  assert.deepEqual(schemaOf(database), { version: programVersion, readableFrom: 1 });
  await migrate(db, sqliteSchema, schemaOf(database), [...migrations, second]);
  assert.deepEqual(schemaOf(database), { version: second.version, readableFrom: 1 });
  await migrate(db, sqliteSchema, schemaOf(database), [...migrations, second]);
  await migrate(db, sqliteSchema, schemaOf(database), migrations);
  assert.deepEqual(schemaOf(database), { version: second.version, readableFrom: 1 });
});

test('tells before it acts what it would do (ACC-6)', () => {
  assert.deepEqual(
    pendingMigrations(0, [...migrations, second]).map(({ name }) => name),
    [...migrations, second].map(({ name }) => name),
  );
  assert.deepEqual(pendingMigrations(programVersion, [...migrations, second]), [second]);
  assert.deepEqual(pendingMigrations(programVersion), []);
});

test('refuses only below readableFrom (ACC-6)', () => {
  requireReadable({ version: 9, readableFrom: 3 }, 3);
  assert.throws(() => requireReadable({ version: 9, readableFrom: 3 }, 2), { code: 'incompatible' });
});

test('every table with expires_at is swept, and has an index on it (ACC-3)', async () => {
  const { temporaryTables } = await import('../maintenance.ts');
  const database = new DatabaseSync(':memory:');
  await migrate(kyselyOver<never>(database), sqliteSchema, undefined);
  const tables = database.prepare("select name, sql from sqlite_schema where type = 'table'").all();
  const temporary = tables
    .filter((row) => String(row.sql).includes(' expires_at '))
    .map((row) => String(row.name));
  const swept: readonly string[] = [...temporaryTables.map(({ table }) => table), 'change'];
  assert.deepEqual([...temporary].sort(), [...swept].sort());
  const indexes = database.prepare("select tbl_name from sqlite_schema where name like '%_expires_at'").all();
  assert.deepEqual(indexes.map((row) => String(row.tbl_name)).sort(), [...swept].sort());
});
