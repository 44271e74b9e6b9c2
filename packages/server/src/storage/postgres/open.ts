import { type Kysely, sql } from 'kysely';
import type { Client, ClientConfig, Pool } from 'pg';
import { StorageError } from '../error.ts';
import type { OpenedStores } from '../opened.ts';
import { identifyProcess } from '../process-identity.ts';
import { close as closeAudit } from '../sql/audit.ts';
import type { Engine, Prepared, Read, WriteVerb } from '../sql/engine.ts';
import { sqlEphemeralStore } from '../sql/ephemeral.ts';
import { migrate, requireReadable, type SchemaVersion } from '../sql/migrations/run.ts';
import { Pulse } from '../sql/pulse.ts';
import { sqlStore } from '../sql/store.ts';
import type { Tables } from '../sql/tables.ts';
import { PostgresChangeFeed } from './change-feed.ts';
import { type ConnectionTimes, clientConfig, connect, openPool, type PostgresAddress } from './connection.ts';
import { kyselyOver, only, postgresSchema } from './dialect.ts';
import { isConnectionLost, toStorageError } from './errors.ts';
import { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';

export interface PostgresStoreOptions extends Partial<ConnectionTimes> {
  readonly address: PostgresAddress;
  /** Names this program in the audit chains: `serve`, `cli`. */
  readonly processName: string;
  /** Epoch seconds. */
  readonly clock: () => number;
  /** What goes wrong outside of a call; by default it is dropped. */
  readonly onProblem?: ((error: StorageError) => void) | undefined;
  /** Connections that write, each one transaction at a time. Default 4. */
  readonly writers?: number | undefined;
  /** Connections that read. Default 6. */
  readonly readers?: number | undefined;
  /** How long a write may wait for its turn and be repeated. Default 5000. */
  readonly patienceMs?: number | undefined;
  /** Writes that may wait; more are refused. Default 10000. */
  readonly maxWaiting?: number | undefined;
  /** false behind a pooler that does not keep prepared statements. Default true. */
  readonly prepare?: boolean | undefined;
}

/** One number for all programs of ours, so that of many starters one migrates while the others wait. */
const migrationLock = 0x63_6f_75_6e;
const migrationPatienceMs = 300_000;

/**
 * Opens the store in a database, beside any number of other processes, migrating it when this program is newer.
 * Throws StorageError: `unavailable`, `incompatible`, `read-only`, `corrupt`.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<OpenedStores> {
  const { clock, processName } = options;
  const times = {
    connectTimeoutMs: options.connectTimeoutMs ?? 3000,
    statementTimeoutMs: options.statementTimeoutMs ?? 5000,
  };
  const onProblem = options.onProblem ?? (() => {});
  const prepare = options.prepare ?? true;
  const self = identifyProcess(processName);
  const config = clientConfig(options.address, times, `countersign ${processName}`);
  const open = (onLost: () => void) => connect(config, onLost);
  const pool = openPool(config, options.readers ?? 6, (error) => onProblem(toStorageError(error)));
  const writers = Array.from({ length: options.writers ?? 4 }, (_, index) => ({
    ...self,
    id: `${self.id}.${index}`,
  }));
  const lanes = new Lanes(
    writers.map(({ id }) => new Lane({ process: id, connect: open, prepare })),
    { maxWaiting: options.maxWaiting ?? 10_000, patienceMs: options.patienceMs ?? 5000 },
  );
  const engine = new PostgresEngine(lanes, pool, clock, prepare);
  const feed = new PostgresChangeFeed({ read: (query) => engine.read(query), connect: open, onProblem });
  engine.feed = feed;
  const pulse = new Pulse(engine, writers, clock, (error) => onProblem(toStorageError(error)));
  const driver = {
    changes: feed,
    databaseTimeMs: () => engine.read(readClock),
    close: closing(engine, lanes, pool, feed, pulse, clock),
  };
  try {
    await migrateUnderLock(config);
    await feed.start();
    await pulse.start();
    return { store: sqlStore(engine, driver), ephemeral: sqlEphemeralStore(engine) };
  } catch (error) {
    pulse.stop();
    await Promise.allSettled([
      feed.close(),
      lanes.drain().then(() => lanes.close(async () => {})),
      pool.end(),
    ]);
    throw toStorageError(error);
  }
}

function closing(
  engine: PostgresEngine,
  lanes: Lanes,
  pool: Pool,
  feed: PostgresChangeFeed,
  pulse: Pulse,
  clock: () => number,
): () => Promise<void> {
  const close = async (): Promise<void> => {
    pulse.stop();
    await lanes.drain();
    try {
      await lanes.close(async (lane) => {
        const deadline = performance.now() + migrationPatienceMs;
        while ((await lane.run(closeAudit, [], clock(), deadline)).value === 'more');
      });
    } finally {
      await feed.close();
      engine.stopReading();
      await pool.end();
    }
  };
  let closed: Promise<void> | undefined;
  return () => {
    closed ??= close().catch((error: unknown) => {
      throw toStorageError(error);
    });
    return closed;
  };
}

class PostgresEngine implements Engine {
  feed: PostgresChangeFeed | undefined;
  readonly #lanes: Lanes;
  readonly #prepared: Prepared;
  readonly #clock: () => number;
  #reading = true;

  constructor(lanes: Lanes, pool: Pool, clock: () => number, prepare: boolean) {
    this.#lanes = lanes;
    this.#clock = clock;
    const connections = {
      acquire: () => pool.connect(),
      release: (client: { release(): void }) => client.release(),
    };
    this.#prepared = { trx: kyselyOver<Tables>(connections as never, prepare), compiled: new Map() };
  }

  async read<T>(query: (db: Read, now: number, prepared: Prepared) => Promise<T>): Promise<T> {
    if (!this.#reading) throw new StorageError('unavailable', 'the store is closed');
    const attempt = () => query(this.#prepared.trx, this.#clock(), this.#prepared);
    try {
      return await attempt().catch((error: unknown) => {
        // A connection that was cut while it lay idle is found out by the first to use it.
        if (!isConnectionLost(error)) throw error;
        return attempt();
      });
    } catch (error) {
      throw toStorageError(error);
    }
  }

  bind<Args extends readonly unknown[], Result>(
    verb: WriteVerb<Args, Result>,
  ): (...args: Args) => Promise<Result> {
    return async (...args) => {
      const { value, changed } = await this.#lanes.call(verb as never, args, this.#clock());
      // Own writes are told before their callers hear of them.
      if (changed) await this.feed?.poll();
      return value as Result;
    };
  }

  stopReading(): void {
    this.#reading = false;
  }
}

async function readClock(db: Read): Promise<number> {
  const { rows } = await sql<{
    readonly ms: number;
  }>`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new StorageError('internal', 'the database did not tell its time');
  return row.ms;
}

/** In one transaction, under a lock that the other starters wait for. */
async function migrateUnderLock(config: ClientConfig): Promise<void> {
  const patient: ClientConfig = {
    ...config,
    statement_timeout: migrationPatienceMs,
    lock_timeout: migrationPatienceMs,
    idle_in_transaction_session_timeout: 0,
    query_timeout: migrationPatienceMs + 2000,
  };
  const client = await connect(patient, () => {});
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [migrationLock]);
    const found = await readSchema(client);
    if (found !== undefined) requireReadable(found);
    await migrate(kyselyOver<never>(only(client), false), postgresSchema, found);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

async function readSchema(client: Client): Promise<SchemaVersion | undefined> {
  const db: Kysely<Tables> = kyselyOver<Tables>(only(client), false);
  const { rows } = await sql<{
    readonly found: boolean;
  }>`select to_regclass('schema') is not null as found`.execute(db);
  if (rows[0]?.found !== true) return undefined;
  const row = await db
    .selectFrom('schema')
    .select(['version', 'readable_from'])
    .where('id', '=', 1)
    .executeTakeFirst();
  if (row === undefined) throw new StorageError('corrupt', 'the schema row is missing');
  return { version: row.version, readableFrom: row.readable_from };
}
