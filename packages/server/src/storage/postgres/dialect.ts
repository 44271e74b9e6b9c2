/** Everything that only PostgreSQL needs to run what `sql/` writes. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { ClientBase, QueryConfig } from 'pg';
import { types } from 'pg';
import type { SchemaDialect } from '../sql/migrations/migration.ts';

/** Wakes the feeds of all processes; see `change-feed.ts`. */
export const changeChannel = 'countersign_change';

export const postgresSchema: SchemaDialect = {
  integer: 'bigint',
  real: 'double precision',
  sequence: 'bigint generated always as identity primary key',
  table: '',
  clustered: '',
  // Names are compared and ordered as bytes, as in the embedded store and whatever the database's own language is.
  statement: (text) => text.replaceAll(/\btext\b/g, 'text collate "C"'),
  // Sequence numbers are not in the order of commits; the transaction tells which rows may still be coming.
  changeColumns: ', xid bigint not null default (pg_current_xact_id()::text::bigint)',
  changeStatements: [
    'create index change_xid on change (xid, seq)',
    `create function countersign_notify() returns trigger language plpgsql as
      $$ begin perform pg_notify('${changeChannel}', ''); return null; end $$`,
    'create trigger change_notify after insert on change for each statement execute function countersign_notify()',
  ],
};

const int8 = 20;

/** Every 64-bit number we store is a safe integer: times, sequences, flags. */
const numbers = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8 ? Number : types.getTypeParser(oid, format as 'text'),
};

/** Statements that get a name, and so are planned once per connection. The set of texts is fixed by the code. */
const namedLimit = 1000;
const names = new Map<string, string>();

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= namedLimit) return known;
  const name = `cs${names.size}`;
  names.set(text, name);
  return name;
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: ClientBase;
  readonly #prepare: boolean;

  constructor(client: ClientBase, prepare: boolean) {
    this.#client = client;
    this.#prepare = prepare;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const name = this.#prepare && parameters.length > 0 ? nameOf(sql) : undefined;
    const config: QueryConfig = {
      text: sql,
      values: [...parameters],
      types: numbers,
      ...(name !== undefined && { name }),
    };
    const { rows, rowCount, command } = await this.#client.query(config);
    const isWrite = command !== 'SELECT' && rowCount !== null;
    return { rows: rows as R[], ...(isWrite && { numAffectedRows: BigInt(rowCount) }) };
  }

  // biome-ignore lint/correctness/useYield: streaming is not offered
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not offered');
  }
}

/** Where statements run: one connection that its owner opens and closes, or whichever of a pool is free. */
export interface Connections {
  acquire(): Promise<ClientBase>;
  release(client: ClientBase): void;
}

class PostgresDriver implements Driver {
  readonly #connections: Connections;
  readonly #prepare: boolean;
  readonly #clients = new WeakMap<DatabaseConnection, ClientBase>();

  constructor(connections: Connections, prepare: boolean) {
    this.#connections = connections;
    this.#prepare = prepare;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const client = await this.#connections.acquire();
    const connection = new PostgresConnection(client, this.#prepare);
    this.#clients.set(connection, client);
    return connection;
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    const client = this.#clients.get(connection);
    if (client !== undefined) this.#connections.release(client);
  }

  async beginTransaction(): Promise<void> {
    throw new Error('transactions belong to the owner of the connection');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async destroy(): Promise<void> {}
}

/**
 * A Kysely over connections that stay their owner's: it neither begins transactions nor closes.
 * `prepare: false` is for a pooler in front that hands each transaction another connection.
 */
export function kyselyOver<T>(connections: Connections, prepare: boolean): Kysely<T> {
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new PostgresDriver(connections, prepare),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return new Kysely<T>({ dialect });
}

/** One connection that has an owner. */
export function only(client: ClientBase): Connections {
  return { acquire: async () => client, release: () => {} };
}
