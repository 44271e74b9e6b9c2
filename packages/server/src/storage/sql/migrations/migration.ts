import { type Kysely, sql } from 'kysely';

/** The words of a dialect that the table definitions need; everything else in them is common SQL. */
export interface SchemaDialect {
  /** 64-bit integer. */
  readonly integer: string;
  /** Double precision. */
  readonly real: string;
  /** A key that the database counts up, never reusing a number. */
  readonly sequence: string;
  /** After the closing bracket of a table. */
  readonly table: string;
  /** The same for a table stored in the order of its primary key, where the database can. */
  readonly clustered: string;
  /** A statement written in these words as the database takes it. */
  readonly statement: (text: string) => string;
  /** Further columns of the change feed, with a comma before each. */
  readonly changeColumns: string;
  /** What the change feed needs beside its table. */
  readonly changeStatements: readonly string[];
}

/** Forward only. A migration must leave the store usable by every program at or above `readableFrom`. */
export interface Migration {
  readonly version: number;
  /** The oldest program version (its highest migration) that may still open the store afterwards. */
  readonly readableFrom: number;
  readonly name: string;
  /** For the printed plan. */
  readonly summary: string;
  readonly up: (db: Kysely<never>, dialect: SchemaDialect) => Promise<void>;
}

/** Runs statements written in the dialect's words, in order. */
export async function runStatements(
  db: Kysely<never>,
  dialect: SchemaDialect,
  statements: readonly string[],
): Promise<void> {
  for (const statement of statements) await sql.raw(dialect.statement(statement)).execute(db);
}
