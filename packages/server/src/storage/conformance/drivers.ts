import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Store } from '../ports.ts';
import { databaseName } from '../sqlite/connection.ts';
import { openSqliteStore } from '../sqlite/open.ts';
import type { Driver, Opened } from './driver.ts';

export const realClock = (): number => Math.floor(Date.now() / 1000);

/** For a child process: opens what {@link Place.address} names. */
export async function openAddress(address: string, clock: () => number): Promise<Opened> {
  return await openSqliteStore({ directory: address, processName: 'child', clock });
}

export const sqliteDriver: Driver = {
  name: 'sqlite',
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
      dump: () =>
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
      alter: (sql) => raw((database) => database.exec(sql)),
      destroy: async () => {
        await Promise.all(opened.map((store) => store.close().catch(() => {})));
        rmSync(directory, { recursive: true, force: true });
      },
    };
  },
};
