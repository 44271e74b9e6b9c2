import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { sql } from 'kysely';
import { kyselyOver } from './dialect.ts';

interface Things {
  thing: { id: number; name: string };
}

function open() {
  const database = new DatabaseSync(':memory:');
  database.exec('create table thing (id integer primary key, name text not null) strict');
  return { database, db: kyselyOver<Things>(database) };
}

test('runs one text on every dialect: row locks are left out where the database locks whole (ACC-1)', async () => {
  const { db } = open();
  const query = db.selectFrom('thing').selectAll().where('id', '=', 1);
  assert.equal(query.forUpdate().compile().sql.trim(), query.compile().sql);
  assert.equal(query.forShare().compile().sql.trim(), query.compile().sql);
  assert.deepEqual(await query.forUpdate().execute(), []);
});

test('answers rows of RETURNING and counts of what returns none (ACC-1)', async () => {
  const { db } = open();
  const inserted = await db.insertInto('thing').values({ id: 1, name: 'one' }).returning('id').execute();
  assert.deepEqual(
    inserted.map((row) => row.id),
    [1],
  );
  const updated = await db.updateTable('thing').set({ name: 'uno' }).executeTakeFirst();
  assert.equal(updated.numUpdatedRows, 1n);
});

test('keeps working when more statements are in use than are kept prepared (ACC-1)', async () => {
  const { db } = open();
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < 600; index += 1) {
      const { rows } = await sql<{ n: number }>`select ${sql.lit(index)} as n`.execute(db);
      assert.equal(rows[0]?.n, index);
    }
  }
});

test('leaves transactions to the owner of the connection (ACC-2)', async () => {
  const { db } = open();
  await assert.rejects(
    db.transaction().execute(async () => {}),
    /owner of the connection/,
  );
});
