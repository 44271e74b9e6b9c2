/**
 * Brings a backup back into an empty place. The copy knows nothing of what was spent or revoked since it was made, so the restore raises an
 * epoch: sessions, refresh tokens, codes and whatever else grants something are left out, and every access token that any tenant issued until now
 * is revoked. All of it is one transaction, of which the audit record says that it happened.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { normaliseEntry } from '../../audit/chain.ts';
import type { StorageSettings } from '../open.ts';
import { clientConfig, connect } from '../postgres/connection.ts';
import { only, kyselyOver as overPostgres, postgresSchema } from '../postgres/dialect.ts';
import { identifyProcess } from '../process-identity.ts';
import { appendAudit, closeOwnChains } from '../sql/audit-chains.ts';
import type { WriteScope } from '../sql/engine.ts';
import { HeadMemory } from '../sql/head-memory.ts';
import { migrate, programVersion } from '../sql/migrations/run.ts';
import { addRevocations } from '../sql/revocations.ts';
import type { Tables } from '../sql/tables.ts';
import { databaseName, openWriter } from '../sqlite/connection.ts';
import { kyselyOver, sqliteSchema } from '../sqlite/dialect.ts';
import { BackupError } from './backup-error.ts';
import { type BackupManifest, readBackupFile } from './backup-file.ts';
import { columnsOf, continueAfter, countRows, type End, highestNumber, insertRows } from './rows.ts';
import { copiedTables, countingTables, type TableName, tableEntries } from './tables.ts';

export interface RestoreOptions {
  readonly settings: StorageSettings;
  readonly path: string;
  /** Epoch seconds. */
  readonly now: number;
  /** How long an access token may live. */
  readonly revocationSeconds: number;
  /** Refuses, by throwing, before anything is written. */
  readonly requireKeys: (names: readonly string[]) => void;
}

export interface RestoreReport extends BackupManifest {
  readonly restoredRows: number;
  /** Rows of grants that were in the backup and ended. */
  readonly endedRows: number;
}

/** @throws {BackupError} and what the store throws; nothing is left behind then */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const manifest = await verifyBackup(options.path);
  if (manifest.schema !== programVersion) {
    throw new BackupError(
      'other_schema',
      `The backup has schema version ${manifest.schema}; this program works with ${programVersion}.`,
    );
  }
  options.requireKeys(manifest.envelopeKeys);
  const count = (wanted: boolean): number =>
    manifest.tables.reduce((sum, { table, rows }) => sum + (isEnded(table) === wanted ? rows : 0), 0);
  await inEmptyStore(options.settings, (end) => fill(end, options, manifest));
  return { ...manifest, restoredRows: count(false), endedRows: count(true) };
}

/** Reads every byte. @throws {BackupError} */
export async function verifyBackup(path: string): Promise<BackupManifest> {
  return await readBackupFile(path, { onRows: async () => {} });
}

function isEnded(table: TableName): boolean {
  return tableEntries[table].nature === 'grant';
}

async function fill(end: End, options: RestoreOptions, checked: BackupManifest): Promise<void> {
  const columns = new Map<TableName, string>();
  for (const table of copiedTables) columns.set(table, (await columnsOf(end, table)).join());
  // The file is read a second time, and may be another one by now: it is checked again, before the commit.
  const manifest = await readBackupFile(options.path, {
    async onRows(table, names, rows) {
      if (columns.get(table) !== names.join())
        throw new BackupError('damaged', `The table ${table} has other columns.`);
      if (!isEnded(table)) await insertRows(end, table, names, rows);
    },
  });
  if (manifest.sha256 !== checked.sha256)
    throw new BackupError('damaged', 'The backup changed while it was read.');
  for (const { table, rows } of manifest.tables) {
    const found = await countRows(end, table);
    if (found !== (isEnded(table) ? 0 : rows)) {
      throw new BackupError('damaged', `Rows of the table ${table} contradict each other.`);
    }
  }
  for (const table of countingTables) {
    const { rows } = await sql<{
      readonly top: number | null;
    }>`select max(seq) as top from ${sql.table(table)}`.execute(end.db);
    await continueAfter(end, table, Math.max(Number(rows[0]?.top ?? 0), await highestNumber(end, table)));
  }
  await raiseEpoch(end, options, manifest);
}

async function raiseEpoch(end: End, options: RestoreOptions, manifest: BackupManifest): Promise<void> {
  const { now } = options;
  // A sign-in that was under way ends too. A claim against replay has no value, and stays.
  await sql`delete from ephemeral where value <> ''`.execute(end.db);
  const scope: WriteScope = {
    trx: end.db,
    compiled: new Map(),
    now,
    process: identifyProcess('restore').id,
    heads: new HeadMemory(1000),
    audit: async (entries) => void (await appendAudit(scope, entries.map(normaliseEntry))),
    noteChange: () => {},
  };
  const tenants = await end.db.selectFrom('tenant').select('id').orderBy('id').execute();
  for (const { id: tenant } of tenants) {
    await addRevocations(scope, tenant, [
      { tenant, kind: 'tenant', id: tenant, revokedAt: now, expiresAt: now + options.revocationSeconds },
    ]);
    await scope.audit([
      {
        tenant,
        at: now,
        action: 'store.restored',
        actor: { kind: 'operator', id: 'cli' },
        target: { kind: 'tenant', id: tenant },
        outcome: 'ok',
        reason: null,
        traceId: '',
        details: { backupCreatedAt: manifest.createdAt, backupHash: manifest.sha256 },
        personal: null,
      },
    ]);
  }
  while ((await closeOwnChains(scope)) === 'more');
}

async function inEmptyStore(settings: StorageSettings, work: (end: End) => Promise<void>): Promise<void> {
  if (settings.postgres === null) await inNewFile(settings.directory, work);
  else await inEmptyDatabase(settings.postgres, work);
}

/** The file gets its name when it is whole. */
async function inNewFile(directory: string, work: (end: End) => Promise<void>): Promise<void> {
  const file = join(directory, databaseName);
  const temporary = `${file}.restoring`;
  if (existsSync(file)) throw new BackupError('target_not_empty', `${file} is there already.`);
  rmSync(temporary, { force: true });
  rmSync(`${temporary}-journal`, { force: true });
  // SQLite gives its journal the mode of the file.
  closeSync(openSync(temporary, 'wx', 0o600));
  const database = openWriter(temporary, undefined);
  try {
    database.exec('pragma synchronous=full');
    database.exec('begin immediate');
    await migrate(kyselyOver<never>(database), sqliteSchema, undefined);
    await work({ dialect: 'sqlite', db: kyselyOver<Tables>(database) });
    database.exec('commit');
    database.close();
    linkSync(temporary, file);
    const folder = openSync(directory, 'r');
    fsyncSync(folder);
    closeSync(folder);
  } finally {
    if (database.isOpen) database.close();
    rmSync(temporary, { force: true });
  }
}

async function inEmptyDatabase(
  postgres: NonNullable<StorageSettings['postgres']>,
  work: (end: End) => Promise<void>,
): Promise<void> {
  const address = {
    ...postgres,
    passwordFile: postgres.passwordFile ?? undefined,
    caFile: postgres.caFile ?? undefined,
  };
  const times = { connectTimeoutMs: 5000, statementTimeoutMs: 300_000 };
  const client = await connect(clientConfig(address, times, 'countersign restore'), () => {});
  try {
    const db = overPostgres<Tables>(only(client), false);
    await client.query('begin');
    const { rows } = await client.query(
      'select count(*)::int as n from information_schema.tables where table_schema = current_schema()',
    );
    if (rows[0]?.n !== 0) throw new BackupError('target_not_empty', 'The database is not empty.');
    await migrate(db as unknown as Kysely<never>, postgresSchema, undefined);
    await work({ dialect: 'postgres', db });
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}
