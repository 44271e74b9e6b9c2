import type { KeyObject } from 'node:crypto';
import { decodeBase64url } from './base64url.ts';
import { findKeyManagement, type KeyManagement } from './encryption-algorithms.ts';
import { JoseError } from './jose-error.ts';
import { type Jwk, parseJwk } from './jwk.ts';
import { createKey, type KeyMaterial, octets, rsaMaterial } from './key-material.ts';

/** A public key that we encrypt to with one algorithm only, fixed when it was imported. */
export interface EncryptionKey {
  readonly algorithm: KeyManagement;
  readonly kid: string | undefined;
  readonly keyObject: KeyObject;
}

const montgomeryPrime = 2n ** 255n - 19n;

/** u-coordinates of the points of small order on curve and twist: the agreed secret would be zero, whoever reads along. */
const smallOrderU: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  montgomeryPrime - 1n,
]);

/**
 * Parses a public key to encrypt to. Guaranteed: no private and no symmetric material; key type and curve are those of the
 * algorithm, `alg`, `use` (`enc` or absent) and `key_ops` allow it; the point is on its curve and not of small order, the modulus
 * has 2048 to 8192 bits. Not checked: whose key it is.
 * @throws {JoseError} `unsupported_algorithm`, `private_key`, `key_mismatch`, `weak_key`, `invalid_key`
 * @see RFC 7517 §4.2, RFC 7518 §4.3, §4.6, §6, RFC 8037 §2, §3.2
 */
export function parseEncryptionKey(jwk: unknown, algorithmName: string): EncryptionKey {
  const algorithm = findKeyManagement(algorithmName);
  if (algorithm === undefined) {
    throw new JoseError('unsupported_algorithm', 'unsupported key management algorithm');
  }
  return importEncryptionKey(parseJwk(jwk), algorithm);
}

/** As {@link parseEncryptionKey}, for a key that was parsed before. */
export function importEncryptionKey(jwk: Jwk, algorithm: KeyManagement): EncryptionKey {
  if (!fitsKeyManagement(jwk, algorithm)) {
    throw new JoseError('key_mismatch', `the key is not for ${algorithm.name}`);
  }
  return { algorithm, kid: jwk.kid, keyObject: createKey(checkedMaterial(jwk)) };
}

/** Whether type, curve, `alg`, `use` and `key_ops` of a key admit encrypting to it with an algorithm. */
export function fitsKeyManagement(jwk: Jwk, algorithm: KeyManagement): boolean {
  const isOfType = algorithm.keys.some(({ kty, crv }) => jwk.kty === kty && jwk.crv === crv);
  if (!isOfType || (jwk.alg !== undefined && jwk.alg !== algorithm.name)) return false;
  if (jwk.use !== undefined && jwk.use !== 'enc') return false;
  if (jwk.key_ops === undefined) return true;
  if (jwk.key_ops.length === 0) return jwk.kty !== 'RSA';
  return jwk.key_ops.some((operation) => algorithm.operations.includes(operation));
}

function checkedMaterial(jwk: Jwk): KeyMaterial {
  if (jwk.kty === 'RSA') return rsaMaterial(jwk);
  const x = octets(jwk.x, 32);
  if (jwk.kty === 'EC') return { kty: 'EC', crv: 'P-256', x, y: octets(jwk.y, 32) };
  refuseSmallOrder(decodeBase64url(x));
  return { kty: 'OKP', crv: 'X25519', x };
}

/** The top bit is ignored (RFC 7748 §5), and a number beyond the prime is a second spelling of a smaller one. */
function refuseSmallOrder(encoded: Uint8Array): void {
  const littleEndian = BigInt(`0x${Buffer.from(encoded).reverse().toString('hex')}`);
  const u = littleEndian & (2n ** 255n - 1n);
  if (u >= montgomeryPrime || smallOrderU.has(u)) {
    throw new JoseError('weak_key', 'an X25519 key of small order or not canonical');
  }
}
