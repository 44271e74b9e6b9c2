import { findSigningAlgorithm } from './algorithms.ts';
import { JoseError } from './jose-error.ts';
import { type Jwk, parseJwk } from './jwk.ts';
import type { JwsHeader } from './jws.ts';
import { isJsonObject } from './strict-json.ts';
import { fitsAlgorithm, importVerificationKey } from './verification-key.ts';

export interface JwkSet {
  readonly keys: readonly Jwk[];
}

export interface JwkSetOptions {
  /** What to do with a signature key we cannot use: `refuse` for a registered set, `ignore` (RFC 7517 §5) for a fetched one. */
  readonly onUnusable: 'refuse' | 'ignore';
  /** Default 20. */
  readonly maxKeys?: number;
}

/** How many keys one verification may try: a set without `kid` must not buy unbounded work. */
const maxCandidates = 5;

/**
 * Parses a set of public keys. Keys for encryption (`use: enc`) are left out. A set holding private or symmetric
 * material is refused whole in both modes, because whoever published it has lost that key; with `refuse` so is a set
 * where two keys of one type share a `kid`. Not checked: who publishes the set, and certificates in `x5c`.
 * @throws {JoseError} `malformed`, `too_large`, `private_key`, and with `refuse` what `importVerificationKey` throws
 * @see RFC 7517 §5
 */
export function parseJwkSet(input: unknown, options: JwkSetOptions): JwkSet {
  if (!isJsonObject(input) || !Object.hasOwn(input, 'keys') || !Array.isArray(input.keys)) {
    throw new JoseError('malformed', 'a JWK Set is an object with a keys array');
  }
  const entries: readonly unknown[] = input.keys;
  if (entries.length > (options.maxKeys ?? 20)) throw new JoseError('too_large', 'too many keys in the set');
  const keys = entries.flatMap((entry) => usableKey(entry, options.onUnusable));
  if (options.onUnusable === 'refuse') refuseSharedKid(keys);
  return { keys };
}

/**
 * The keys that may verify a header: same `kid` if the header names one, and fit for its algorithm. At most five.
 * @see RFC 7515 §4.1.4, RFC 7517 §4
 */
export function selectKeys(jwks: JwkSet, header: Pick<JwsHeader, 'alg' | 'kid'>): readonly Jwk[] {
  const algorithm = findSigningAlgorithm(header.alg);
  if (algorithm === undefined) return [];
  return jwks.keys
    .filter((jwk) => (header.kid === undefined || jwk.kid === header.kid) && fitsAlgorithm(jwk, algorithm))
    .slice(0, maxCandidates);
}

function refuseSharedKid(keys: readonly Jwk[]): void {
  const labels = keys.filter((key) => key.kid !== undefined).map((key) => JSON.stringify([key.kid, key.kty]));
  if (new Set(labels).size !== labels.length) throw new JoseError('malformed', 'two keys with one kid');
}

function usableKey(entry: unknown, onUnusable: 'refuse' | 'ignore'): readonly Jwk[] {
  try {
    if (isEncryptionKey(entry)) return [];
    const jwk = parseJwk(entry);
    // An RSA key may leave its algorithm open; either of ours proves that the material is sound.
    importVerificationKey(jwk, jwk.kty === 'RSA' && jwk.alg === undefined ? 'PS256' : undefined);
    return [jwk];
  } catch (error) {
    if (!(error instanceof JoseError)) throw error;
    if (onUnusable === 'refuse' || error.code === 'private_key') throw error;
    return [];
  }
}

/** Private material counts even in a key that we would leave out. */
function isEncryptionKey(entry: unknown): boolean {
  if (!isJsonObject(entry) || !Object.hasOwn(entry, 'use') || entry.use !== 'enc') return false;
  if (
    entry.kty === 'oct' ||
    ['d', 'k', 'p', 'q', 'priv', 'seed'].some((name) => Object.hasOwn(entry, name))
  ) {
    throw new JoseError('private_key', 'a JWK with private or symmetric key material');
  }
  return true;
}
