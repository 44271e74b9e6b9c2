import { loadConfig } from '../config/index.ts';
import { loadEnvelopeKeys } from '../keys/envelope.ts';
import { BackupError, type BackupErrorCode } from '../storage/snapshot/backup-error.ts';
import type { BackupManifest } from '../storage/snapshot/backup-file.ts';
import { systemClock } from '../system.ts';
import { type CommonOptions, present } from './command.ts';
import { CommandError } from './command-error.ts';
import { configSources, requireDataDirectory, revocationSeconds } from './instance.ts';
import { counted, facts, formatTime } from './table.ts';
import { paint, type Terminal } from './terminal.ts';

const adviceByCode: Readonly<Record<BackupErrorCode, string>> = {
  exists: 'Nothing was changed. Name another file.',
  damaged: 'Nothing was changed. Use another backup.',
  newer_format: 'Nothing was changed. Use the version of Countersign that wrote it, or a newer one.',
  other_schema:
    'Nothing was changed. Use the version of Countersign that wrote it; start a newer one on the result.',
  target_not_empty: 'Nothing was changed. Name an empty data directory, or an empty database.',
};

export async function makeBackup(terminal: Terminal, options: CommonOptions & { to: string }): Promise<void> {
  const loaded = loadConfig(configSources(terminal, options));
  requireDataDirectory(loaded);
  const { storage, secrets } = loaded.config;
  const { backUp } = await import('../storage/snapshot/backup.ts');
  const manifest = await inWords(backUp(storage, options.to, systemClock.now()));
  const json = { file: options.to, ...toJson(manifest), envelope_key_file: secrets.envelopeKeyFile };
  present(terminal, options, json, () => [
    `Backed up ${describeRows(manifest)} to ${options.to}.`,
    ...facts([
      ['hash', manifest.sha256],
      [
        'envelope key',
        `${secrets.envelopeKeyFile} (not in the backup, which does not open without it: keep a copy apart from the backups)`,
      ],
    ]),
  ]);
}

export async function verify(terminal: Terminal, options: CommonOptions, file: string): Promise<void> {
  const { verifyBackup } = await import('../storage/snapshot/restore.ts');
  const manifest = await inWords(verifyBackup(file));
  present(terminal, options, { valid: true, ...toJson(manifest) }, () => [
    `${paint(terminal, 'ok', 'Intact')}: ${describeRows(manifest)}.`,
    ...facts([
      ['made', formatTime(manifest.createdAt)],
      ['schema', manifest.schema],
      ['sealed under', manifest.envelopeKeys.join(', ')],
      ['hash', manifest.sha256],
    ]),
  ]);
}

export async function restoreBackup(
  terminal: Terminal,
  options: CommonOptions & { from: string },
): Promise<void> {
  const loaded = loadConfig(configSources(terminal, options));
  requireDataDirectory(loaded);
  const { storage, secrets } = loaded.config;
  const known = new Set(loadEnvelopeKeys(secrets.envelopeKeyFile).map(({ id }) => id));
  const { restore } = await import('../storage/snapshot/restore.ts');
  const report = await inWords(
    restore({
      settings: storage,
      path: options.from,
      now: systemClock.now(),
      revocationSeconds,
      requireKeys: (names) => {
        if (names.every((name) => known.has(name))) return;
        throw new CommandError(
          'envelope_key_wrong',
          `${secrets.envelopeKeyFile} is not the envelope key of this backup, which is sealed under ${names.join(', ')}.`,
          'Nothing was changed. Put the key that was in use when the backup was made there.',
        );
      },
    }),
  );
  const json = {
    restored: true,
    ...toJson(report),
    restored_rows: report.restoredRows,
    ended_rows: report.endedRows,
  };
  present(terminal, options, json, () => [
    `${paint(terminal, 'ok', 'Restored')}: ${counted(report.restoredRows, 'row')} as of ${formatTime(report.createdAt)}.`,
    `Ended: ${counted(report.endedRows, 'row')} of sessions, refresh tokens, codes and links. Everybody signs in again.`,
    'Access tokens from before are not active at this server any more; a resource server that checks JWTs by itself accepts one until it expires.',
    'What was changed since the backup is as it was then: passwords, client secrets, disabled users. See the audit record kept elsewhere.',
  ]);
}

async function inWords<T>(work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    if (!(error instanceof BackupError)) throw error;
    throw new CommandError(error.code, error.message, adviceByCode[error.code], { cause: error });
  });
}

function describeRows({ tables }: BackupManifest): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return `${counted(rows, 'row')} in ${counted(tables.length, 'table')}`;
}

function toJson(manifest: BackupManifest): Record<string, unknown> {
  return {
    created_at: manifest.createdAt,
    schema: manifest.schema,
    envelope_keys: manifest.envelopeKeys,
    sha256: manifest.sha256,
    tables: manifest.tables,
  };
}
