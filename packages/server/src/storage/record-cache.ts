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
  /** Whether a value is worth keeping; default all. */
  readonly keep?: (value: Value) => boolean;
}): RecordCache<Value> {
  const { changes, topics, limit, load, keyOf, keep } = parts;
  const values = new Map<string, Promise<Value>>();

  const unsubscribe = changes.subscribe((change) => {
    if (change !== null && !topics.includes(change.topic)) return;
    const key = change === null ? null : keyOf(change);
    if (key === null) values.clear();
    else values.delete(key);
  });

  async function fill(key: string, pending: Promise<Value>): Promise<void> {
    try {
      const value = await pending;
      if (values.get(key) !== pending) return;
      if (keep !== undefined && !keep(value)) values.delete(key);
    } catch {
      if (values.get(key) === pending) values.delete(key);
    }
  }

  return {
    get(key) {
      const cached = values.get(key);
      if (cached !== undefined) return cached;
      if (values.size >= limit) {
        const oldest = values.keys().next().value;
        if (oldest !== undefined) values.delete(oldest);
      }
      const pending = load(key);
      values.set(key, pending);
      void fill(key, pending);
      return pending;
    },
    close: unsubscribe,
  };
}
