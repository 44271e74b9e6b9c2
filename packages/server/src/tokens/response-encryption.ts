/** Answers that only the client can read, where it registered that (OpenID Connect Core §10.2, RFC 9701 §6). */
import { type ClientMetadata, OAuthError } from '@countersign/protocol';
import {
  type ContentEncryptionName,
  type EncryptionKey,
  encryptCompact,
  findKeyManagement,
  type KeyManagement,
  type KeyManagementName,
} from '@countersign/protocol/jose';
import type { ClientRecord } from '../storage/ports.ts';

export type EncryptedResponse = 'idToken' | 'userinfo' | 'introspection';

/** Encrypts one answer: a signed JWT, which becomes a nested one, or the JSON of an answer that is not signed. */
export type EncryptResponse = (
  content: string,
  type: 'JWT' | 'JSON',
  /** Claims that the outside repeats in the clear (RFC 7519 §5.3). */
  replicated?: { readonly iss: string },
) => Promise<string>;

export interface ResponseEncryption {
  /**
   * How this answer to the client is encrypted; undefined when it registered nothing, which costs nothing. The key is found
   * before anything is issued, so that an answer which cannot be encrypted spends no code: it is never sent in the clear.
   * @throws {OAuthError} `temporarily_unavailable` when the client has no key that fits
   */
  find(client: ClientRecord, response: EncryptedResponse): Promise<EncryptResponse> | undefined;
}

/** The client's own public key for an algorithm, from its `jwks` or `jwks_uri`. */
export type FindEncryptionKey = (
  client: ClientRecord,
  algorithm: KeyManagement,
) => Promise<EncryptionKey | undefined>;

interface Wish {
  readonly name: string;
  readonly alg: (metadata: ClientMetadata) => KeyManagementName | undefined;
  readonly enc: (metadata: ClientMetadata) => ContentEncryptionName | undefined;
}

const wishes: Readonly<Record<EncryptedResponse, Wish>> = {
  idToken: {
    name: 'id token',
    alg: (metadata) => metadata.idTokenEncryptedResponseAlg,
    enc: (metadata) => metadata.idTokenEncryptedResponseEnc,
  },
  userinfo: {
    name: 'userinfo answer',
    alg: (metadata) => metadata.userinfoEncryptedResponseAlg,
    enc: (metadata) => metadata.userinfoEncryptedResponseEnc,
  },
  introspection: {
    name: 'introspection answer',
    alg: (metadata) => metadata.introspectionEncryptedResponseAlg,
    enc: (metadata) => metadata.introspectionEncryptedResponseEnc,
  },
};

export function createResponseEncryption(parts: {
  readonly encryptionKey: FindEncryptionKey;
}): ResponseEncryption {
  async function prepare(
    client: ClientRecord,
    { name }: Wish,
    alg: KeyManagementName,
    enc: ContentEncryptionName | undefined,
  ): Promise<EncryptResponse> {
    const algorithm = findKeyManagement(alg);
    if (algorithm === undefined || enc === undefined) {
      throw new TypeError(`client ${client.id} is stored with an encryption that is not offered`);
    }
    const key = await parts.encryptionKey(client, algorithm);
    if (key === undefined) throw noKey(client, name, alg);
    return (content, type, replicated) =>
      encryptCompact(content, key, enc, { ...(type === 'JWT' && { cty: 'JWT' }), ...replicated });
  }

  return {
    find(client, response) {
      const wish = wishes[response];
      const alg = wish.alg(client.metadata);
      return alg === undefined ? undefined : prepare(client, wish, alg, wish.enc(client.metadata));
    },
  };
}

function noKey(client: ClientRecord, name: string, alg: KeyManagementName): OAuthError {
  const source = client.metadata.jwksUri === undefined ? 'jwks' : 'jwks_uri';
  return new OAuthError(
    'temporarily_unavailable',
    `the ${name} must be encrypted, and the ${source} of the client has no key for ${alg}; nothing was issued`,
    { detail: `no encryption key of client ${client.id} for ${alg}` },
  );
}
