/** A vault that follows its key file: a rotation takes effect in every running process, without a restart. */
import type { Vault } from '../ports.ts';
import type { EnvelopeKey } from './envelope.ts';
import { createVault, VaultError } from './vault.ts';

export interface LiveVault extends Vault {
  /** Reads the keys again; whether they have changed. What was held before stays in use when it throws. */
  refresh(): boolean;
}

const leastMsBetweenRetries = 1000;

/**
 * Reads the keys once at the start and at each `refresh`; and when a value names a key that is not held, at most once a second, since
 * another process may have sealed it under one that was added a moment ago.
 */
export function createLiveVault(load: () => readonly EnvelopeKey[]): LiveVault {
  let vault = createVault(load());
  let triedAt = Number.NEGATIVE_INFINITY;

  function refresh(): boolean {
    const next = createVault(load());
    const isSame = next.keyIds().join() === vault.keyIds().join();
    if (!isSame) vault = next;
    return !isSame;
  }

  return {
    seal: (purpose, context, plaintext) => vault.seal(purpose, context, plaintext),
    unseal(purpose, context, sealed) {
      try {
        return vault.unseal(purpose, context, sealed);
      } catch (error) {
        const isUnknown = error instanceof VaultError && error.code === 'unknown_key';
        if (!isUnknown || performance.now() - triedAt < leastMsBetweenRetries) throw error;
        triedAt = performance.now();
        refresh();
        return vault.unseal(purpose, context, sealed);
      }
    },
    deriveAll: (label) => vault.deriveAll(label),
    keyIds: () => vault.keyIds(),
    refresh,
  };
}
