/** Everything that only SQLite needs to run what `sql/` writes. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  type SelectModifierNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SchemaDialect } from '../sql/migrations/migration.ts';

export const sqliteSchema: SchemaDialect = {
  integer: 'integer',
  real: 'real',
  sequence: 'integer primary key autoincrement',
  table: ' strict',
  clustered: ' strict, without rowid',
  statement: (text) => text,
  changeColumns: '',
  changeStatements: [],
};

/** Statements kept prepared per connection, least recently used first out. */
const preparedLimit = 500;

interface Prepared {
  readonly statement: StatementSync;
  /** Whether it answers rows: SELECT, or RETURNING. */
  readonly reader: boolean;
}

class PreparedStatements {
  readonly #database: DatabaseSync;
  readonly #bySql = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(sql: string): Prepared {
    const known = this.#bySql.get(sql);
    if (known !== undefined) {
      // Reinserting on every use would cost more than it saves while nothing has to go.
      if (this.#bySql.size >= preparedLimit) {
        this.#bySql.delete(sql);
        this.#bySql.set(sql, known);
      }
      return known;
    }
    const statement = this.#database.prepare(sql);
    const prepared = { statement, reader: statement.columns().length > 0 };
    if (this.#bySql.size >= preparedLimit) {
      const oldest = this.#bySql.keys().next();
      if (!oldest.done) this.#bySql.delete(oldest.value);
    }
    this.#bySql.set(sql, prepared);
    return prepared;
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #statements: PreparedStatements;

  constructor(database: DatabaseSync) {
    this.#statements = new PreparedStatements(database);
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, reader } = this.#statements.get(query.sql);
    const parameters = query.parameters as readonly SQLInputValue[];
    if (reader) return { rows: statement.all(...parameters) as R[] };
    const { changes } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  // biome-ignore lint/correctness/useYield: streaming is not offered
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not offered on SQLite');
  }
}

/** One connection whose owner opens, closes and begins transactions. */
class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;

  constructor(database: DatabaseSync) {
    this.#connection = new SqliteConnection(database);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    throw new Error('transactions belong to the owner of the connection');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async destroy(): Promise<void> {}
}

class Compiler extends SqliteQueryCompiler {
  /** Row locks are for other dialects: here a write transaction has the whole database. */
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier === 'ForUpdate' || node.modifier === 'ForShare') return;
    super.visitSelectModifier(node);
  }
}

/** A Kysely over a connection that stays its caller's: it neither begins transactions nor closes. */
export function kyselyOver<T>(database: DatabaseSync): Kysely<T> {
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(database),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new Compiler(),
  };
  return new Kysely<T>({ dialect });
}
