/** Client secrets: made or chosen, and how each is kept. */
import { hash } from 'node:crypto';
import type { ClientMetadata } from '@countersign/protocol';
import type { Random } from '../ports.ts';
import type { ClientSecretRecord } from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';
import type { PasswordHasher } from '../subjects/index.ts';
import { ClientError } from './client-error.ts';

export interface NewSecret {
  readonly record: ClientSecretRecord;
  /** The secret itself when it was generated: shown once, kept nowhere. */
  readonly generated: string | null;
}

/** RFC 6749 appendix A.2: VSCHAR. */
const chosenForm = /^[\x20-\x7e]*$/;
const minChosenLength = 12;
const maxChosenLength = 256;

/** Whether a client of these metadata authenticates by a secret. */
export function hasSecret({ tokenEndpointAuthMethod: method }: ClientMetadata): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post';
}

/**
 * A secret of 32 random bytes is kept as its SHA-256: there is nothing to guess. A chosen one is kept as Argon2id.
 * @throws {ClientError} `invalid_secret`
 */
export async function prepareSecret(
  parts: { readonly random: Random; readonly hasher: PasswordHasher },
  input: { readonly chosen: string | null; readonly createdAt: number; readonly expiresAt: number },
): Promise<NewSecret> {
  const { random, hasher } = parts;
  // Hexadecimal: it is typed on command lines, where a leading hyphen would make it an option.
  const base = {
    id: Buffer.from(random.bytes(8)).toString('hex'),
    createdAt: input.createdAt,
    expiresAt: input.expiresAt,
  };
  if (input.chosen === null) {
    const generated = random.token(32);
    return { record: { ...base, hash: hashGeneratedSecret(generated) }, generated };
  }
  checkChosen(input.chosen);
  return { record: { ...base, hash: await hasher.hash<'client-secret'>(input.chosen) }, generated: null };
}

export function hashGeneratedSecret(secret: string): Hashed<'client-secret'> {
  return hash('sha256', secret, 'base64url') as Hashed<'client-secret'>;
}

/** @throws {ClientError} `invalid_secret` */
export function checkChosen(secret: string): void {
  if (!chosenForm.test(secret))
    throw new ClientError('invalid_secret', 'A client secret has printable ASCII characters only.');
  if (secret.length < minChosenLength || secret.length > maxChosenLength) {
    throw new ClientError(
      'invalid_secret',
      `A chosen client secret has ${minChosenLength} to ${maxChosenLength} characters. Without one, a strong one is generated.`,
    );
  }
}
