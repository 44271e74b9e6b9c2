import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client, types } from 'pg';
import type { Store } from '../ports.ts';
import { openPostgresStore } from '../postgres/open.ts';
import { databaseName } from '../sqlite/connection.ts';
import { openSqliteStore } from '../sqlite/open.ts';
import type { Driver, Opened } from './driver.ts';
import { openRedisAddress } from './redis-driver.ts';

export const realClock = (): number => Math.floor(Date.now() / 1000);

/** For a child process: opens what {@link Place.address} names. */
export async function openAddress(address: string, clock: () => number): Promise<Opened> {
  if (address.startsWith('redis:')) return await openRedisAddress(address, 'child', clock);
  if (address.startsWith('postgres:')) return await openPostgres(address, 'child', clock);
  return await openSqliteStore({ directory: address, processName: 'child', clock });
}

export const sqliteDriver: Driver = {
  name: 'sqlite',
  writers: 1,
  create: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'countersign-conformance-'));
    const opened: Store[] = [];
    const raw = <T>(action: (database: DatabaseSync) => T): T => {
      const database = new DatabaseSync(join(directory, databaseName), { timeout: 2000 });
      try {
        return action(database);
      } finally {
        database.close();
      }
    };
    return {
      address: directory,
      open: async (clock = realClock) => {
        const stores = await openSqliteStore({ directory, processName: 'suite', clock });
        opened.push(stores.store);
        return stores;
      },
      dump: async () =>
        raw((database) => {
          const tables = database
            .prepare(
              "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
            )
            .all()
            .map((row) => String(row.name))
            // Signs of life come when they come.
            .filter((name) => name !== 'process');
          return Object.fromEntries(
            tables.map((name) => [
              name,
              database
                .prepare(`SELECT * FROM "${name}"`)
                .all()
                .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
            ]),
          );
        }),
      alter: async (sql) => raw((database) => database.exec(sql)),
      destroy: async () => {
        await Promise.all(opened.map((store) => store.close().catch(() => {})));
        rmSync(directory, { recursive: true, force: true });
      },
    };
  },
};

const serverUrl = process.env.TEST_POSTGRES_URL;

/** The `skip` option of a test that needs PostgreSQL. In CI a skip is a failure. */
export const skipWithoutPostgres =
  serverUrl === undefined ? 'PostgreSQL is missing: install it (postgresql)' : false;

function openPostgres(url: string, processName: string, clock: () => number): Promise<Opened> {
  return openPostgresStore({ address: { url, tls: 'disable' }, processName, clock });
}

/** Each place is a database of its own in the server of the test run. */
export const postgresDriver: Driver = {
  name: 'postgresql',
  writers: 4,
  create: async () => {
    template ??= makeTemplate();
    const name = `conformance_${randomBytes(8).toString('hex')}`;
    await query(serverUrl ?? '', `create database ${name} template ${await template}`);
    const url = databaseUrl(name);
    const raw = new Client({ connectionString: url });
    await raw.connect();
    const opened: Store[] = [];
    return {
      address: url,
      open: async (clock = realClock) => {
        const stores = await openPostgres(url, 'suite', clock);
        opened.push(stores.store);
        return stores;
      },
      dump: async () => {
        const tables = await ask(
          raw,
          `select table_name from information_schema.tables where table_schema = 'public' and table_name <> 'process'
            order by table_name`,
        );
        const entries: [string, readonly unknown[]][] = [];
        for (const { table_name } of tables) {
          const rows = await ask(raw, `select * from "${table_name}"`);
          const kept = rows.map(({ xid, ...row }) => row);
          entries.push([
            String(table_name),
            kept.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
          ]);
        }
        return Object.fromEntries(entries);
      },
      alter: async (sql) => {
        await ask(raw, sql);
      },
      destroy: async () => {
        await Promise.all(opened.map((store) => store.close().catch(() => {})));
        await raw.end();
        await query(serverUrl ?? '', `drop database ${name} with (force)`);
      },
    };
  },
};

/** Migrated once per file and copied for each place. */
let template: Promise<string> | undefined;

async function makeTemplate(): Promise<string> {
  const name = `template_${randomBytes(8).toString('hex')}`;
  await query(serverUrl ?? '', `create database ${name}`);
  const { store } = await openPostgres(databaseUrl(name), 'template', realClock);
  await store.close();
  return name;
}

function databaseUrl(name: string): string {
  return (serverUrl ?? '').replace(/[^/]*$/, name);
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function ask(client: Client, text: string): Promise<Record<string, unknown>[]> {
  const numbers = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === 20 ? Number : types.getTypeParser(oid, format as 'text'),
  };
  const { rows } = await client.query({ text, types: numbers });
  return rows ?? [];
}
