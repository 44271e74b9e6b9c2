import { type Kysely, sql } from 'kysely';
import { StorageError } from '../../error.ts';
import { initial } from './0001-initial.ts';
import { logout } from './0002-logout.ts';
import { deviceCode } from './0003-device-code.ts';
import { registration } from './0004-registration.ts';
import { claims } from './0005-claims.ts';
import type { Migration, SchemaDialect } from './migration.ts';

/** In order; a version is never changed once it was released. */
export const migrations: readonly Migration[] = [initial, logout, deviceCode, registration, claims];

/** What this program is, on the scale of `readableFrom`. */
export const programVersion = migrations.reduce(
  (highest, migration) => Math.max(highest, migration.version),
  0,
);

export interface SchemaVersion {
  readonly version: number;
  readonly readableFrom: number;
}

/** The migrations that a store at `version` still needs, in order; what a dry run prints. */
export function pendingMigrations(
  version: number,
  known: readonly Migration[] = migrations,
): readonly Migration[] {
  return known.filter((migration) => migration.version > version);
}

/** Stands as `readableFrom` in the target of a move until that is finished: half a store opens for nobody. */
export const unfinishedMove = 2_147_483_647;

/** Throws `incompatible` when the store was taken past what this program can read, or is only half there. */
export function requireReadable(schema: SchemaVersion, program: number = programVersion): void {
  if (program >= schema.readableFrom) return;
  if (schema.readableFrom === unfinishedMove) {
    throw new StorageError(
      'incompatible',
      'the database is the target of a move that is not finished: run countersign move again, or empty the database',
    );
  }
  throw new StorageError(
    'incompatible',
    `the store has schema version ${schema.version} and can be read by programs from version ${schema.readableFrom} on; ` +
      `this program is at version ${program}: install a newer release of Countersign`,
  );
}

/**
 * Runs inside one exclusive transaction that the driver opens, so that of many starting processes one migrates
 * and the others find it done. `found` is undefined on an empty store.
 */
export async function migrate(
  db: Kysely<never>,
  dialect: SchemaDialect,
  found: SchemaVersion | undefined,
  known: readonly Migration[] = migrations,
): Promise<void> {
  const program = known.reduce((highest, migration) => Math.max(highest, migration.version), 0);
  if (found === undefined) {
    await sql
      .raw(
        `create table schema (id ${dialect.integer} primary key, version ${dialect.integer} not null,
          readable_from ${dialect.integer} not null)${dialect.table}`,
      )
      .execute(db);
    await sql`insert into schema (id, version, readable_from) values (1, 0, 0)`.execute(db);
  } else {
    requireReadable(found, program);
  }
  for (const migration of pendingMigrations(found?.version ?? 0, known)) {
    await migration.up(db, dialect);
    await sql`update schema set version = ${migration.version}, readable_from = ${migration.readableFrom} where id = 1`.execute(
      db,
    );
  }
}
