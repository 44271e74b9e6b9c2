import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryEphemeralStore } from './memory-ephemeral.ts';

test('memory stays bounded: what expired goes as new keys come (ACC-3)', async () => {
  const clock = { now: 0 };
  const store = new MemoryEphemeralStore(() => clock.now, 100);
  for (; clock.now < 5000; clock.now += 1) await store.put(`k${clock.now}`, 'v', clock.now + 50);
  assert.equal(await store.find(`k${clock.now - 1}`, clock.now), 'v');
});

test('a full memory store refuses rather than forgets a claimed key (ACC-2)', async () => {
  const store = new MemoryEphemeralStore(() => 0, 10);
  for (let index = 0; index < 10; index += 1) assert.equal(await store.putIfAbsent(`k${index}`, 60), true);
  await assert.rejects(store.putIfAbsent('one-more', 60), { code: 'full' });
  assert.equal(await store.putIfAbsent('k0', 60), false);
});
