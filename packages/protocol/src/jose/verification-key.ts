import type { KeyObject } from 'node:crypto';
import { findSigningAlgorithm, type SigningAlgorithm } from './algorithms.ts';
import { decodeBase64url } from './base64url.ts';
import { JoseError } from './jose-error.ts';
import type { Jwk } from './jwk.ts';
import { createKey, type KeyMaterial, octets, rsaMaterial } from './key-material.ts';

/** A public key that can verify with one algorithm only, fixed when it was imported. */
export interface VerificationKey {
  readonly algorithm: SigningAlgorithm;
  readonly kid: string | undefined;
  readonly jwk: Jwk;
  readonly keyObject: KeyObject;
}

const edwardsPrime = 2n ** 255n - 19n;
/** A root of d·y⁴ + 2y² − 1, d being the curve's constant: doubling such a point gives one of order 4. */
const yOfOrder8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;

/** y-coordinates of the points of order 1, 2, 4 and 8; the sign bit does not matter. */
const smallOrderY: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  edwardsPrime - 1n,
  yOfOrder8,
  edwardsPrime - yOfOrder8,
]);

/**
 * Imports a public key for one algorithm. The algorithm comes from `algorithmName`, else from the key's `alg`, else from
 * its curve; an RSA key that names none needs `algorithmName`, since it would fit two. Guaranteed: key type and curve
 * are those of the algorithm, `alg`, `use` and `key_ops` allow it, the point is on the curve and not of small order, the modulus
 * has 2048 to 8192 bits and the exponent is odd and between 2^16 and 2^64, an ML-DSA key has its exact length. Not checked: that the modulus is a product of two primes,
 * and who the key belongs to.
 * @throws {JoseError} `unsupported_algorithm`, `key_mismatch`, `weak_key`, `invalid_key`
 * @see RFC 7518 §6, RFC 8725 §3.1, §3.4, RFC 9964 §5
 */
export function importVerificationKey(jwk: Jwk, algorithmName?: string): VerificationKey {
  const algorithm = algorithmFor(jwk, algorithmName);
  if (!fitsAlgorithm(jwk, algorithm)) {
    throw new JoseError('key_mismatch', `the key cannot verify ${algorithm.name}`);
  }
  const material = checkedMaterial(jwk, algorithm);
  return { algorithm, kid: jwk.kid, jwk, keyObject: createKey(material) };
}

/** Whether type, curve, `alg`, `use` and `key_ops` of a key admit verifying with an algorithm. */
export function fitsAlgorithm(jwk: Jwk, algorithm: SigningAlgorithm): boolean {
  if (jwk.kty !== algorithm.keyType || (algorithm.curve !== undefined && jwk.crv !== algorithm.curve)) {
    return false;
  }
  if (jwk.kty === 'AKP' && jwk.alg === undefined) return false;
  if (jwk.alg !== undefined && findSigningAlgorithm(jwk.alg)?.family !== algorithm.family) return false;
  if (jwk.use !== undefined && jwk.use !== 'sig') return false;
  return jwk.key_ops === undefined || jwk.key_ops.includes('verify');
}

function algorithmFor(jwk: Jwk, algorithmName: string | undefined): SigningAlgorithm {
  const name = algorithmName ?? jwk.alg ?? impliedAlgorithm(jwk);
  if (name === undefined) throw new JoseError('key_mismatch', 'the key does not say its algorithm');
  const algorithm = findSigningAlgorithm(name);
  if (algorithm === undefined) throw new JoseError('unsupported_algorithm', 'unsupported key algorithm');
  return algorithm;
}

function impliedAlgorithm(jwk: Jwk): string | undefined {
  if (jwk.kty === 'EC') return 'ES256';
  return jwk.kty === 'OKP' ? 'EdDSA' : undefined;
}

function checkedMaterial(jwk: Jwk, algorithm: SigningAlgorithm): KeyMaterial {
  switch (jwk.kty) {
    case 'EC': {
      const x = octets(jwk.x, 32);
      const y = octets(jwk.y, 32);
      return { kty: 'EC', crv: 'P-256', x, y };
    }
    case 'OKP': {
      const x = octets(jwk.x, 32);
      refuseSmallOrder(decodeBase64url(x));
      return { kty: 'OKP', crv: 'Ed25519', x };
    }
    case 'RSA':
      return rsaMaterial(jwk);
    case 'AKP':
      return { kty: 'AKP', alg: algorithm.name, pub: octets(jwk.pub, algorithm.publicKeyBytes ?? 0) };
  }
}

/** A key of small order verifies one signature for many messages; a coordinate beyond the prime is a second spelling. */
function refuseSmallOrder(encoded: Uint8Array): void {
  const littleEndian = BigInt(`0x${Buffer.from(encoded).reverse().toString('hex')}`);
  const y = littleEndian & (2n ** 255n - 1n);
  if (y >= edwardsPrime || smallOrderY.has(y)) {
    throw new JoseError('weak_key', 'an Ed25519 key of small order or not canonical');
  }
}
