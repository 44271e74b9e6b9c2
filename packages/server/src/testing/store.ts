/** A real store in a temporary directory, for tests of one module; and what tests do to its file from outside. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { envelopeKey } from '../keys/envelope.ts';
import { createVault } from '../keys/vault.ts';
import type { Clock, Vault } from '../ports.ts';
import type { OpenedStores } from '../storage/opened.ts';
import { databaseName } from '../storage/sqlite/connection.ts';
import { openSqliteStore } from '../storage/sqlite/open.ts';
import { systemRandom } from '../system.ts';

export interface TestStore extends OpenedStores {
  readonly directory: string;
  readonly clock: Clock & { advance(seconds: number): void };
  readonly vault: Vault;
  /** The same file opened once more, as another process would. */
  openBeside(): Promise<OpenedStores>;
  /** A connection of the test's own, for planting faults; closed with the rest. */
  sql(): DatabaseSync;
  close(): Promise<void>;
}

export async function openTestStore(options: { readonly patienceMs?: number } = {}): Promise<TestStore> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-store-'));
  let offsetMs = 0;
  const nowMs = (): number => Date.now() + offsetMs;
  const clock = {
    now: () => Math.floor(nowMs() / 1000),
    nowMs,
    advance(seconds: number) {
      offsetMs += seconds * 1000;
    },
  };
  const open = (processName: string): Promise<OpenedStores> =>
    openSqliteStore({ directory, processName, clock: clock.now, ...options });
  const opened = [await open('test')];
  const [{ store, ephemeral }] = opened as [OpenedStores];
  const connections: DatabaseSync[] = [];
  return {
    directory,
    store,
    ephemeral,
    clock,
    vault: createVault([envelopeKey(systemRandom.bytes(32))]),

    async openBeside() {
      const beside = await open(`test-${opened.length}`);
      opened.push(beside);
      return beside;
    },

    sql() {
      const connection = new DatabaseSync(join(directory, databaseName));
      connections.push(connection);
      return connection;
    },

    async close() {
      for (const connection of connections) connection.close();
      for (const each of opened) await each.store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
