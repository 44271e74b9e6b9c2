import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StorageError } from '../error.ts';
import { Breaker } from './breaker.ts';

function open() {
  const world = { nowMs: 0, calls: 0, turns: [] as boolean[] };
  const breaker = new Breaker({
    failures: 3,
    restMs: 500,
    nowMs: () => world.nowMs,
    onTurn: (cause) => world.turns.push(cause !== undefined),
  });
  const fail = () =>
    breaker.run(async () => {
      world.calls += 1;
      throw new StorageError('unavailable', 'no answer');
    });
  const succeed = () =>
    breaker.run(async () => {
      world.calls += 1;
      return 'value';
    });
  return { world, breaker, fail, succeed };
}

const refused = { name: 'StorageError', code: 'unavailable' };

test('after three failures in a row nothing is asked, and every call fails at once (SPN-1)', async () => {
  const { world, fail, succeed } = open();
  await assert.rejects(fail, refused);
  await assert.rejects(fail, refused);
  await succeed();
  for (let count = 0; count < 3; count += 1) await assert.rejects(fail, refused);
  assert.equal(world.calls, 6);
  await assert.rejects(succeed, refused);
  assert.equal(world.calls, 6);
  assert.deepEqual(world.turns, [true]);
});

test('after a rest one call tries: its success lets everyone through, its failure means another rest (SPN-1)', async () => {
  const { world, breaker, fail, succeed } = open();
  for (let count = 0; count < 3; count += 1) await assert.rejects(fail, refused);
  world.nowMs = 500;
  await assert.rejects(fail, refused);
  await assert.rejects(succeed, refused);
  assert.equal(world.calls, 4);
  world.nowMs = 1000;
  const { promise, resolve } = Promise.withResolvers<string>();
  const trying = breaker.run(() => promise);
  await assert.rejects(succeed, refused);
  resolve('came');
  assert.equal(await trying, 'came');
  assert.equal(await succeed(), 'value');
  assert.deepEqual(world.turns, [true, false]);
});

test('a refusal is an answer: it opens nothing (SPN-1)', async () => {
  const { world, breaker, succeed } = open();
  for (let count = 0; count < 9; count += 1) {
    await assert.rejects(
      breaker.run(() => Promise.reject(new StorageError('full', 'OOM'))),
      { code: 'full' },
    );
  }
  assert.equal(await succeed(), 'value');
  assert.deepEqual(world.turns, []);
});
