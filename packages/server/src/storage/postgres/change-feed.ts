import { sql } from 'kysely';
import type { Client } from 'pg';
import type { StorageError } from '../error.ts';
import type { Change, ChangeFeed, ChangeTopic } from '../ports.ts';
import type { Read } from '../sql/engine.ts';
import { changeChannel } from './dialect.ts';
import { toStorageError } from './errors.ts';

/** The safety net under NOTIFY. */
const pollMs = 400;
/** More than this at once, after an outage: everything is flushed instead. */
const batch = 5000;
const reconnectMs = 500;

type Listener = (change: Change | null) => void;

interface Row {
  readonly xmin: number;
  readonly floor: number;
  readonly seq: number | null;
  readonly xid: number | null;
  readonly topic: string | null;
  readonly tenant: string | null;
  readonly id: string | null;
}

export interface FeedOptions {
  readonly read: <T>(query: (db: Read) => Promise<T>) => Promise<T>;
  readonly connect: (onLost: () => void) => Promise<Client>;
  readonly onProblem: (error: StorageError) => void;
}

/**
 * Reads the `change` table when a commit announces itself, and every 400 ms besides. Numbers are given out before commits and
 * so come out of order: every row of a transaction that could still have been running at the last look is looked for
 * again, and told once.
 */
export class PostgresChangeFeed implements ChangeFeed {
  readonly #options: FeedOptions;
  readonly #listeners = new Set<Listener>();
  /** Told already, of transactions that the next look will see again: number to transaction. */
  readonly #told = new Map<number, number>();
  /** All rows of older transactions have been seen. */
  #from = 0;
  #highest = 0;
  #isBroken = false;
  #looking: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #client: Client | undefined;
  #closed = false;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** What was committed before is not told. */
  async start(): Promise<void> {
    await this.#standAtEnd();
    await this.#listen();
    this.#timer = setInterval(() => void this.poll(), pollMs).unref();
  }

  subscribe(listener: Listener): () => void {
    const own: Listener = (change) => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Resolves when everything that was committed before the call has been told. Never rejects. */
  poll(): Promise<void> {
    if (this.#looking === undefined) {
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined;
      });
      return this.#looking;
    }
    // The look under way may have begun before that commit; the next one has not.
    this.#next ??= this.#looking.then(() => {
      this.#next = undefined;
      return this.poll();
    });
    return this.#next;
  }

  /** A feed that cannot be read flushes everything: readers then ask the store, which fails closed. */
  async #look(): Promise<void> {
    if (this.#closed) return;
    try {
      if (this.#isBroken) await this.#standAtEnd();
      else await this.#read();
      if (this.#isBroken) this.#deliver(null);
      this.#isBroken = false;
    } catch (error) {
      if (this.#closed) return;
      if (!this.#isBroken) this.#options.onProblem(toStorageError(error));
      this.#isBroken = true;
      this.#deliver(null);
    }
  }

  async #read(): Promise<void> {
    const { rows } = await this.#options.read((db) =>
      sql<Row>`select s.xmin, f.seq as floor, c.seq, c.xid, c.topic, c.tenant, c.id
        from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin) s
        cross join change_floor f
        left join change c on c.xid >= ${this.#from}
        order by c.xid, c.seq limit ${batch + 1}`.execute(db),
    );
    const [first] = rows;
    if (first === undefined) throw new Error('the change floor is missing');
    if (rows.length > batch || first.floor > this.#highest) {
      await this.#standAtEnd();
      this.#deliver(null);
      return;
    }
    for (const { seq, xid, topic, tenant, id } of rows) {
      if (seq === null || xid === null || this.#told.has(seq)) continue;
      this.#told.set(seq, xid);
      this.#highest = Math.max(this.#highest, seq);
      this.#deliver({ topic: topic as ChangeTopic, tenant: tenant ?? '', id: id ?? '' });
    }
    this.#from = first.xmin;
    for (const [seq, xid] of this.#told) if (xid < first.xmin) this.#told.delete(seq);
  }

  async #standAtEnd(): Promise<void> {
    const { rows } = await this.#options.read((db) =>
      sql<Row>`select s.xmin, f.seq as floor, c.seq, c.xid
        from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin) s
        cross join change_floor f
        left join change c on c.xid >= s.xmin`.execute(db),
    );
    const { rows: last } = await this.#options.read((db) =>
      sql<{ readonly seq: number }>`select coalesce(max(seq), 0) as seq from change`.execute(db),
    );
    const [first] = rows;
    this.#from = first?.xmin ?? 0;
    this.#highest = Math.max(first?.floor ?? 0, last[0]?.seq ?? 0);
    this.#told.clear();
    for (const { seq, xid } of rows) if (seq !== null && xid !== null) this.#told.set(seq, xid);
  }

  async #listen(): Promise<void> {
    const client = await this.#options.connect(() => this.#listenAgain());
    this.#client = client;
    client.on('notification', () => void this.poll());
    await client.query(`listen ${changeChannel}`);
  }

  #listenAgain(): void {
    if (this.#closed || this.#client === undefined) return;
    this.#client = undefined;
    const retry = (): void => {
      if (this.#closed) return;
      this.#listen().then(
        // What was announced in between was not heard.
        () => void this.poll(),
        () => setTimeout(retry, reconnectMs).unref(),
      );
    };
    setTimeout(retry, reconnectMs).unref();
  }

  #deliver(change: Change | null): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#options.onProblem(toStorageError(error));
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#listeners.clear();
    await this.#looking;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }
}
