import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { compactDecrypt } from 'jose';

/** The recipient of encrypted answers: what it registers, and what it decrypts with. */
export interface TestRecipient {
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly privateKey: KeyObject;
  /** Header and plaintext of a compact JWE; throws when it was not made for this key. */
  open(
    jwe: string,
  ): Promise<{ readonly header: Readonly<Record<string, unknown>>; readonly plaintext: string }>;
}

export type RecipientKind = 'P-256' | 'X25519' | 'RSA';

export const recipientKinds: readonly RecipientKind[] = ['P-256', 'X25519', 'RSA'];

export function makeRecipient(
  kind: RecipientKind,
  labels: Readonly<Record<string, unknown>> = { kid: `${kind}-1`, use: 'enc' },
): TestRecipient {
  const { publicKey, privateKey } = keyPair(kind);
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), ...labels },
    privateKey,
    async open(jwe) {
      const { plaintext, protectedHeader } = await compactDecrypt(jwe, privateKey);
      return { header: protectedHeader, plaintext: new TextDecoder().decode(plaintext) };
    },
  };
}

function keyPair(kind: RecipientKind): { publicKey: KeyObject; privateKey: KeyObject } {
  if (kind === 'P-256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return kind === 'X25519'
    ? generateKeyPairSync('x25519')
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
}
