/**
 * A bounded cache of records in front of the store. Only the change feed flushes it, so that a change made by any
 * process is seen by all; a load that was under way when its record changed is not kept.
 */
import type { Change, ChangeFeed, ChangeTopic } from './ports.ts';

export interface RecordCache<Value> {
  /** Cached, or loaded; callers that come together share one load. Errors are not cached. */
  get(key: string): Promise<Value>;
  close(): void;
}

export function createRecordCache<Value>(parts: {
  readonly changes: ChangeFeed;
  readonly topics: readonly ChangeTopic[];
  readonly limit: number;
  readonly load: (key: string) => Promise<Value>;
  /** The cache key that a change concerns; null when that cannot be told, and everything is flushed. */
  readonly keyOf: (change: Change) => string | null;
  /** Whether a value is worth keeping; default all. What is not kept never displaces what is. */
  readonly keep?: (value: Value) => boolean;
}): RecordCache<Value> {
  const { changes, topics, limit, load, keyOf, keep } = parts;
  const kept = new Map<string, Promise<Value>>();
  /** Bounded by the requests under way. */
  const loading = new Map<string, Promise<Value>>();

  const unsubscribe = changes.subscribe((change) => {
    if (change !== null && !topics.includes(change.topic)) return;
    const key = change === null ? null : keyOf(change);
    for (const values of [kept, loading]) {
      if (key === null) values.clear();
      else values.delete(key);
    }
  });

  async function fill(key: string, pending: Promise<Value>): Promise<void> {
    let worthKeeping = false;
    try {
      const value = await pending;
      worthKeeping = keep === undefined || keep(value);
    } catch {
      // Whoever asked hears of it; the next one asks the store again.
    }
    // Gone: the record changed meanwhile, and what was read may be older than that.
    if (loading.get(key) !== pending) return;
    loading.delete(key);
    if (worthKeeping) remember(key, pending);
  }

  function remember(key: string, value: Promise<Value>): void {
    const oldest = kept.size < limit ? undefined : kept.keys().next().value;
    if (oldest !== undefined) kept.delete(oldest);
    kept.set(key, value);
  }

  return {
    get(key) {
      const known = kept.get(key) ?? loading.get(key);
      if (known !== undefined) return known;
      const pending = load(key);
      loading.set(key, pending);
      void fill(key, pending);
      return pending;
    },
    close: unsubscribe,
  };
}
