/** A file of secret keys with their age: one line each, `<32 bytes in base64>[ <epoch seconds>]`, newest first. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface KeyLine {
  /** As it stands in the file. */
  readonly base64: string;
  /** When it became the newest one, epoch seconds; 0: before ages were written. */
  readonly since: number;
}

const keyBytes = 32;
const keyLine = /^([A-Za-z0-9+/]{43}=)(?: ([0-9]{1,12}))?$/;

/** undefined when the text is no such file; an empty one is none. */
export function parseKeyLines(text: string): readonly KeyLine[] | undefined {
  const lines: KeyLine[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, base64, since] = keyLine.exec(line) ?? [];
    if (base64 === undefined) return undefined;
    lines.push({ base64, since: Number(since ?? 0) });
  }
  return lines.length === 0 ? undefined : lines;
}

export function newKeyLine(since: number): KeyLine {
  return { base64: randomBytes(keyBytes).toString('base64'), since };
}

export function formatKeyLines(lines: readonly KeyLine[]): string {
  return lines.map(({ base64, since }) => (since === 0 ? `${base64}\n` : `${base64} ${since}\n`)).join('');
}

/**
 * Makes a file of mode 0600 that holds `text`: whole and on disk, or not at all. Never overwrites; false when the name was taken, be it by
 * another process at this moment.
 * @throws the file system's error
 */
export function createPrivateFile(path: string, text: string): boolean {
  const temporary = writeTemporary(path, text);
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(temporary);
  }
  syncDirectory(path);
  return true;
}

/** A new content of a key file, on disk beside it, that waits to take its place. */
export interface KeyFileChange {
  /** A reader finds the old content or the new one, whole. @throws the file system's error */
  commit(): void;
  abandon(): void;
}

/**
 * Writes what `make` answers to `<path>.next`. That name is also the lock: of two changes at once the second is refused before it reads.
 * @throws {KeyFileError} `busy`; what `make` throws, and the file system's error
 */
export function beginKeyFileChange(path: string, make: () => readonly KeyLine[]): KeyFileChange {
  const waiting = `${path}.next`;
  const descriptor = openWaiting(waiting);
  try {
    fchmodSync(descriptor, 0o600);
    writeSync(descriptor, formatKeyLines(make()));
    fsyncSync(descriptor);
  } catch (error) {
    unlinkSync(waiting);
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return {
    commit() {
      renameSync(waiting, path);
      syncDirectory(path);
    },
    abandon: () => unlinkSync(waiting),
  };
}

/** The key file is being changed, or a change of it was cut off. */
class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
  readonly code = 'busy';
}

function openWaiting(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new KeyFileError(
      `${path} is there already: another change of these keys is under way, or one was cut off and changed nothing. If no other command is running, remove that file and try again.`,
      { cause: error },
    );
  }
}

function writeTemporary(path: string, text: string): string {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    fchmodSync(descriptor, 0o600);
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return temporary;
}

function syncDirectory(path: string): void {
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
