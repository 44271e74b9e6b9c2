/** The token with which a client manages the registration it made itself (RFC 7592 §2). */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Random } from '../ports.ts';
import type { ClientRecord } from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';

const prefix = 'cs_reg_';

export function makeRegistrationToken(random: Random): {
  readonly token: string;
  readonly hash: Hashed<'registration-token'>;
} {
  const token = `${prefix}${random.token(32)}`;
  return { token, hash: hashToken(token) };
}

/** Of no client: so that an unknown or declared one costs what a wrong token costs. */
const nobody = hashToken(randomBytes(32).toString('base64url'));

/** Whether this token manages this client, in constant time. False for an unknown and for a declared client. */
export function matchesRegistrationToken(client: ClientRecord | undefined, presented: string): boolean {
  const stored = client?.selfRegistration?.tokenHash ?? nobody;
  return timingSafeEqual(Buffer.from(hashToken(presented)), Buffer.from(stored));
}

function hashToken(token: string): Hashed<'registration-token'> {
  return hash('sha256', token, 'base64url') as Hashed<'registration-token'>;
}
