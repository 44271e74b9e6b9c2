/** The envelope key file: what opens everything sealed in the store. Whoever reads it can read the store. */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

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
}

const keyBytes = 32;
const maxFileBytes = 4096;
const keyLine = /^[A-Za-z0-9+/]{43}=$/;

export function envelopeKey(key: Uint8Array): EnvelopeKey {
  const digest = createHash('sha256').update('countersign envelope key id v1\0').update(key).digest();
  return { id: digest.subarray(0, 6).toString('base64url'), key };
}

/**
 * Makes a key file with one new key, mode 0600, durable. Never overwrites; false when there was one already.
 * @throws the file system's error
 */
export function createEnvelopeKeyFile(path: string): boolean {
  return createPrivateFile(path, `${randomBytes(keyBytes).toString('base64')}\n`);
}

/**
 * Makes a file of mode 0600 that holds `text`: whole and on disk, or not at all. Never overwrites; false when the name was taken, be it by
 * another process at this moment.
 * @throws the file system's error
 */
export function createPrivateFile(path: string, text: string): boolean {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    fchmodSync(descriptor, 0o600);
    writeSync(descriptor, text);
    fsyncSync(descriptor);
    linkSync(temporary, path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    closeSync(descriptor);
    unlinkSync(temporary);
  }
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
  return true;
}

/**
 * The keys of a file, newest first: one base64 line each, of which the first seals and all open. The checks are made on the
 * open file, so that it cannot be exchanged between the check and the reading.
 * @throws {EnvelopeError}
 */
export function loadEnvelopeKeys(path: string): readonly EnvelopeKey[] {
  const descriptor = open(path);
  try {
    refuseUnsafe(path, fstatSync(descriptor));
    const buffer = Buffer.alloc(maxFileBytes);
    const text = buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, maxFileBytes, 0));
    const lines = text.split('\n').filter((line) => line !== '');
    if (lines.length === 0 || !lines.every((line) => keyLine.test(line))) {
      throw new EnvelopeError(
        'malformed',
        `${path} is not an envelope key file: it holds one line of 32 bytes in base64 per key.`,
      );
    }
    const keys = lines.map((line) => envelopeKey(Buffer.from(line, 'base64')));
    if (new Set(keys.map((key) => key.id)).size !== keys.length) {
      throw new EnvelopeError('malformed', `${path} holds the same envelope key twice.`);
    }
    return keys;
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
