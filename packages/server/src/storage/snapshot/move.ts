/**
 * Moves the embedded store into a PostgreSQL database. Rows are copied while programs work on the source, and compared again and again
 * until little changes. The last comparison is made with the source at rest: every program that used it has ended, and its write lock is
 * held. Only when each table has the same rows in both is the target opened.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresAddress } from '../postgres/connection.ts';
import { toStorageError } from '../postgres/errors.ts';
import { identifyProcess } from '../process-identity.ts';
import { equaliseTable } from './equalise.ts';
import { findEnvelopeKeys } from './identity.ts';
import { MoveError } from './move-error.ts';
import { listUsers, type MoveSource, openMoveSource } from './move-source.ts';
import { type MoveTarget, openMoveTarget } from './move-target.ts';
import { continueAfter, countRows, type Digest, digestTable, type End, highestNumber } from './rows.ts';
import { copiedTables, countingTables, type TableName } from './tables.ts';

export interface MoveOptions {
  /** Data directory of the embedded store. */
  readonly directory: string;
  readonly target: PostgresAddress;
  /** Epoch seconds. */
  readonly clock: () => number;
  /** How long to wait for the programs on the source to end, once it is copied. */
  readonly waitSeconds: number;
  /** Refuses, by throwing, before anything is written: the envelope keys that the target's programs will need. */
  readonly requireKeys: (names: readonly string[]) => void;
  readonly onProgress: (progress: MoveProgress) => void;
}

export type MoveProgress =
  | { readonly kind: 'begun'; readonly isResumed: boolean; readonly rows: number }
  | { readonly kind: 'rows'; readonly table: string; readonly done: number; readonly of: number }
  | { readonly kind: 'caught-up'; readonly changed: number }
  | { readonly kind: 'waiting'; readonly users: readonly string[] }
  | { readonly kind: 'verifying' };

export interface MoveReport {
  readonly isResumed: boolean;
  readonly tables: readonly (Digest & { readonly table: string })[];
  readonly rows: number;
  /** How long the source was held at rest. */
  readonly restMs: number;
}

/** A round that changes fewer rows than this ends the catching up; so do this many rounds. */
const fewRows = 1000;
const maxRounds = 5;
const pollMs = 250;
/** While programs still work on the source, this often the target catches up with them. */
const catchUpMs = 10_000;
const lockPatienceMs = 30_000;

/** @throws {MoveError} */
export async function moveStore(options: MoveOptions): Promise<MoveReport> {
  const { clock, onProgress } = options;
  const self = identifyProcess('move');
  const source = await openMoveSource(options.directory, self, clock);
  try {
    options.requireKeys(await findEnvelopeKeys(source.end));
    const target = await answering(() =>
      openMoveTarget(options.target, source.identity, source.schema, clock()),
    );
    try {
      onProgress({ kind: 'begun', isResumed: target.isResumed, rows: await countAll(source.end) });
      await copy(source, target, onProgress);
      return await finish(source, target, options, self);
    } finally {
      await target.close().catch(() => {});
    }
  } finally {
    source.close();
  }
}

async function copy(
  source: MoveSource,
  target: MoveTarget,
  onProgress: MoveOptions['onProgress'],
): Promise<void> {
  for (let round = 0; round < maxRounds; round += 1) {
    const changed = await equaliseAll(source.end, target.end, onProgress);
    onProgress({ kind: 'caught-up', changed });
    if (changed < fewRows) return;
  }
}

async function equaliseAll(source: End, target: End, onProgress: MoveOptions['onProgress']): Promise<number> {
  const of = await countAll(source);
  let done = 0;
  let changed = 0;
  for (const table of copiedTables) {
    changed += await answering(() =>
      equaliseTable(source, target, table, (count) => {
        done += count;
        onProgress({ kind: 'rows', table, done, of: Math.max(of, done) });
      }),
    );
  }
  return changed;
}

async function finish(
  source: MoveSource,
  target: MoveTarget,
  options: MoveOptions,
  self: ReturnType<typeof identifyProcess>,
): Promise<MoveReport> {
  const until = performance.now() + options.waitSeconds * 1000;
  let told = '';
  let caughtUpAt = performance.now();
  for (;;) {
    const users = await source.listUsers();
    if (users.length === 0) {
      const report = await source.atRest(lockPatienceMs, async (end) => {
        // Whoever opened the store since has signed in by a write, which this lock lets nobody make any more.
        if ((await listUsers(end, self, options.clock())).length > 0) return undefined;
        options.onProgress({ kind: 'verifying' });
        return await verifyAndOpen(end, target, source.schema.readableFrom);
      });
      if (report !== undefined) return report;
      continue;
    }
    if (users.join() !== told) options.onProgress({ kind: 'waiting', users });
    told = users.join();
    if (performance.now() >= until) {
      throw new MoveError(
        'source_in_use',
        `Everything is copied, but the source is still in use by ${users.join(', ')}.`,
      );
    }
    await sleep(pollMs);
    if (performance.now() - caughtUpAt < catchUpMs) continue;
    await equaliseAll(source.end, target.end, () => {});
    caughtUpAt = performance.now();
  }
}

async function verifyAndOpen(source: End, target: MoveTarget, readableFrom: number): Promise<MoveReport> {
  const began = performance.now();
  const tables: (Digest & { readonly table: string })[] = [];
  for (const table of copiedTables) {
    tables.push({ table, ...(await answering(() => verifyTable(source, target.end, table))) });
  }
  await answering(async () => {
    for (const table of countingTables) {
      await continueAfter(target.end, table, await highestNumber(source, table));
    }
    await target.finish(readableFrom);
  });
  return {
    isResumed: target.isResumed,
    tables,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    restMs: Math.round(performance.now() - began),
  };
}

async function verifyTable(source: End, target: End, table: TableName): Promise<Digest> {
  const wanted = await digestTable(source, table);
  const first = await digestTable(target, table);
  if (isSame(wanted, first)) return wanted;
  await equaliseTable(source, target, table, () => {});
  const second = await digestTable(target, table);
  if (isSame(wanted, second)) return wanted;
  throw new MoveError(
    'mismatch',
    `The table ${table} has ${wanted.rows} rows with the hash ${wanted.hash} in the source, and ${second.rows} with ${second.hash} in the target.`,
  );
}

function isSame(one: Digest, other: Digest): boolean {
  return one.rows === other.rows && one.hash === other.hash;
}

async function countAll(end: End): Promise<number> {
  let rows = 0;
  for (const table of copiedTables) rows += await countRows(end, table);
  return rows;
}

/** What the database throws, as an error that says that the move can be gone on with. */
async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MoveError) throw error;
    const { message } = toStorageError(error);
    throw new MoveError('target_failed', `The move was interrupted: ${message}`, { cause: error });
  }
}
