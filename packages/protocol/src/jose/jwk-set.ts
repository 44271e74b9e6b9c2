import { findSigningAlgorithm, signingAlgorithms } from './algorithms.ts';
import { findKeyManagement, type KeyManagement, keyManagementAlgorithms } from './encryption-algorithms.ts';
import { fitsKeyManagement, importEncryptionKey } from './encryption-key.ts';
import { JoseError } from './jose-error.ts';
import { type Jwk, parseJwk } from './jwk.ts';
import type { JwsHeader } from './jws.ts';
import { isJsonObject } from './strict-json.ts';
import { fitsAlgorithm, importVerificationKey } from './verification-key.ts';

export interface JwkSet {
  readonly keys: readonly Jwk[];
}

export interface JwkSetOptions {
  /** What to do with a key we cannot use: `refuse` for a registered set, `ignore` (RFC 7517 §5) for a fetched one. */
  readonly onUnusable: 'refuse' | 'ignore';
  /** Default 20. */
  readonly maxKeys?: number;
}

/** How many keys one verification may try: a set without `kid` must not buy unbounded work. */
const maxCandidates = 5;

/**
 * Parses a set of public keys, for signatures and for encryption. A key for encryption by an algorithm that we do not have is
 * left out: nobody has asked us to use it. A set holding private or symmetric material is refused whole in both modes, because
 * whoever published it has lost that key; with `refuse` so is a set where two keys of one type and use share a `kid`. Keys of an
 * algorithm behind a flag cannot be used: we sign with it where it is switched on, and take it of nobody. Not checked:
 * who publishes the set, and certificates in `x5c`.
 * @throws {JoseError} `malformed`, `too_large`, `private_key`, and with `refuse` what `importVerificationKey` and
 * `importEncryptionKey` throw
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

/**
 * The key of a set that a message is encrypted to: the first that says most clearly that it is for this, by `use: enc`, then by
 * `alg`. In a set of several keys one without `kid` is passed over, since the header could not name it.
 * @see OpenID Connect Core §10.2
 */
export function selectEncryptionKey(jwks: JwkSet, algorithm: KeyManagement): Jwk | undefined {
  const clarity = (jwk: Jwk): number => Number(jwk.use === 'enc') * 2 + Number(jwk.alg === algorithm.name);
  return jwks.keys
    .filter((jwk) => fitsKeyManagement(jwk, algorithm) && (jwk.kid !== undefined || jwks.keys.length === 1))
    .toSorted((a, b) => clarity(b) - clarity(a))[0];
}

/** Whether some key of a set can verify a signature. */
export function hasVerificationKey(jwks: JwkSet): boolean {
  return jwks.keys.some((jwk) => signingAlgorithms.some((algorithm) => fitsAlgorithm(jwk, algorithm)));
}

function refuseSharedKid(keys: readonly Jwk[]): void {
  const labels = keys
    .filter((key) => key.kid !== undefined)
    .map((key) => JSON.stringify([key.kid, key.kty, key.use === 'enc']));
  if (new Set(labels).size !== labels.length) throw new JoseError('malformed', 'two keys with one kid');
}

function usableKey(entry: unknown, onUnusable: 'refuse' | 'ignore'): readonly Jwk[] {
  try {
    return isForEncryption(entry) ? encryptionKey(entry) : [signatureKey(entry)];
  } catch (error) {
    if (!(error instanceof JoseError)) throw error;
    if (onUnusable === 'refuse' || error.code === 'private_key') throw error;
    return [];
  }
}

function signatureKey(entry: unknown): Jwk {
  const jwk = parseJwk(entry);
  // An RSA key may leave its algorithm open; either of ours proves that the material is sound.
  const { algorithm } = importVerificationKey(
    jwk,
    jwk.kty === 'RSA' && jwk.alg === undefined ? 'PS256' : undefined,
  );
  if (algorithm.flag !== undefined)
    throw new JoseError('unsupported_algorithm', `${algorithm.name} is taken of nobody else`);
  return jwk;
}

function encryptionKey(entry: Readonly<Record<string, unknown>>): readonly Jwk[] {
  refusePrivateMaterial(entry);
  if (!publicTypes.includes(entry.kty)) return [];
  const jwk = parseJwk(entry);
  const algorithm = keyManagementAlgorithms.find((candidate) => fitsKeyManagement(jwk, candidate));
  if (algorithm === undefined) return [];
  importEncryptionKey(jwk, algorithm);
  return [jwk];
}

const publicTypes: readonly unknown[] = ['EC', 'OKP', 'RSA'];

/** By what it says about itself, or by its curve. A key that says nothing may serve both ends, and is checked as one for signatures. */
function isForEncryption(entry: unknown): entry is Readonly<Record<string, unknown>> {
  if (!isJsonObject(entry)) return false;
  const own = (name: string): unknown => (Object.hasOwn(entry, name) ? entry[name] : undefined);
  if (own('use') !== undefined) return own('use') === 'enc';
  const alg = own('alg');
  if (alg !== undefined) return typeof alg === 'string' && findKeyManagement(alg) !== undefined;
  return own('crv') === 'X25519';
}

/** Private material counts even in a key that we would leave out. */
function refusePrivateMaterial(entry: Readonly<Record<string, unknown>>): void {
  const isPrivate = ['d', 'k', 'p', 'q', 'priv', 'seed'].some((name) => Object.hasOwn(entry, name));
  if (entry.kty === 'oct' || isPrivate) {
    throw new JoseError('private_key', 'a JWK with private or symmetric key material');
  }
}
