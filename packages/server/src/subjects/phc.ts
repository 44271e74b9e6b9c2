/** Password hashes in PHC string form: reading and writing, no computing. */

export interface Argon2idHash {
  readonly scheme: 'argon2id';
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

export interface Pbkdf2Hash {
  readonly scheme: 'pbkdf2-sha256';
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

export type PasswordHash = Argon2idHash | Pbkdf2Hash;

const argon2idForm =
  /^\$argon2id\$v=19\$m=([1-9][0-9]{0,6}),t=([1-9][0-9]?),p=([1-9][0-9]?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
const pbkdf2Form =
  /^\$pbkdf2-sha256\$i=([1-9][0-9]{0,6})(?:,l=32)?\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/;

/** Costs above these are refused: one stored hash must not be able to stop the server. */
const maxMemoryKib = 262_144;
const maxPasses = 16;
const maxParallelism = 8;
const maxIterations = 2_000_000;

/** undefined for anything that is not a hash we can and want to compute. */
export function parsePhc(text: string): PasswordHash | undefined {
  const argon = argon2idForm.exec(text);
  if (argon !== null) {
    const [memoryKib, passes, parallelism] = [Number(argon[1]), Number(argon[2]), Number(argon[3])];
    if (
      memoryKib > maxMemoryKib ||
      passes > maxPasses ||
      parallelism > maxParallelism ||
      memoryKib < 8 * parallelism
    )
      return undefined;
    return {
      scheme: 'argon2id',
      memoryKib,
      passes,
      parallelism,
      salt: decode(argon[4]),
      hash: decode(argon[5]),
    };
  }
  const pbkdf2 = pbkdf2Form.exec(text);
  if (pbkdf2 === null || Number(pbkdf2[1]) > maxIterations) return undefined;
  return {
    scheme: 'pbkdf2-sha256',
    iterations: Number(pbkdf2[1]),
    salt: decode(pbkdf2[2]),
    hash: decode(pbkdf2[3]),
  };
}

export function formatPhc(hash: PasswordHash): string {
  const cost =
    hash.scheme === 'argon2id'
      ? `argon2id$v=19$m=${hash.memoryKib},t=${hash.passes},p=${hash.parallelism}`
      : `pbkdf2-sha256$i=${hash.iterations}`;
  return `$${cost}$${encode(hash.salt)}$${encode(hash.hash)}`;
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

function decode(text: string | undefined): Uint8Array {
  return Buffer.from(text ?? '', 'base64');
}
