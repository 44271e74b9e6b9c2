import {
  type EncryptionKey,
  importEncryptionKey,
  type Jwk,
  type KeyManagement,
  selectEncryptionKey,
} from '@countersign/protocol/jose';
import type { ClientRecord } from '../storage/ports.ts';

export interface EncryptionKeys {
  /** The key in the client's `jwks` that fits; undefined when there is none. Imported once for each registration and algorithm. */
  encryptionKey(client: ClientRecord, algorithm: KeyManagement): Promise<EncryptionKey | undefined>;
}

export function createEncryptionKeys(): EncryptionKeys {
  const imported = new WeakMap<Jwk, Map<KeyManagement, EncryptionKey>>();

  return {
    async encryptionKey(client, algorithm) {
      const jwk = selectEncryptionKey(client.metadata.jwks ?? { keys: [] }, algorithm);
      if (jwk === undefined) return undefined;
      const known = imported.get(jwk) ?? new Map<KeyManagement, EncryptionKey>();
      imported.set(jwk, known);
      const key = known.get(algorithm) ?? importEncryptionKey(jwk, algorithm);
      known.set(algorithm, key);
      return key;
    },
  };
}
