/** The envelope key file: what opens everything sealed in the store. Whoever reads it can read the store. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import {
  beginKeyFileChange,
  createPrivateFile,
  formatKeyLines,
  type KeyFileChange,
  type KeyLine,
  newKeyLine,
  parseKeyLines,
} from './key-file.ts';

export type EnvelopeErrorCode =
  | 'missing'
  | 'unreadable'
  | 'symlink'
  | 'exposed'
  | 'foreign_owner'
  | 'malformed';

/** The key file was refused. The message names the file and the remedy, never a byte of its content. */
class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly code: EnvelopeErrorCode;

  constructor(code: EnvelopeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface EnvelopeKey {
  /** Names the key in what it sealed: the first 48 bits of a hash of it, base64url. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** When it became the newest one, epoch seconds; 0: not known, long ago. */
  readonly since: number;
}

const maxFileBytes = 4096;

export function envelopeKey(key: Uint8Array, since = 0): EnvelopeKey {
  const digest = createHash('sha256').update('countersign envelope key id v1\0').update(key).digest();
  return { id: digest.subarray(0, 6).toString('base64url'), key, since };
}

/**
 * Makes a key file with one new key, mode 0600, durable. Never overwrites; false when there was one already.
 * @throws the file system's error
 */
export function createEnvelopeKeyFile(path: string): boolean {
  return createPrivateFile(path, formatKeyLines([newKeyLine(0)]));
}

/**
 * The keys of a file, newest first, of which the first seals and all open. The checks are made on the open file, so that it
 * cannot be exchanged between the check and the reading.
 * @throws {EnvelopeError}
 */
export function loadEnvelopeKeys(path: string): readonly EnvelopeKey[] {
  return readLines(path).map(({ base64, since }) => envelopeKey(Buffer.from(base64, 'base64'), since));
}

const maxKeys = 32;

/** Puts a new key before those of the file, which go on opening; nothing is changed before `commit`. @throws {EnvelopeError} */
export function addEnvelopeKey(path: string, now: number): KeyFileChange & { readonly added: EnvelopeKey } {
  const line = newKeyLine(now);
  const change = beginKeyFileChange(path, () => {
    const lines = readLines(path);
    if (lines.length >= maxKeys) {
      throw new EnvelopeError(
        'malformed',
        `${path} holds ${lines.length} keys already; drop old ones first: countersign key rewrap --drop-old`,
      );
    }
    return [line, ...lines];
  });
  return { ...change, added: envelopeKey(Buffer.from(line.base64, 'base64'), now) };
}

/** Leaves the newest key alone in the file: what older ones sealed never opens again. @throws {EnvelopeError} */
export function dropOldEnvelopeKeys(path: string): KeyFileChange {
  return beginKeyFileChange(path, () => readLines(path).slice(0, 1));
}

function readLines(path: string): readonly KeyLine[] {
  const descriptor = open(path);
  try {
    refuseUnsafe(path, fstatSync(descriptor));
    const buffer = Buffer.alloc(maxFileBytes);
    const text = buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, maxFileBytes, 0));
    const lines = parseKeyLines(text);
    if (lines === undefined) {
      throw new EnvelopeError(
        'malformed',
        `${path} is not an envelope key file: it holds one line of 32 bytes in base64 per key.`,
      );
    }
    if (new Set(lines.map((line) => line.base64)).size !== lines.length) {
      throw new EnvelopeError('malformed', `${path} holds the same envelope key twice.`);
    }
    return lines;
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') {
      throw new EnvelopeError(
        'missing',
        `There is no envelope key at ${path}; without it nothing sealed in the store opens.`,
        { cause: error },
      );
    }
    if (code === 'ELOOP' || code === 'EMLINK') {
      throw new EnvelopeError(
        'symlink',
        `The envelope key ${path} is a symbolic link; name the file itself.`,
        { cause: error },
      );
    }
    throw new EnvelopeError(
      'unreadable',
      `The envelope key ${path} cannot be read (${code ?? 'unknown error'}).`,
      { cause: error },
    );
  }
}

function refuseUnsafe(path: string, stats: Stats): void {
  if (!stats.isFile())
    throw new EnvelopeError('unreadable', `The envelope key ${path} is not a regular file.`);
  if (process.getuid !== undefined && stats.uid !== process.getuid()) {
    throw new EnvelopeError(
      'foreign_owner',
      `The envelope key ${path} belongs to another user of this machine; it must belong to the one that runs countersign.`,
    );
  }
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    throw new EnvelopeError(
      'exposed',
      `The envelope key ${path} may be read or written by others (mode ${(stats.mode & 0o777).toString(8)}); run: chmod 600 ${path}`,
    );
  }
}
