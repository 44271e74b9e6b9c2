import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from './ports.ts';
import { createRecordCache } from './record-cache.ts';

function world(
  options: { readonly limit?: number; readonly keep?: (value: string | undefined) => boolean } = {},
) {
  const listeners: ((change: Change | null) => void)[] = [];
  const rows = new Map<string, string>();
  const gates: (() => void)[] = [];
  const state = { loads: 0, failing: false, slow: false };
  const cache = createRecordCache<string | undefined>({
    changes: {
      subscribe(listener) {
        listeners.push(listener);
        return () => listeners.splice(listeners.indexOf(listener), 1);
      },
    },
    topics: ['client'],
    limit: options.limit ?? 100,
    async load(key) {
      state.loads += 1;
      const value = rows.get(key);
      if (state.slow) await new Promise<void>((resolve) => gates.push(resolve));
      if (state.failing) throw new Error('away');
      return value;
    },
    keyOf: (change) => change.id,
    ...(options.keep !== undefined && { keep: options.keep }),
  });
  const tell = (change: Change | null): void => {
    for (const listener of listeners) listener(change);
  };
  const changed = (id: string): void => tell({ topic: 'client', tenant: 'default', id });
  return { cache, rows, gates, state, tell, changed };
}

test('a record is loaded once, and again after its change (SPN-1)', async () => {
  const { cache, rows, state, changed } = world();
  rows.set('a', 'one');
  assert.deepEqual(await Promise.all([cache.get('a'), cache.get('a'), cache.get('a')]), [
    'one',
    'one',
    'one',
  ]);
  assert.equal(state.loads, 1);
  rows.set('a', 'two');
  changed('b');
  assert.equal(await cache.get('a'), 'one');
  changed('a');
  assert.equal(await cache.get('a'), 'two');
});

test('a load that was under way when its record changed is not kept (SPN-1)', async () => {
  const { cache, rows, gates, state, changed } = world();
  rows.set('a', 'old');
  state.slow = true;
  const early = cache.get('a');
  rows.set('a', 'new');
  changed('a');
  const late = cache.get('a');
  for (const open of gates) open();
  assert.equal(await early, 'old');
  assert.equal(await late, 'new');
  state.slow = false;
  assert.equal(await cache.get('a'), 'new');
  assert.equal(state.loads, 2);
});

test('a gap in the feed, or a change that cannot be placed, flushes everything (SPN-1)', async () => {
  const { cache, rows, tell } = world();
  rows.set('a', 'one');
  await cache.get('a');
  rows.set('a', 'two');
  tell(null);
  assert.equal(await cache.get('a'), 'two');
});

test('an error is not cached (SPN-1)', async () => {
  const { cache, rows, state } = world();
  rows.set('a', 'one');
  state.failing = true;
  await assert.rejects(cache.get('a'), /away/);
  state.failing = false;
  assert.equal(await cache.get('a'), 'one');
});

test('asking for what does not exist displaces nothing that does (ACC-3)', async () => {
  const { cache, rows, state } = world({ limit: 2, keep: (value) => value !== undefined });
  rows.set('a', 'one').set('b', 'two');
  await cache.get('a');
  await cache.get('b');
  for (let index = 0; index < 100; index += 1) await cache.get(`unknown-${index}`);
  state.loads = 0;
  await cache.get('a');
  await cache.get('b');
  assert.equal(state.loads, 0);
  rows.set('c', 'three');
  await cache.get('c');
  await cache.get('b');
  await cache.get('a');
  assert.equal(state.loads, 2, 'the oldest made room');
});
