import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StorageError } from '../error.ts';
import type { Change, ChangeFeed, ChangeTopic } from '../ports.ts';
import { toStorageError } from './errors.ts';

const pollMs = 100;
const batch = 1000;

type Listener = (change: Change | null) => void;

/**
 * Reads the `change` table whenever `data_version` tells of a commit: of this process before its callers hear of
 * it, of another within one poll.
 */
export class SqliteChangeFeed implements ChangeFeed {
  readonly #listeners = new Set<Listener>();
  readonly #dataVersion: StatementSync;
  readonly #floor: StatementSync;
  readonly #last: StatementSync;
  readonly #next: StatementSync;
  readonly #onProblem: (error: StorageError) => void;
  #seenVersion: unknown;
  #position = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(reader: DatabaseSync, onProblem: (error: StorageError) => void) {
    this.#dataVersion = reader.prepare('PRAGMA data_version');
    this.#floor = reader.prepare('SELECT seq FROM change_floor WHERE id = 1');
    this.#last = reader.prepare(
      'SELECT max(coalesce((SELECT max(seq) FROM change), 0), (SELECT seq FROM change_floor)) AS seq',
    );
    this.#next = reader.prepare(
      'SELECT seq, topic, tenant, id FROM change WHERE seq > ? ORDER BY seq LIMIT ?',
    );
    this.#onProblem = onProblem;
  }

  /** What was committed before is not delivered. */
  subscribe(listener: Listener): () => void {
    if (this.#listeners.size === 0) {
      this.#seenVersion = this.#dataVersion.get()?.data_version;
      this.#position = Number(this.#last.get()?.seq ?? 0);
      this.#timer = setInterval(() => this.poll(), pollMs).unref();
    }
    // A wrapper, so that the same function may subscribe twice and leave once.
    const own: Listener = (change) => listener(change);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) clearInterval(this.#timer);
    };
  }

  /** A feed that cannot be read flushes everything: readers then ask the store, which fails closed. */
  poll(): void {
    if (this.#listeners.size === 0) return;
    try {
      const version = this.#dataVersion.get()?.data_version;
      if (version === this.#seenVersion) return;
      this.#read();
      this.#seenVersion = version;
    } catch (error) {
      this.#onProblem(toStorageError(error));
      this.#deliver(null);
    }
  }

  #read(): void {
    for (;;) {
      const rows = this.#next.all(this.#position, batch);
      // Read after the rows: the floor rises in the transaction that deletes them, so a row missed here shows.
      if (this.#position < Number(this.#floor.get()?.seq ?? 0)) {
        this.#position = Number(this.#last.get()?.seq ?? 0);
        this.#deliver(null);
        return;
      }
      for (const row of rows) {
        this.#position = Number(row.seq);
        this.#deliver({
          topic: String(row.topic) as ChangeTopic,
          tenant: String(row.tenant),
          id: String(row.id),
        });
      }
      if (rows.length < batch) return;
    }
  }

  #deliver(change: Change | null): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#onProblem(toStorageError(error));
      }
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }
}
