import type { ClientCheck } from '../clients/index.ts';
import type { KeyManager } from '../keys/index.ts';

/**
 * Has the keys made that will sign for the client: it may fetch the key set once, right after it registered, and never again
 * (OpenID Connect Registration §2).
 */
export function createKeyCheck(keys: Pick<KeyManager, 'ensure'>): ClientCheck {
  return async (metadata, tenant) => {
    const algorithms = [
      metadata.idTokenSignedResponseAlg,
      metadata.userinfoSignedResponseAlg,
      metadata.authorizationSignedResponseAlg,
      metadata.introspectionSignedResponseAlg,
    ].filter((name) => name !== undefined);
    for (const algorithm of new Set(algorithms)) await keys.ensure(tenant.id, algorithm);
  };
}
