/** AES-256-GCM under the envelope keys, in the one stored form `v1.<key id>.<nonce>.<ciphertext and tag>`. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { decodeBase64url, encodeBase64url } from '@countersign/protocol/jose';
import type { Vault } from '../ports.ts';
import type { Sealed } from '../storage/secrets.ts';
import type { EnvelopeKey } from './envelope.ts';

export type VaultErrorCode = 'malformed' | 'unknown_key' | 'not_authentic';

/** A sealed value did not open. The message says neither what it holds nor where it lies. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const nonceBytes = 12;
const tagBytes = 16;

/**
 * A vault over `keys`, newest first: the first seals and derives, all open. The envelope key itself encrypts nothing: sealing
 * and every derived key have HKDF outputs of their own. A value opens only under the purpose and the context it was sealed for.
 * It does not hide the length of a plaintext.
 * @see NIST SP 800-38D, RFC 5869
 */
export function createVault(keys: readonly EnvelopeKey[]): Vault {
  const [newest] = keys;
  if (newest === undefined) throw new VaultError('unknown_key', 'a vault needs at least one envelope key');
  const sealingKeys = new Map(keys.map(({ id, key }) => [id, hkdf(key, 'seal v1')]));
  const derived = new Map<string, readonly Uint8Array[]>();

  function deriveAll(label: string): readonly Uint8Array[] {
    const known = derived.get(label);
    if (known !== undefined) return known;
    const made = keys.map(({ key }) => hkdf(key, `derive v1\0${label}`));
    derived.set(label, made);
    return made;
  }

  return {
    seal<Purpose extends string>(purpose: Purpose, context: string, plaintext: Uint8Array): Sealed<Purpose> {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', sealingKey(sealingKeys, newest.id), nonce, {
        authTagLength: tagBytes,
      });
      cipher.setAAD(additionalData(purpose, context));
      const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
      return ['v1', newest.id, encodeBase64url(nonce), encodeBase64url(sealed)].join('.') as Sealed<Purpose>;
    },

    unseal<Purpose extends string>(purpose: Purpose, context: string, sealed: Sealed<Purpose>): Uint8Array {
      const { keyId, nonce, ciphertext, tag } = parse(sealed);
      const decipher = createDecipheriv('aes-256-gcm', sealingKey(sealingKeys, keyId), nonce, {
        authTagLength: tagBytes,
      });
      decipher.setAAD(additionalData(purpose, context));
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
      } catch (error) {
        throw new VaultError('not_authentic', 'a sealed value was altered or belongs elsewhere', {
          cause: error,
        });
      }
    },

    deriveAll,
    keyIds: () => keys.map(({ id }) => id),
  };
}

/** Under which envelope key a value lies; undefined when it is none of ours. */
export function sealingKeyId(sealed: string): string | undefined {
  const [version, keyId] = sealed.split('.', 2);
  return version === 'v1' ? keyId : undefined;
}

function hkdf(key: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `countersign ${info}`, 32));
}

function sealingKey(keys: ReadonlyMap<string, Uint8Array>, id: string): Uint8Array {
  const key = keys.get(id);
  if (key === undefined)
    throw new VaultError(
      'unknown_key',
      `a value was sealed under envelope key ${id}, which is not in the key file`,
    );
  return key;
}

/** NUL keeps the two apart: no purpose of ours holds one, so no other pair gives the same bytes. */
function additionalData(purpose: string, context: string): Uint8Array {
  if (purpose.includes('\0')) throw new VaultError('malformed', 'a purpose holds a NUL');
  return Buffer.from(`v1\0${purpose}\0${context}`, 'utf8');
}

function parse(sealed: string): {
  keyId: string;
  nonce: Uint8Array;
  ciphertext: Uint8Array;
  tag: Uint8Array;
} {
  const [version, keyId, nonceText, bodyText, ...rest] = sealed.split('.');
  if (
    version !== 'v1' ||
    keyId === undefined ||
    nonceText === undefined ||
    bodyText === undefined ||
    rest.length > 0
  ) {
    throw new VaultError('malformed', 'not a sealed value');
  }
  const nonce = decode(nonceText);
  const body = decode(bodyText);
  if (nonce.length !== nonceBytes || body.length < tagBytes)
    throw new VaultError('malformed', 'not a sealed value');
  return { keyId, nonce, ciphertext: body.subarray(0, -tagBytes), tag: body.subarray(-tagBytes) };
}

function decode(text: string): Uint8Array {
  try {
    return decodeBase64url(text);
  } catch (error) {
    throw new VaultError('malformed', 'not a sealed value', { cause: error });
  }
}
