import { type KeptBucket, spendFrom } from './bucket.ts';
import { StorageError } from './error.ts';
import type { BucketRule, EphemeralStore, SpendOutcome } from './ports.ts';

interface Entry {
  readonly value: string;
  readonly expiresAt: number;
}

/** Entries looked at per write: what expired goes at the pace at which new ones come. */
const swept = 4;

/**
 * For the guard and for tests: one process, lost with it. Full at `capacity` live entries, when a new key is
 * refused by throwing: forgetting a claimed proof would let it be used again.
 */
export class MemoryEphemeralStore implements EphemeralStore {
  readonly #clock: () => number;
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry>();
  readonly #buckets = new Map<string, KeptBucket>();

  constructor(clock: () => number, capacity = 100_000) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  async putIfAbsent(key: string, expiresAt: number): Promise<boolean> {
    const known = this.#entries.get(key);
    if (known !== undefined && known.expiresAt > this.#clock()) return false;
    this.#set(key, { value: '', expiresAt });
    return true;
  }

  async put(key: string, value: string, expiresAt: number): Promise<void> {
    this.#set(key, { value, expiresAt });
  }

  async find(key: string, now: number): Promise<string | undefined> {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > now ? entry.value : undefined;
  }

  async replace(key: string, expected: string, next: string): Promise<boolean> {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt <= this.#clock() || entry.value !== expected) return false;
    this.#entries.set(key, { value: next, expiresAt: entry.expiresAt });
    return true;
  }

  async take(key: string, now: number): Promise<string | undefined> {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt <= now) return undefined;
    this.#entries.delete(key);
    return entry.value;
  }

  async spend(bucket: string, cost: number, rule: BucketRule, nowMs: number): Promise<SpendOutcome> {
    const { outcome, state } = spendFrom(this.#buckets.get(bucket), cost, rule, nowMs);
    if (state !== undefined) {
      sweepSome(this.#buckets, nowMs / 1000);
      requireRoom(this.#buckets, bucket, this.#capacity);
      this.#buckets.set(bucket, state);
    }
    return outcome;
  }

  async check(): Promise<void> {}

  async close(): Promise<void> {
    this.#entries.clear();
    this.#buckets.clear();
  }

  #set(key: string, entry: Entry): void {
    sweepSome(this.#entries, this.#clock());
    requireRoom(this.#entries, key, this.#capacity);
    this.#entries.set(key, entry);
  }
}

/** Looks at the oldest entries and moves the live ones to the end, so that every entry has its turn. */
function sweepSome<T extends { readonly expiresAt: number }>(entries: Map<string, T>, now: number): void {
  const oldest = entries.entries().take(swept).toArray();
  for (const [key, entry] of oldest) {
    entries.delete(key);
    if (entry.expiresAt > now) entries.set(key, entry);
  }
}

function requireRoom(entries: ReadonlyMap<string, unknown>, key: string, capacity: number): void {
  if (entries.size >= capacity && !entries.has(key)) {
    throw new StorageError('full', 'the memory store holds all it may');
  }
}
