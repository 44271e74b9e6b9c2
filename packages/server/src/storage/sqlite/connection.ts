import { closeSync, constants, fchmodSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../error.ts';
import { isBusy, toStorageError } from './errors.ts';

export const databaseName = 'countersign.db';

/**
 * Makes directory (0700) and file (0600) whatever the umask says. SQLite gives `-wal` and `-shm` the mode of the
 * database file. Throws `read-only` where the directory or the file cannot be written.
 */
export function prepareFile(directory: string): string {
  const file = join(directory, databaseName);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const handle = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      if (!fstatSync(handle).isFile()) throw new StorageError('corrupt', `${file} is not a regular file`);
      if ((fstatSync(handle).mode & 0o777) !== 0o600) fchmodSync(handle, 0o600);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    const known = toStorageError(error);
    throw new StorageError(known.code, `${file} cannot be opened for writing: ${known.message}`, {
      cause: error,
    });
  }
  return file;
}

/** Opens the connection that writes. The caller still has to bring it to WAL, see {@link enterWal}. */
export function openWriter(file: string, maxPages: number | undefined): DatabaseSync {
  const database = new DatabaseSync(file, {
    timeout: 0,
    allowExtension: false,
    enableForeignKeyConstraints: true,
  });
  database.exec('PRAGMA trusted_schema=OFF');
  database.exec('PRAGMA secure_delete=FAST');
  database.exec('PRAGMA journal_size_limit=67108864');
  if (maxPages !== undefined) database.exec(`PRAGMA max_page_count=${Math.trunc(maxPages)}`);
  return database;
}

export function enterWal(database: DatabaseSync): void {
  const mode = database.prepare('PRAGMA journal_mode=WAL').get();
  if (mode?.journal_mode !== 'wal') {
    throw new StorageError(
      'unavailable',
      'this file system gives SQLite no write-ahead log (is it a network drive?)',
    );
  }
  database.exec('PRAGMA synchronous=FULL');
  // With many tenants a group touches a page for each: they are kept at hand, and folded into the file less often.
  // Set here and not on opening: it reads the schema, and so meets the locks of others.
  database.exec('PRAGMA cache_size=-16384');
  database.exec('PRAGMA wal_autocheckpoint=4000');
}

/** Opens the connection that only reads; WAL lets it read beside any writer. */
export function openReader(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0, allowExtension: false, readOnly: true });
  database.exec('PRAGMA trusted_schema=OFF');
  database.exec('PRAGMA cache_size=-16384');
  return database;
}

/** Repeats what meets a lock, with jitter and without blocking, until `deadline` (of `performance.now()`). */
export async function patiently<T>(deadline: number, action: () => T): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return action();
    } catch (error) {
      await waitOrThrow(deadline, attempt, error);
    }
  }
}

/** The same for what answers with a promise and has failed once with `first`. */
export async function patientlyAsync<T>(
  deadline: number,
  first: unknown,
  action: () => Promise<T>,
): Promise<T> {
  let failure = first;
  for (let attempt = 0; ; attempt += 1) {
    await waitOrThrow(deadline, attempt, failure);
    try {
      return await action();
    } catch (error) {
      failure = error;
    }
  }
}

async function waitOrThrow(deadline: number, attempt: number, error: unknown): Promise<void> {
  if (!isBusy(error)) throw error;
  if (performance.now() >= deadline) {
    throw new StorageError('unavailable', 'the database stayed locked by another process', { cause: error });
  }
  await sleep(0.5 + Math.random() * Math.min(1 + attempt, 20));
}
