/** The embedded store as a move reads it: beside its writers, and at the end with the one lock that keeps them out. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type identifyProcess, isDead } from '../process-identity.ts';
import { programVersion, type SchemaVersion } from '../sql/migrations/run.ts';
import type { Tables } from '../sql/tables.ts';
import { databaseName, openReader, openWriter, patiently } from '../sqlite/connection.ts';
import { kyselyOver } from '../sqlite/dialect.ts';
import { findIdentity } from './identity.ts';
import { MoveError } from './move-error.ts';
import type { End } from './rows.ts';

export interface MoveSource {
  readonly end: End;
  readonly identity: string;
  readonly schema: SchemaVersion;
  /** Programs that have the store open, by name and process number. */
  listUsers(): Promise<readonly string[]>;
  /** Runs `work` while nobody can write. What it reads is the last state that was acknowledged. Nothing is written. */
  atRest<T>(patienceMs: number, work: (end: End) => Promise<T>): Promise<T>;
  close(): void;
}

/** @throws {MoveError} `source_missing` or `source_schema` */
export async function openMoveSource(
  directory: string,
  self: ReturnType<typeof identifyProcess>,
  clock: () => number,
): Promise<MoveSource> {
  const file = join(directory, databaseName);
  if (!existsSync(file)) throw new MoveError('source_missing', `There is no embedded store at ${file}.`);
  const reader = openReader(file);
  try {
    const end = endOver(reader);
    const schema = readSchema(reader);
    const identity = await findIdentity(end);
    if (identity === undefined) throw new MoveError('source_missing', `The store ${file} was never used.`);
    return {
      end,
      identity,
      schema,
      listUsers: () => listUsers(end, self, clock()),
      async atRest(patienceMs, work) {
        const writer = openWriter(file, undefined);
        try {
          await patiently(performance.now() + patienceMs, () => writer.exec('BEGIN IMMEDIATE'));
          return await work(endOver(writer));
        } finally {
          if (writer.isTransaction) writer.exec('ROLLBACK');
          writer.close();
        }
      },
      close: () => reader.close(),
    };
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** Those who cannot be told to be dead: see {@link isDead}. */
export async function listUsers(
  { db }: End,
  self: ReturnType<typeof identifyProcess>,
  now: number,
): Promise<readonly string[]> {
  const rows = await db.selectFrom('process').selectAll().orderBy('id').execute();
  return rows.filter((row) => !isDead(row, self, now)).map(({ name, pid }) => `${name} (process ${pid})`);
}

function endOver(database: DatabaseSync): End {
  return { dialect: 'sqlite', db: kyselyOver<Tables>(database) };
}

function readSchema(database: DatabaseSync): SchemaVersion {
  const table = database
    .prepare("select 1 from sqlite_schema where type = 'table' and name = 'schema'")
    .get();
  const row = table && database.prepare('select version, readable_from from schema where id = 1').get();
  const version = Number(row?.version ?? 0);
  if (version === 0) throw new MoveError('source_missing', 'The embedded store was never used.');
  if (version !== programVersion) {
    throw new MoveError(
      'source_schema',
      `The store has schema version ${version}, and this program works with version ${programVersion}.`,
    );
  }
  return { version, readableFrom: Number(row?.readable_from) };
}
