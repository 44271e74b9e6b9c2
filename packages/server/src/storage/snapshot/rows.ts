/** Rows of any table in bounded pages, in one form whatever store they lie in. */
import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { StorageError } from '../error.ts';
import type { Read } from '../sql/engine.ts';
import { type TableName, tableEntries } from './tables.ts';

export type Row = Readonly<Record<string, string | number | null>>;

/** One store that is copied from or to. The caller owns the connection, and its transaction if there is one. */
export interface End {
  readonly dialect: 'sqlite' | 'postgres';
  readonly db: Read;
}

/** What a table holds: equal in two stores exactly when its rows are. */
export interface Digest {
  readonly rows: number;
  /** SHA-256 over the canonical form of every row in key order, hexadecimal. */
  readonly hash: string;
}

const pageRows = 250;
/** PostgreSQL's own column beside the change feed; it is in no table that is copied. */
const namePattern = /^[a-z][a-z0-9_]*$/;

/** The columns of a table, sorted by name. Throws `corrupt` where the table is missing. */
export async function columnsOf({ dialect, db }: End, table: TableName): Promise<readonly string[]> {
  const query =
    dialect === 'sqlite'
      ? sql<{ readonly name: string }>`select name from pragma_table_info(${table})`
      : sql<{ readonly name: string }>`select column_name as name from information_schema.columns
          where table_schema = current_schema() and table_name = ${table}`;
  const { rows } = await query.execute(db);
  const names = rows.map(({ name }) => name).sort();
  if (names.length === 0 || !names.every((name) => namePattern.test(name))) {
    throw new StorageError('corrupt', `the table ${table} is missing or is not ours`);
  }
  return names;
}

/** Pages of at most 250 rows in key order, each read by a statement of its own. */
export async function* pagesOf(
  { db }: End,
  table: TableName,
  columns: readonly string[],
): AsyncGenerator<readonly Row[]> {
  const key = refs(tableEntries[table].key);
  let last: Row | undefined;
  for (;;) {
    const from: RawBuilder<unknown> =
      last === undefined ? sql`` : sql`where (${key}) > (${keyOf(table, last)})`;
    const { rows } = await sql<Row>`select ${refs(columns)} from ${sql.table(table)} ${from}
      order by ${key} limit ${pageRows}`.execute(db);
    if (rows.length > 0) yield rows;
    last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
  }
}

/** Those of `wanted`, by their keys, that are there. */
export async function findRows(
  end: End,
  table: TableName,
  columns: readonly string[],
  wanted: readonly Row[],
): Promise<ReadonlyMap<string, Row>> {
  const { rows } = await sql<Row>`select ${refs(columns)} from ${sql.table(table)}
    where ${isOneOf(end, table, wanted)}`.execute(end.db);
  return new Map(rows.map((row) => [keyText(table, row), row]));
}

/** Leaves out what would break a rule of uniqueness; answers how many rows were written. */
export async function insertRows(
  { dialect, db }: End,
  table: TableName,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const counted = dialect === 'postgres' ? sql`overriding system value` : sql``;
  const values = sql.join(rows.map((row) => sql`(${sql.join(columns.map((name) => row[name] ?? null))})`));
  const { numAffectedRows } = await sql`insert into ${sql.table(table)} (${refs(columns)}) ${counted}
    values ${values} on conflict do nothing`.execute(db);
  return Number(numAffectedRows ?? 0);
}

export async function deleteRows(end: End, table: TableName, rows: readonly Row[]): Promise<number> {
  if (rows.length === 0) return 0;
  const { numAffectedRows } = await sql`delete from ${sql.table(table)}
    where ${isOneOf(end, table, rows)}`.execute(end.db);
  return Number(numAffectedRows ?? 0);
}

export async function countRows({ db }: End, table: TableName): Promise<number> {
  const { rows } = await sql<{
    readonly count: number;
  }>`select count(*) as count from ${sql.table(table)}`.execute(db);
  return Number(rows[0]?.count ?? 0);
}

export async function digestTable(end: End, table: TableName): Promise<Digest> {
  const columns = await columnsOf(end, table);
  const hash = createHash('sha256').update(`${canonicalRow(columns)}\n`);
  let rows = 0;
  for await (const page of pagesOf(end, table, columns)) {
    for (const row of page) hash.update(`${canonicalRow(columns.map((name) => row[name] ?? null))}\n`);
    rows += page.length;
  }
  return { rows, hash: hash.digest('hex') };
}

/** JSON of the values in the order of their columns' names: no line break, and one text for each value. */
export function canonicalRow(values: readonly (string | number | null)[]): string {
  return JSON.stringify(values);
}

/** The highest number that the database has given out for the key of a counting table; 0 for none. */
export async function highestNumber({ dialect, db }: End, table: TableName): Promise<number> {
  const query =
    dialect === 'sqlite'
      ? sql<{
          readonly highest: number | null;
        }>`select max(seq) as highest from sqlite_sequence where name = ${table}`
      : sql<{ readonly highest: number | null }>`select last_value as highest from pg_sequences
          where schemaname = current_schema() and sequencename = ${`${table}_seq_seq`}`;
  const { rows } = await query.execute(db);
  return Number(rows[0]?.highest ?? 0);
}

/** So that no number is given out again, be the row with it long swept. */
export async function continueAfter({ dialect, db }: End, table: TableName, highest: number): Promise<void> {
  if (highest === 0) return;
  if (dialect === 'postgres') {
    await sql`select setval(pg_get_serial_sequence(${table}, 'seq'), ${highest})`.execute(db);
    return;
  }
  await sql`delete from sqlite_sequence where name = ${table}`.execute(db);
  await sql`insert into sqlite_sequence (name, seq) values (${table}, ${highest})`.execute(db);
}

export function keyText(table: TableName, row: Row): string {
  return canonicalRow(tableEntries[table].key.map((name) => row[name] ?? null));
}

function refs(names: readonly string[]): RawBuilder<unknown> {
  return sql.join(names.map((name) => sql.ref(name)));
}

function keyOf(table: TableName, row: Row): RawBuilder<unknown> {
  return sql.join(tableEntries[table].key.map((name) => row[name] ?? null));
}

/** SQLite takes a list of rows as VALUES only; PostgreSQL would take those for text. */
function isOneOf({ dialect }: End, table: TableName, rows: readonly Row[]): RawBuilder<unknown> {
  const keys = sql.join(rows.map((row) => sql`(${keyOf(table, row)})`));
  const list = dialect === 'sqlite' ? sql`values ${keys}` : keys;
  return sql`(${refs(tableEntries[table].key)}) in (${list})`;
}
