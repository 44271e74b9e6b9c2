import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from './turns.ts';

const never = new AbortController().signal;
const tick = () => new Promise((resolve) => setImmediate(resolve));

function work() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let begun = false;
  return {
    end: resolve,
    isBegun: () => begun,
    run: () => {
      begun = true;
      return promise;
    },
  };
}

test('calls to one host take its turns and no other host’s', async () => {
  const turns = createTurns({ total: 3, perHost: 1, waitingPerHost: 5 });
  const [first, second, other] = [work(), work(), work()];
  const done = [
    turns.run('slow', never, first.run),
    turns.run('slow', never, second.run),
    turns.run('other', never, other.run),
  ];
  await tick();
  assert.deepEqual([first.isBegun(), second.isBegun(), other.isBegun()], [true, false, true]);
  first.end();
  await tick();
  assert.equal(second.isBegun(), true);
  for (const each of [second, other]) each.end();
  await Promise.all(done);
});

test('the total bounds all hosts, and who waits longest and can begin is next', async () => {
  const turns = createTurns({ total: 2, perHost: 1, waitingPerHost: 5 });
  const works = [work(), work(), work(), work()] as const;
  const hosts = ['a', 'b', 'b', 'c'] as const;
  const done = works.map((each, index) => turns.run(hosts[index] ?? '', never, each.run));
  await tick();
  assert.deepEqual(
    works.map((each) => each.isBegun()),
    [true, true, false, false],
  );
  works[0].end();
  await tick();
  assert.deepEqual(
    works.map((each) => each.isBegun()),
    [true, true, false, true],
  );
  for (const each of works) each.end();
  await Promise.all(done);
});

test('waiting ends in time and is bounded per host; work that failed gives its turn back', async () => {
  const turns = createTurns({ total: 1, perHost: 1, waitingPerHost: 1 });
  const held = work();
  const done = turns.run('a', never, held.run);
  const ending = new AbortController();
  const waiting = turns.run('a', ending.signal, () => Promise.resolve());
  await assert.rejects(
    turns.run('a', never, () => Promise.resolve()),
    { code: 'unreachable' },
  );
  ending.abort();
  await assert.rejects(waiting, { code: 'timeout' });
  held.end();
  await done;
  await assert.rejects(
    turns.run('a', never, () => Promise.reject(new Error('broken'))),
    /broken/,
  );
  assert.equal(await turns.run('a', never, () => Promise.resolve('next')), 'next');
});
