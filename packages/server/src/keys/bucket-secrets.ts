/** The key file of the rate-limit buckets: the first key names a bucket, the others name those that are still counting. */
import { readFileSync } from 'node:fs';
import {
  beginKeyFileChange,
  type KeyFileChange,
  type KeyLine,
  newKeyLine,
  parseKeyLines,
} from './key-file.ts';

export type BucketSecretErrorCode = 'too_short' | 'not_rotatable';

class BucketSecretError extends Error {
  override readonly name = 'BucketSecretError';
  readonly code: BucketSecretErrorCode;

  constructor(code: BucketSecretErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const minSecretBytes = 16;
const maxKeys = 8;

/** A file that holds no lines of ours is one key as it stands. @throws {BucketSecretError} and the file system's error */
export function readBucketSecrets(path: string): readonly Uint8Array[] {
  const bytes = readFileSync(path);
  if (bytes.length < minSecretBytes) {
    throw new BucketSecretError(
      'too_short',
      `rateLimits.secretFile (${path}) has less than ${minSecretBytes} bytes: the keys of the buckets could be guessed, and addresses with them. Write 32 random bytes to it.`,
    );
  }
  const lines = parseKeyLines(bytes.toString('latin1'));
  // The newline belongs to the key: a file of one line was always taken whole.
  return lines === undefined ? [bytes] : lines.map(({ base64 }) => Buffer.from(`${base64}\n`));
}

/** Puts a new key before those of the file; nothing is changed before `commit`. @throws {BucketSecretError} and the file system's error */
export function addBucketSecret(path: string, now: number): KeyFileChange {
  return beginKeyFileChange(path, () => {
    const lines = readLines(path);
    if (lines.length < maxKeys) return [newKeyLine(now), ...lines];
    throw new BucketSecretError(
      'not_rotatable',
      `${path} holds ${maxKeys} keys already. Drop old ones first: countersign key rewrap --drop-old`,
    );
  });
}

/** Leaves the newest key alone. @throws {BucketSecretError} and the file system's error */
export function dropOldBucketSecrets(path: string): KeyFileChange {
  return beginKeyFileChange(path, () => readLines(path).slice(0, 1));
}

function readLines(path: string): readonly KeyLine[] {
  const lines = parseKeyLines(readFileSync(path, 'latin1'));
  if (lines !== undefined) return lines;
  throw new BucketSecretError(
    'not_rotatable',
    `${path} holds a key that was not made here. Put a line of 32 random bytes in base64 into it and restart; counts begin anew with it.`,
  );
}
