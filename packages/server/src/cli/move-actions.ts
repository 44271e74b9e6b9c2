import { loadConfig } from '../config/index.ts';
import { loadEnvelopeKeys } from '../keys/envelope.ts';
import type { MoveProgress } from '../storage/snapshot/move.ts';
import { MoveError, type MoveErrorCode } from '../storage/snapshot/move-error.ts';
import { systemClock } from '../system.ts';
import { present } from './command.ts';
import { CommandError } from './command-error.ts';
import { configSources, requireDataDirectory } from './instance.ts';
import type { MoveCommandOptions } from './move.ts';
import { counted, facts } from './table.ts';
import { paint, type Terminal } from './terminal.ts';

const again = 'Run the same command again: it goes on where it stands. The source is as it was.';
const adviceByCode: Readonly<Record<MoveErrorCode, string>> = {
  source_missing: 'Name the data directory that the server works on: --data-dir DIR',
  source_schema:
    'Start and stop the server of this version on it once, or use the version that it was used with.',
  source_in_use: `Stop the server first. ${again}`,
  target_not_empty: 'Nothing was changed. Name an empty database: createdb NAME',
  already_moved: 'Nothing was changed. Start the server on it: --set storage.url=URL',
  target_busy: 'Wait for it to end.',
  target_failed: again,
  mismatch: `Please report it. ${again}`,
};

/** Progress goes to standard error, what came of it to standard output. */
export async function move(terminal: Terminal, options: MoveCommandOptions): Promise<void> {
  const loaded = loadConfig(
    configSources(terminal, {
      ...options,
      set: {
        ...options.set,
        'storage.url': options.to,
        ...(options.passwordFile !== undefined && { 'storage.passwordFile': options.passwordFile }),
      },
    }),
  );
  requireDataDirectory(loaded);
  const { storage, secrets, rateLimits } = loaded.config;
  const { postgres, directory } = storage;
  if (postgres === null) throw new CommandError('usage', '--to names no database.');
  const known = new Set(loadEnvelopeKeys(secrets.envelopeKeyFile).map(({ id }) => id));
  const { moveStore } = await import('../storage/snapshot/move.ts');
  const report = await moveStore({
    directory,
    target: {
      url: postgres.url,
      tls: postgres.tls,
      passwordFile: postgres.passwordFile ?? undefined,
      caFile: postgres.caFile ?? undefined,
    },
    clock: systemClock.now,
    waitSeconds: options.wait,
    requireKeys: (names) => requireKeys(names, known, secrets.envelopeKeyFile),
    onProgress: progressPrinter(terminal),
  }).catch((error: unknown) => {
    if (!(error instanceof MoveError)) throw error;
    throw new CommandError(error.code, error.message, adviceByCode[error.code], { cause: error });
  });
  const json = {
    moved: true,
    resumed: report.isResumed,
    rows: report.rows,
    rest_ms: report.restMs,
    tables: report.tables,
    envelope_key_file: secrets.envelopeKeyFile,
    rate_limit_secret_file: rateLimits.secretFile,
  };
  present(terminal, options, json, () => [
    `${paint(terminal, 'ok', 'Moved')}: ${counted(report.rows, 'row')} in ${counted(report.tables.length, 'table')}, the same in both by number and by hash.`,
    ...facts([
      ['source', `${directory} (unchanged; start no server on it any more)`],
      ['at rest for', `${report.restMs} ms`],
      ['envelope key', `${secrets.envelopeKeyFile} (not moved: every server on the database needs a copy)`],
      ['rate-limit key', `${rateLimits.secretFile} (the same)`],
    ]),
    `Next: set storage.url to ${postgres.url} and start the server: countersign serve --data-dir ${directory}`,
  ]);
}

/** What is sealed under a key that is not there would be of no use on the other side either. */
function requireKeys(names: readonly string[], known: ReadonlySet<string>, file: string): void {
  const missing = names.filter((name) => !known.has(name));
  if (missing.length === 0) return;
  throw new CommandError(
    'envelope_key_wrong',
    `${file} is not the envelope key of this store: signing keys are sealed under ${missing.join(', ')}.`,
    'Nothing was changed. Put the right key back from your backup.',
  );
}

const barWidth = 24;
const everyMs = 1000;

/** A line each second at the most. */
function progressPrinter(terminal: Terminal): (progress: MoveProgress) => void {
  let printedAt = performance.now();
  return (progress) => {
    switch (progress.kind) {
      case 'begun':
        terminal.err(
          `${progress.isResumed ? 'Going on' : 'Copying'}: about ${counted(progress.rows, 'row')}.`,
        );
        return;
      case 'rows': {
        if (performance.now() - printedAt < everyMs) return;
        printedAt = performance.now();
        const share = progress.of === 0 ? 1 : progress.done / progress.of;
        const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '.');
        terminal.err(`[${bar}] ${progress.done} of ${counted(progress.of, 'row')} (${progress.table})`);
        return;
      }
      case 'caught-up':
        terminal.err(`Compared all tables: ${counted(progress.changed, 'row')} written or removed.`);
        return;
      case 'waiting':
        terminal.err(`All is copied. Stop the server now; still at work: ${progress.users.join(', ')}.`);
        return;
      case 'verifying':
        terminal.err('The source is at rest. Comparing every table.');
        return;
    }
  };
}
