import type { Change, EphemeralStore, Store } from '../ports.ts';

/** What a driver hands the suite. Every place is empty, and apart from all others. */
export interface Driver {
  readonly name: string;
  /** Audit chains that one process writes side by side for one tenant. */
  readonly writers: number;
  create(): Promise<Place>;
}

export interface Opened {
  readonly store: Store;
  readonly ephemeral: EphemeralStore;
}

/** One store that several processes may open. */
export interface Place {
  /** How a child process finds it; see `child.ts`. */
  readonly address: string;
  /** Opened stores are closed by `destroy` if the test did not. */
  open(clock?: () => number): Promise<Opened>;
  /** Every row of every table, for comparing before and after. */
  dump(): Promise<Readonly<Record<string, readonly unknown[]>>>;
  /** Changes the world behind the store's back. */
  alter(sql: string): Promise<void>;
  destroy(): Promise<void>;
}

/** Runs `test` on a fresh place and clears it up whatever happens. */
export async function inPlace(
  driver: Pick<Driver, 'create'>,
  test: (place: Place) => Promise<void>,
): Promise<void> {
  const place = await driver.create();
  try {
    await test(place);
  } finally {
    await place.destroy();
  }
}

/** Resolves with the first change that `matches`, or throws after `patienceMs`. */
export function nextChange(
  store: Store,
  matches: (change: Change | null) => boolean,
  patienceMs: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const leave = store.changes.subscribe((change) => {
      if (!matches(change)) return;
      clearTimeout(timer);
      leave();
      resolve(performance.now());
    });
    const timer = setTimeout(() => {
      leave();
      reject(new Error('the change was not delivered'));
    }, patienceMs);
  });
}
