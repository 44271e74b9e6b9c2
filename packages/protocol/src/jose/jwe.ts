import { CompactEncrypt } from 'jose';
import type { ContentEncryptionName } from './encryption-algorithms.ts';
import type { EncryptionKey } from './encryption-key.ts';

/** What a JWE says about itself beside its algorithms and the key. */
export interface JweHeader {
  /** `JWT` for a nested one (RFC 7519 §5.2). */
  readonly cty?: 'JWT';
  readonly typ?: string;
  /** The issuer inside, repeated for whoever has many (RFC 7519 §5.3). */
  readonly iss?: string;
}

/**
 * Encrypts to a client's public key as a compact JWE, naming the key by its `kid` if it has one. A fresh content key and a fresh
 * ephemeral key each time; never compressed, since the length would speak of the content. An encrypted text is not signed: anybody who
 * knows the public key can make one.
 * @see RFC 7516 §5.1, RFC 7518 §4.3, §4.6, RFC 8725 §3.6
 */
export async function encryptCompact(
  plaintext: string,
  key: EncryptionKey,
  enc: ContentEncryptionName,
  header: JweHeader = {},
): Promise<string> {
  return new CompactEncrypt(Buffer.from(plaintext, 'utf8'))
    .setProtectedHeader({
      alg: key.algorithm.name,
      enc,
      ...(key.kid !== undefined && { kid: key.kid }),
      ...header,
    })
    .encrypt(key.keyObject);
}
