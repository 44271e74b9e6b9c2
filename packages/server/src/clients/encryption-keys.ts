import {
  type EncryptionKey,
  importEncryptionKey,
  type Jwk,
  type JwkSet,
  type KeyManagement,
  selectEncryptionKey,
} from '@countersign/protocol/jose';
import type { ClientRecord } from '../storage/ports.ts';
import type { ClientKeys } from './client-keys.ts';

export interface EncryptionKeys {
  /**
   * The client's key that fits; undefined when there is none. A `jwks_uri` whose copy has none is read again, within the limit of
   * {@link ClientKeys}. Imported once for each copy and algorithm.
   */
  encryptionKey(client: ClientRecord, algorithm: KeyManagement): Promise<EncryptionKey | undefined>;
}

export function createEncryptionKeys(clientKeys: Pick<ClientKeys, 'keySet'>): EncryptionKeys {
  const imported = new WeakMap<Jwk, Map<KeyManagement, EncryptionKey>>();

  return {
    async encryptionKey(client, algorithm) {
      const select = (keys: JwkSet): Jwk | undefined => selectEncryptionKey(keys, algorithm);
      const jwk = select(await clientKeys.keySet(client, (keys) => select(keys) !== undefined));
      if (jwk === undefined) return undefined;
      const known = imported.get(jwk) ?? new Map<KeyManagement, EncryptionKey>();
      imported.set(jwk, known);
      const key = known.get(algorithm) ?? importEncryptionKey(jwk, algorithm);
      known.set(algorithm, key);
      return key;
    },
  };
}
