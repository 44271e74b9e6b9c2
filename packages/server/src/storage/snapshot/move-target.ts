/** The database that a store is moved into. Until the move is finished it opens for no other program. */
import { type Kysely, sql } from 'kysely';
import type { Client } from 'pg';
import { clientConfig, connect, type PostgresAddress } from '../postgres/connection.ts';
import { kyselyOver, only, postgresSchema } from '../postgres/dialect.ts';
import { migrate, type SchemaVersion, unfinishedMove } from '../sql/migrations/run.ts';
import type { Tables } from '../sql/tables.ts';
import { findIdentity } from './identity.ts';
import { MoveError } from './move-error.ts';
import type { End } from './rows.ts';

/** Held by the connection of the one move that works on a database. */
const moveLock = 0x63_6f_75_6f;
/** A page of rows is written by one statement; what is slow beyond this is not answering. */
const times = { connectTimeoutMs: 5000, statementTimeoutMs: 60_000 };

export interface MoveTarget {
  readonly end: End;
  /** Whether a move of the same source was begun here before. */
  readonly isResumed: boolean;
  /** Opens the target to everybody: after this it is a store like any other. */
  finish(readableFrom: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes the tables in an empty database, or goes on where a move of the same source was interrupted.
 * @throws {MoveError} `target_busy`, `target_not_empty`, `already_moved`; the driver's error where the database does not answer
 */
export async function openMoveTarget(
  address: PostgresAddress,
  identity: string,
  schema: SchemaVersion,
  now: number,
): Promise<MoveTarget> {
  // Between two pages the source is read: a transaction is never left open over it.
  const client = await connect(clientConfig(address, times, 'countersign move'), () => {});
  try {
    const db = kyselyOver<Tables>(only(client), false);
    const { rows } = await client.query('select pg_try_advisory_lock($1) as taken', [moveLock]);
    if (rows[0]?.taken !== true) {
      throw new MoveError('target_busy', 'Another move works on this database at this moment.');
    }
    const isResumed = await inTransaction(client, () => claim(db, identity, schema, now));
    return {
      end: { dialect: 'postgres', db },
      isResumed,
      finish: (readableFrom) =>
        inTransaction(client, async () => {
          await sql`drop table countersign_move`.execute(db);
          await db.updateTable('schema').set({ readable_from: readableFrom }).where('id', '=', 1).execute();
        }),
      close: () => client.end(),
    };
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

async function claim(
  db: Kysely<Tables>,
  identity: string,
  schema: SchemaVersion,
  now: number,
): Promise<boolean> {
  const { rows } = await sql<{
    readonly name: string;
  }>`select table_name as name from information_schema.tables
    where table_schema = current_schema() order by table_name`.execute(db);
  const names = rows.map(({ name }) => name);
  if (names.length === 0) {
    await migrate(db as unknown as Kysely<never>, postgresSchema, undefined);
    await sql`create table countersign_move (source text not null, began_at bigint not null)`.execute(db);
    await sql`insert into countersign_move (source, began_at) values (${identity}, ${now})`.execute(db);
    await db.updateTable('schema').set({ readable_from: unfinishedMove }).where('id', '=', 1).execute();
    return false;
  }
  if (!names.includes('countersign_move')) throw await refusal(db, names, identity);
  const found = await sql<{ readonly source: string }>`select source from countersign_move`.execute(db);
  if (found.rows[0]?.source !== identity) {
    throw new MoveError('target_not_empty', 'The database holds the unfinished move of another store.');
  }
  const { version } = await db.selectFrom('schema').select('version').executeTakeFirstOrThrow();
  if (version !== schema.version) {
    throw new MoveError(
      'target_not_empty',
      `The database holds a move that another version of this program began (schema version ${version}).`,
    );
  }
  return true;
}

async function refusal(db: Kysely<Tables>, names: readonly string[], identity: string): Promise<MoveError> {
  const isOurs = names.includes('schema') && names.includes('audit_chain');
  if (isOurs && (await findIdentity({ dialect: 'postgres', db })) === identity) {
    return new MoveError(
      'already_moved',
      'This store was moved into this database before; the move is finished.',
    );
  }
  return new MoveError(
    'target_not_empty',
    isOurs
      ? 'The database holds another store of Countersign.'
      : `The database is not empty: it holds ${names.length} tables, such as ${names[0] ?? ''}.`,
  );
}

async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const value = await work();
    await client.query('commit');
    return value;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}
