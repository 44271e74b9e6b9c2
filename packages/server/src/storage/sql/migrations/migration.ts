import type { Kysely } from 'kysely';

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
