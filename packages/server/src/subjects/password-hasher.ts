import { argon2, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Hashed } from '../storage/secrets.ts';
import { type Argon2idHash, formatPhc, type PasswordHash, parsePhc } from './phc.ts';
import { createWorkPool } from './work-pool.ts';

export interface VerifiedPassword {
  readonly matches: boolean;
  /** It matches, and its stored form is weaker than what `hash` makes today. */
  readonly needsRehash: boolean;
}

/** Argon2id off the thread, in a bounded pool. Both verbs throw HasherBusyError, having done nothing, when the pool is full. */
export interface PasswordHasher {
  /** A PHC string with a fresh salt. */
  hash<Purpose extends string>(secret: string): Promise<Hashed<Purpose>>;
  /**
   * Compares in constant time. null, and a stored value that is no hash, cost the same work as a wrong password and never
   * match. A PBKDF2 hash takes its own time until it has been replaced.
   */
  verify<Purpose extends string>(stored: Hashed<Purpose> | null, secret: string): Promise<VerifiedPassword>;
}

const memoryKib = 19_456;
const passes = 2;
const parallelism = 1;
const saltBytes = 16;
const hashBytes = 32;
/** More than any password that was accepted; a longer one is not worth reading. */
const maxSecretBytes = 4096;

export function createPasswordHasher(limits: {
  readonly concurrency: number;
  readonly queue: number;
}): PasswordHasher {
  const pool = createWorkPool(limits.concurrency, limits.queue);
  const dummy = freshCost(randomBytes(saltBytes), randomBytes(hashBytes));

  return {
    async hash<Purpose extends string>(secret: string): Promise<Hashed<Purpose>> {
      const cost = freshCost(randomBytes(saltBytes), new Uint8Array(hashBytes));
      const hash = await pool.run(() => compute(cost, normalize(secret)));
      return formatPhc({ ...cost, hash }) as Hashed<Purpose>;
    },

    async verify(stored, secret) {
      const parsed = stored === null ? undefined : parsePhc(stored);
      const bytes = normalize(secret);
      const readable = bytes.length <= maxSecretBytes;
      const expected = parsed ?? dummy;
      const actual = await pool.run(() => compute(expected, readable ? bytes : new Uint8Array(0)));
      const equal = timingSafeEqual(actual, expected.hash);
      const matches = equal && readable && parsed !== undefined;
      return { matches, needsRehash: matches && isWeaker(expected) };
    },
  };
}

function freshCost(salt: Uint8Array, hash: Uint8Array): Argon2idHash {
  return { scheme: 'argon2id', memoryKib, passes, parallelism, salt, hash };
}

/** RFC 8265 §4.2: the same letters, however a keyboard composes them, are the same password. */
function normalize(secret: string): Uint8Array {
  return Buffer.from(secret.normalize('NFC'), 'utf8');
}

function isWeaker(hash: PasswordHash): boolean {
  return (
    hash.scheme !== 'argon2id' ||
    hash.memoryKib < memoryKib ||
    hash.passes < passes ||
    hash.hash.length < hashBytes ||
    hash.salt.length < saltBytes
  );
}

function compute(hash: PasswordHash, secret: Uint8Array): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const done = (error: Error | null, result: Uint8Array): void =>
    error === null ? resolve(result) : reject(error);
  if (hash.scheme === 'argon2id') {
    const parameters = {
      message: secret,
      nonce: hash.salt,
      parallelism: hash.parallelism,
      memory: hash.memoryKib,
      passes: hash.passes,
      tagLength: hash.hash.length,
    };
    argon2('argon2id', parameters, done);
  } else {
    pbkdf2(secret, hash.salt, hash.iterations, hash.hash.length, 'sha256', done);
  }
  return promise;
}
