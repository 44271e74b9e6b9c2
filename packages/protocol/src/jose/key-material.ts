import { createPublicKey, type KeyObject } from 'node:crypto';
import { decodeBase64url } from './base64url.ts';
import { JoseError } from './jose-error.ts';

/** The material of a public key, of members that were checked. */
export type KeyMaterial = Readonly<Record<string, string>>;

const maxModulusBits = 8192;

/**
 * A coordinate or a whole key, of exactly this length: a shorter coordinate has lost its leading zeros.
 * @throws {JoseError} `invalid_key`
 * @see RFC 7518 §6.2.1.2
 */
export function octets(value: string | undefined, length: number): string {
  if (value === undefined || decodeBase64url(value).length !== length) {
    throw new JoseError('invalid_key', 'key material of the wrong length');
  }
  return value;
}

/**
 * Modulus of 2048 to 8192 bits, odd; exponent odd and between 2^16 and 2^64. Not checked: that the modulus is a product of two primes.
 * @throws {JoseError} `weak_key`, `invalid_key`
 * @see RFC 7518 §6.3.1
 */
export function rsaMaterial(jwk: { readonly n?: string; readonly e?: string }): KeyMaterial {
  return { kty: 'RSA', n: modulus(jwk.n), e: exponent(jwk.e) };
}

/** @throws {JoseError} `invalid_key` when the point is not on its curve, or the like */
export function createKey(material: KeyMaterial): KeyObject {
  try {
    return createPublicKey({ key: material, format: 'jwk' });
  } catch (cause) {
    throw new JoseError('invalid_key', 'the key material is not a valid public key', { cause });
  }
}

function modulus(value: string | undefined): string {
  const bytes = unsignedInteger(value);
  const bits = bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24;
  if (bits < 2048) throw new JoseError('weak_key', 'an RSA modulus below 2048 bits');
  if (bits > maxModulusBits || (bytes.at(-1) ?? 0) % 2 === 0) {
    throw new JoseError('invalid_key', 'an RSA modulus above 8192 bits, or even');
  }
  return value ?? '';
}

function exponent(value: string | undefined): string {
  const bytes = unsignedInteger(value);
  if (bytes.length > 8) throw new JoseError('invalid_key', 'an RSA exponent above 64 bits');
  const number = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  if (number <= 65_536n || number % 2n === 0n) {
    throw new JoseError('weak_key', 'an RSA exponent that is even or not above 2^16');
  }
  return value ?? '';
}

/** Base64urlUInt: the minimum number of octets (RFC 7518 §2). */
function unsignedInteger(value: string | undefined): Uint8Array {
  const bytes = decodeBase64url(value ?? '');
  if (bytes.length === 0 || bytes[0] === 0)
    throw new JoseError('invalid_key', 'an integer with leading zeros');
  return bytes;
}
