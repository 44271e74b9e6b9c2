import type { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../error.ts';
import type { OpenedStores } from '../opened.ts';
import { identifyProcess } from '../process-identity.ts';
import { close as closeAudit } from '../sql/audit.ts';
import type { Engine, Prepared, Read, WriteVerb } from '../sql/engine.ts';
import { sqlEphemeralStore } from '../sql/ephemeral.ts';
import { Pulse } from '../sql/pulse.ts';
import { sqlStore } from '../sql/store.ts';
import type { Tables } from '../sql/tables.ts';
import { SqliteChangeFeed } from './change-feed.ts';
import { openReader, patientlyAsync, prepareFile } from './connection.ts';
import { kyselyOver } from './dialect.ts';
import { toStorageError } from './errors.ts';
import { WriteQueue } from './write-queue.ts';

export interface SqliteStoreOptions {
  /** Made when it is not there. */
  readonly directory: string;
  /** Names this program in the audit chains: `serve`, `cli`. */
  readonly processName: string;
  /** Epoch seconds. */
  readonly clock: () => number;
  /** What goes wrong outside of a call; by default it is dropped. */
  readonly onProblem?: (error: StorageError) => void;
  /** How long a write waits for another process's lock. */
  readonly patienceMs?: number;
  /** Writes that may wait; more are refused. */
  readonly maxWaiting?: number;
  /** Upper bound of the file, in pages of 4 KiB. */
  readonly maxPages?: number;
}

/**
 * Opens the store in a directory, beside any number of other processes, migrating it when this program is newer.
 * Throws StorageError: `read-only`, `corrupt`, `incompatible`, `full`, or `unavailable` after the patience.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<OpenedStores> {
  const { clock, patienceMs = 5000 } = options;
  const onProblem = options.onProblem ?? (() => {});
  const file = prepareFile(options.directory);
  const self = identifyProcess(options.processName);
  const deferred: { feed?: SqliteChangeFeed } = {};
  const queue = await WriteQueue.open({
    file,
    process: self.id,
    patienceMs,
    maxWaiting: options.maxWaiting ?? 20_000,
    ...(options.maxPages === undefined ? {} : { maxPages: options.maxPages }),
    onGroupEnd: () => deferred.feed?.poll(),
    onProblem,
  });
  try {
    const reader = openReader(file);
    const feed = new SqliteChangeFeed(reader, onProblem);
    deferred.feed = feed;
    const engine = new SqliteEngine(queue, reader, clock, patienceMs);
    const pulse = new Pulse(engine, [self], clock, (error) => onProblem(toStorageError(error)));
    await pulse.start();
    const close = closing(engine, queue, feed, reader, pulse, clock);
    const driver = { changes: feed, databaseTimeMs: async () => null, close };
    return { store: sqlStore(engine, driver), ephemeral: sqlEphemeralStore(engine) };
  } catch (error) {
    await queue.close();
    throw toStorageError(error);
  }
}

function closing(
  engine: SqliteEngine,
  queue: WriteQueue,
  feed: SqliteChangeFeed,
  reader: DatabaseSync,
  pulse: Pulse,
  clock: () => number,
): () => Promise<void> {
  const close = async (): Promise<void> => {
    pulse.stop();
    queue.refuseMore();
    try {
      while ((await queue.callLast(closeAudit.name, [], clock())) === 'more');
    } finally {
      await queue.close(() => {
        feed.close();
        engine.stopReading();
        reader.close();
      });
    }
  };
  let closed: Promise<void> | undefined;
  return () => {
    closed ??= close();
    return closed;
  };
}

class SqliteEngine implements Engine {
  readonly #queue: WriteQueue;
  readonly #prepared: Prepared;
  readonly #clock: () => number;
  readonly #patienceMs: number;
  #reading = true;

  constructor(queue: WriteQueue, reader: DatabaseSync, clock: () => number, patienceMs: number) {
    this.#queue = queue;
    this.#prepared = { trx: kyselyOver<Tables>(reader), compiled: new Map() };
    this.#clock = clock;
    this.#patienceMs = patienceMs;
  }

  async read<T>(query: (db: Read, now: number, prepared: Prepared) => Promise<T>): Promise<T> {
    if (!this.#reading) throw new StorageError('unavailable', 'the store is closed');
    try {
      return await query(this.#prepared.trx, this.#clock(), this.#prepared);
    } catch (error) {
      return await this.#readAgain(query, error);
    }
  }

  /** Readers meet a lock only while another process recovers the log. */
  async #readAgain<T>(
    query: (db: Read, now: number, prepared: Prepared) => Promise<T>,
    first: unknown,
  ): Promise<T> {
    try {
      if (!this.#reading) throw new StorageError('unavailable', 'the store is closed', { cause: first });
      const deadline = performance.now() + this.#patienceMs;
      return await patientlyAsync(deadline, first, () =>
        query(this.#prepared.trx, this.#clock(), this.#prepared),
      );
    } catch (error) {
      throw toStorageError(error);
    }
  }

  bind<Args extends readonly unknown[], Result>(
    verb: WriteVerb<Args, Result>,
  ): (...args: Args) => Promise<Result> {
    // The writer runs the verb of this name and no other, so the answer is its result.
    return (...args) =>
      this.#queue.call(verb.name, args, this.#clock(), verb.weigh?.(...args)) as Promise<Result>;
  }

  stopReading(): void {
    this.#reading = false;
  }
}
