import type { EphemeralStore, Store } from './ports.ts';

/** What every driver opens. */
export interface OpenedStores {
  readonly store: Store;
  /** In the same place as everything else; ends with `store.close()`. */
  readonly ephemeral: EphemeralStore;
}
