import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Head } from './audit-heads.ts';
import { forgetful, HeadMemory } from './head-memory.ts';

const head = (tenant: string, sequence = 0): Head => ({ tenant, chain: 'c', sequence, hash: 'h' });

test('remembers what was committed, and what this transaction moved on top of it (ACC-4)', () => {
  const memory = new HeadMemory(10);
  memory.put('a', head('a', 1));
  memory.commit();
  memory.put('a', head('a', 2));
  assert.equal(memory.find('a')?.sequence, 2);
  memory.commit();
  assert.equal(memory.find('a')?.sequence, 2);
});

test('a transaction that failed empties it (ACC-4)', () => {
  const memory = new HeadMemory(10);
  memory.put('a', head('a', 1));
  memory.commit();
  memory.put('b', head('b', 1));
  memory.clear();
  memory.commit();
  assert.deepEqual([memory.find('a'), memory.find('b')], [undefined, undefined]);
});

test('is bounded: the head that was not moved for longest goes first (ACC-3)', () => {
  const memory = new HeadMemory(2);
  for (const tenant of ['a', 'b', 'a', 'c']) {
    memory.put(tenant, head(tenant));
    memory.commit();
  }
  assert.deepEqual(
    ['a', 'b', 'c'].map((tenant) => memory.find(tenant) !== undefined),
    [true, false, true],
  );
});

test('a chain that ended, or that a verb moved itself, is not remembered (ACC-4)', () => {
  const memory = new HeadMemory(10);
  const verb = forgetful(memory);
  for (const tenant of ['a', 'b']) memory.put(tenant, head(tenant));
  memory.commit();
  memory.put('a', undefined);
  assert.equal(verb.find('b'), undefined);
  verb.put('b', head('b', 1));
  memory.commit();
  assert.deepEqual([memory.find('a'), memory.find('b')], [undefined, undefined]);
});
