import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { Client, types } from 'pg';
import type { Place } from '../conformance/driver.ts';
import { skipWithoutPostgres, sqliteDriver } from '../conformance/drivers.ts';
import { now, seedAll, trail } from '../conformance/fixtures.ts';
import { only, kyselyOver as overPostgres } from '../postgres/dialect.ts';
import { openPostgresStore } from '../postgres/open.ts';
import type { Tables } from '../sql/tables.ts';
import { type MoveOptions, type MoveProgress, moveStore } from './move.ts';
import { digestTable, type End } from './rows.ts';
import { copiedTables } from './tables.ts';

const clock = () => now;
const serverUrl = process.env.TEST_POSTGRES_URL ?? '';

interface Target {
  readonly url: string;
  readonly client: Client;
  readonly end: End;
}

describe('moving the embedded store into PostgreSQL', { skip: skipWithoutPostgres }, () => {
  test('afterwards every table has the same rows and hash in both, and the target is a store like any other (ACC-1)', () =>
    inBoth(async (place, target) => {
      await seed(place);
      const before = await place.dump();
      const report = await moveStore(options(place, target));
      assert.deepEqual(await place.dump(), before, 'the source is as it was');
      assert.equal(report.isResumed, false);
      assert.deepEqual(
        report.tables.map(({ table }) => table),
        copiedTables,
      );
      for (const { table, rows, hash } of report.tables) {
        assert.deepEqual(await digestTable(target.end, table as never), { rows, hash }, table);
        assert.equal((before[table] ?? []).length, table === 'process' ? 0 : rows, table);
      }
      assert.ok(report.tables.filter(({ rows }) => rows > 0).length > 15);
      const { store } = await open(target);
      try {
        assert.deepEqual((await store.tenants.find('a'))?.id, 'a');
        await store.revocations.add(
          { tenant: 'a', kind: 'token', id: 'new', revokedAt: now, expiresAt: now + 60 },
          trail('a'),
        );
      } finally {
        await store.close();
      }
      const { rows } = await target.client.query('select seq from revocation order by seq');
      const highest = (before.revocation ?? []).reduce<number>(
        (top, row) => Math.max(top, (row as { seq: number }).seq),
        0,
      );
      assert.equal(Number(rows.at(-1)?.seq), highest + 1, 'numbers go on');
    }));

  test('an interrupted move opens for no program, is gone on with, and ends with the rows that changed meanwhile (ACC-1)', () =>
    inBoth(async (place, target) => {
      await seed(place);
      const stop = (progress: MoveProgress): void => {
        if (progress.kind === 'rows' && progress.table === 'audit_record') throw new Error('power cut');
      };
      await assert.rejects(moveStore({ ...options(place, target), onProgress: stop }), {
        code: 'target_failed',
      });
      assert.ok((await digestTable(target.end, 'client')).rows > 0, 'it was in the middle');
      await assert.rejects(open(target), { code: 'incompatible', message: /move that is not finished/ });
      await target.client.query('delete from audit_record');
      await target.client.query('alter table audit_record add constraint refuses check (false) not valid');
      await assert.rejects(moveStore(options(place, target)), { code: 'target_failed', message: /23514/ });
      await target.client.query('alter table audit_record drop constraint refuses');
      // Names that swap, a key that succeeds another, a row that goes, and one that the target alone was given.
      await place.alter(`update subject set username_key = 'swap' where tenant = 'a';
        update subject set username_key = 'name of usr-ada' where tenant = 'b';
        delete from consent where tenant = 'a';
        update client set metadata = '{}' where tenant = 'b'`);
      await target.client.query(`insert into tenant values ('zz', 'n', 'p', null, '{}', 1, 1, 1)`);
      const report = await moveStore(options(place, target));
      assert.equal(report.isResumed, true);
      const source = await place.dump();
      for (const table of copiedTables) {
        assert.deepEqual(await contentOf(target, table), sorted(source[table] ?? []), table);
      }
      await (await open(target)).store.close();
    }));

  test('a unique name that passed from one row to another is caught up with, in whichever order the rows lie (ACC-1)', () =>
    inBoth(async (place, target) => {
      await seed(place);
      await place.alter(
        `insert into tenant values ('m1', 'n', 'p', 'one.example', '{}', 1, 1, 1), ('m2', 'n', 'p', 'two.example', '{}', 1, 1, 1)`,
      );
      await assert.rejects(moveStore({ ...options(place, target), onProgress: failWhen('caught-up') }));
      await place.alter(`update tenant set host = null where id = 'm1';
        update tenant set host = 'one.example' where id = 'm2';
        update tenant set host = 'two.example' where id = 'm1'`);
      await moveStore(options(place, target));
      const { rows } = await target.client.query(
        `select id, host from tenant where id like 'm%' order by id`,
      );
      assert.deepEqual(rows, [
        { id: 'm1', host: 'two.example' },
        { id: 'm2', host: 'one.example' },
      ]);
    }));

  test('what a program still works on is copied but not finished, and nothing it writes is lost (ACC-1)', () =>
    inBoth(async (place, target) => {
      await seed(place);
      const { store } = await place.open(clock);
      const refused = moveStore(options(place, target));
      await assert.rejects(refused, { code: 'source_in_use', message: /suite \(process \d+\)/ });
      await store.audit.append([...(trail('a', 'late.entry').audit ?? [])]);
      await store.close();
      await moveStore(options(place, target));
      const { rows } = await target.client.query(
        `select count(*)::int as n from audit_record where action = 'late.entry'`,
      );
      assert.deepEqual(rows, [{ n: 1 }]);
    }));

  test('a store that is there already, another program, and another move are left alone (ACC-1)', () =>
    inBoth(async (place, target) => {
      await seed(place);
      await target.client.query('create table somebody (id int)');
      await assert.rejects(moveStore(options(place, target)), { code: 'target_not_empty' });
      await target.client.query('drop table somebody');
      await target.client.query(`select pg_advisory_lock(${0x63_6f_75_6f})`);
      await assert.rejects(moveStore(options(place, target)), { code: 'target_busy' });
      await target.client.query('select pg_advisory_unlock_all()');
      await moveStore(options(place, target));
      await assert.rejects(moveStore(options(place, target)), { code: 'already_moved' });
      const other = await sqliteDriver.create();
      try {
        await seed(other);
        await assert.rejects(moveStore(options(other, target)), { code: 'target_not_empty' });
      } finally {
        await other.destroy();
      }
    }));

  test('the wrong envelope key is said before anything is written (ACC-1, SPN-7)', () =>
    inBoth(async (place, target) => {
      await seed(place);
      const requireKeys = (names: readonly string[]): void => {
        assert.ok(names.length > 0);
        throw new Error('not these');
      };
      await assert.rejects(moveStore({ ...options(place, target), requireKeys }), /not these/);
      const { rows } = await target.client.query(
        `select count(*)::int as n from information_schema.tables where table_schema = 'public'`,
      );
      assert.deepEqual(rows, [{ n: 0 }]);
    }));

  test('a source that is not there, or of another schema, is said (ACC-1)', () =>
    inBoth(async (place, target) => {
      await assert.rejects(moveStore(options(place, target)), { code: 'source_missing' });
      await seed(place);
      await place.alter('update schema set version = version - 1');
      await assert.rejects(moveStore(options(place, target)), { code: 'source_schema' });
    }));
});

async function seed(place: Place): Promise<void> {
  const { store } = await place.open(clock);
  for (const tenant of ['a', 'b', '_system']) await seedAll(store, tenant);
  await store.close();
}

function options(place: Place, target: Target): MoveOptions {
  return {
    directory: place.address,
    target: { url: target.url, tls: 'disable' },
    clock,
    waitSeconds: 0,
    requireKeys: () => {},
    onProgress: () => {},
  };
}

function failWhen(kind: MoveProgress['kind']): (progress: MoveProgress) => void {
  return (progress) => {
    if (progress.kind === kind) throw new Error(`stopped at ${kind}`);
  };
}

function open(target: Target) {
  return openPostgresStore({ address: { url: target.url, tls: 'disable' }, processName: 'suite', clock });
}

/** Every row as `dump` of the source gives it. */
async function contentOf({ client }: Target, table: string): Promise<readonly string[]> {
  if (table === 'process') return [];
  const numbers = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === 20 ? Number : types.getTypeParser(oid, format as 'text'),
  };
  const { rows } = await client.query({ text: `select * from ${table}`, types: numbers });
  return sorted(rows);
}

function sorted(rows: readonly unknown[]): readonly string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row as object).sort())).sort();
}

/** An embedded store, and an empty database. */
async function inBoth(work: (place: Place, target: Target) => Promise<void>): Promise<void> {
  const place = await sqliteDriver.create();
  const name = `move_${randomBytes(8).toString('hex')}`;
  await query(`create database ${name}`);
  const url = serverUrl.replace(/[^/]*$/, name);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(place, {
      url,
      client,
      end: { dialect: 'postgres', db: overPostgres<Tables>(only(client), false) },
    });
  } finally {
    await client.end();
    await query(`drop database ${name} with (force)`);
    await place.destroy();
  }
}

async function query(text: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
