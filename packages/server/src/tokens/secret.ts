/** Random secrets that we hand out once and keep only as a hash: codes, opaque tokens, references, cookies. */
import { hash } from 'node:crypto';
import type { Hashed } from '../storage/secrets.ts';

/**
 * SHA-256, base64url. Enough for values of 128 random bits and more; never for anything a person chose.
 */
export function hashSecret<Purpose extends string>(_purpose: Purpose, secret: string): Hashed<Purpose> {
  return hash('sha256', secret, 'base64url') as Hashed<Purpose>;
}
