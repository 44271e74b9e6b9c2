import type { EphemeralStore, Store } from './ports.ts';

/** What every driver opens. */
export interface OpenedStores {
  readonly store: Store;
  /** Ends with `store.close()`. */
  readonly ephemeral: EphemeralStore;
}
