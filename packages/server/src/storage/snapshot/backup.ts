/** One consistent snapshot of a store, taken while programs work on it. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StorageSettings } from '../open.ts';
import { clientConfig, connect } from '../postgres/connection.ts';
import { only, kyselyOver as overPostgres } from '../postgres/dialect.ts';
import { programVersion } from '../sql/migrations/run.ts';
import type { Tables } from '../sql/tables.ts';
import { databaseName, openReader } from '../sqlite/connection.ts';
import { kyselyOver } from '../sqlite/dialect.ts';
import { BackupError } from './backup-error.ts';
import { type BackupManifest, writeBackupFile } from './backup-file.ts';
import { findEnvelopeKeys, findIdentity } from './identity.ts';
import { canonicalRow, columnsOf, type Digest, type End, pagesOf } from './rows.ts';
import { copiedTables, type TableName } from './tables.ts';

/**
 * Writes the file. Every row is as it was at one moment; writers go on. While it runs, the embedded store's write-ahead log grows, since
 * what the snapshot still reads is not folded into the file.
 * @throws {BackupError} and what the file system or the store throws; nothing is left behind then
 */
export async function backUp(settings: StorageSettings, path: string, now: number): Promise<BackupManifest> {
  if (existsSync(path)) throw new BackupError('exists', `${path} is there already.`);
  return await inSnapshot(settings, async (end) => {
    const { version } = await end.db.selectFrom('schema').select('version').executeTakeFirstOrThrow();
    if (version !== programVersion) {
      throw new BackupError(
        'other_schema',
        `The store has schema version ${version}; this program works with ${programVersion}.`,
      );
    }
    const header = {
      schema: version,
      identity: (await findIdentity(end)) ?? '',
      createdAt: now,
      envelopeKeys: await findEnvelopeKeys(end),
    };
    return await writeBackupFile(path, header, async (line) => {
      const tables: (Digest & { readonly table: TableName })[] = [];
      for (const table of copiedTables) tables.push({ table, ...(await writeTable(end, table, line)) });
      return tables;
    });
  });
}

async function writeTable(end: End, table: TableName, line: (value: unknown) => void): Promise<Digest> {
  const columns = await columnsOf(end, table);
  line({ table, columns });
  const hash = createHash('sha256').update(`${canonicalRow(columns)}\n`);
  let rows = 0;
  for await (const page of pagesOf(end, table, columns)) {
    for (const row of page) {
      const values = columns.map((name) => row[name] ?? null);
      line(values);
      hash.update(`${canonicalRow(values)}\n`);
    }
    rows += page.length;
  }
  return { rows, hash: hash.digest('hex') };
}

async function inSnapshot<T>(settings: StorageSettings, work: (end: End) => Promise<T>): Promise<T> {
  const { postgres, directory } = settings;
  if (postgres === null) {
    const reader = openReader(join(directory, databaseName));
    try {
      reader.exec('begin');
      return await work({ dialect: 'sqlite', db: kyselyOver<Tables>(reader) });
    } finally {
      reader.close();
    }
  }
  const address = {
    ...postgres,
    passwordFile: postgres.passwordFile ?? undefined,
    caFile: postgres.caFile ?? undefined,
  };
  const times = { connectTimeoutMs: 5000, statementTimeoutMs: 60_000 };
  const client = await connect(clientConfig(address, times, 'countersign backup'), () => {});
  try {
    await client.query('begin isolation level repeatable read read only');
    return await work({ dialect: 'postgres', db: overPostgres<Tables>(only(client), false) });
  } finally {
    await client.end().catch(() => {});
  }
}
