import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EphemeralStore } from '../ports.ts';

export interface EphemeralDriver {
  readonly name: string;
  /** An empty store on the given clock, and what clears it up. */
  open(
    clock: () => number,
  ): Promise<{ readonly ephemeral: EphemeralStore; readonly end: () => Promise<void> }>;
}

const start = 1_800_000_000;
const rule = { capacity: 10, refillPerSecond: 0.5 };

export function ephemeralConformance(driver: EphemeralDriver): void {
  const property = (
    title: string,
    run: (ephemeral: EphemeralStore, clock: { now: number }) => Promise<void>,
  ): void => {
    test(`${driver.name}: ${title}`, async () => {
      const clock = { now: start };
      const { ephemeral, end } = await driver.open(() => clock.now);
      try {
        await run(ephemeral, clock);
      } finally {
        await end();
      }
    });
  };

  property('gives a key to the first of 200 callers until it expires (ACC-2)', async (ephemeral, clock) => {
    const claim = () => ephemeral.putIfAbsent('jti', start + 60);
    const first = await Promise.all(Array.from({ length: 200 }, claim));
    assert.equal(first.filter(Boolean).length, 1);
    clock.now = start + 59;
    assert.equal(await claim(), false);
    clock.now = start + 60;
    assert.equal(await ephemeral.putIfAbsent('jti', start + 120), true);
    assert.equal(await ephemeral.putIfAbsent('jti', start + 120), false);
  });

  property(
    'finds a key that was claimed, with an empty value, until it expires (ACC-2)',
    async (ephemeral) => {
      assert.equal(await ephemeral.find('jti', start), undefined);
      await ephemeral.putIfAbsent('jti', start + 60);
      assert.equal(await ephemeral.find('jti', start + 59), '');
      assert.equal(await ephemeral.find('jti', start + 60), undefined);
    },
  );

  property('finds a value until it expires, not at that second (SPN-1)', async (ephemeral) => {
    await ephemeral.put('k', 'one', start + 60);
    assert.equal(await ephemeral.find('k', start + 59), 'one');
    assert.equal(await ephemeral.find('k', start + 60), undefined);
    assert.equal(await ephemeral.find('other', start), undefined);
    await ephemeral.put('k', 'two', start + 90);
    assert.equal(await ephemeral.find('k', start + 60), 'two');
  });

  property('gives a value to one of 200 takers (ACC-2)', async (ephemeral) => {
    await ephemeral.put('k', 'v', start + 60);
    assert.equal(await ephemeral.take('k', start + 60), undefined);
    const taken = await Promise.all(Array.from({ length: 200 }, () => ephemeral.take('k', start)));
    assert.deepEqual(
      taken.filter((value) => value !== undefined),
      ['v'],
    );
    assert.equal(await ephemeral.find('k', start), undefined);
  });

  property(
    'replaces a value only if it is the expected one, and keeps its expiry (ACC-2)',
    async (ephemeral, clock) => {
      await ephemeral.put('k', '0', start + 60);
      const moves = await Promise.all(Array.from({ length: 50 }, () => ephemeral.replace('k', '0', '1')));
      assert.equal(moves.filter(Boolean).length, 1);
      assert.equal(await ephemeral.find('k', start), '1');
      clock.now = start + 60;
      assert.equal(await ephemeral.replace('k', '1', '2'), false);
      assert.equal(await ephemeral.find('k', start + 60), undefined);
      assert.equal(await ephemeral.replace('none', '1', '2'), false);
    },
  );

  property('lets out of a bucket what it holds, and tells how long to wait (SPN-18)', async (ephemeral) => {
    const ms = start * 1000;
    const spend = (cost: number, atMs: number) => ephemeral.spend('b', cost, rule, atMs);
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => spend(1, ms)));
    assert.equal(outcomes.filter((outcome) => outcome.allowed).length, 10);
    assert.deepEqual(await spend(1, ms), { allowed: false, retryAfterSeconds: 2 });
    assert.deepEqual(await spend(0, ms), { allowed: false, retryAfterSeconds: 2 });
    assert.deepEqual(await spend(0, ms + 2000), { allowed: true, retryAfterSeconds: 0 });
    assert.deepEqual(await spend(1, ms + 1500), { allowed: false, retryAfterSeconds: 1 });
    assert.deepEqual(await spend(1, ms + 2000), { allowed: true, retryAfterSeconds: 0 });
    assert.deepEqual(await spend(3, ms + 2000), { allowed: false, retryAfterSeconds: 6 });
  });

  property(
    'never refunds past the capacity, and never refills twice for clocks that differ (SPN-18)',
    async (ephemeral) => {
      const ms = start * 1000;
      const spend = (cost: number, atMs: number) => ephemeral.spend('b', cost, rule, atMs);
      await spend(10, ms);
      assert.equal((await spend(1, ms + 2000)).allowed, true);
      // A process whose clock is two seconds behind must not get those seconds again afterwards.
      await spend(-1, ms);
      assert.equal((await spend(1, ms + 2000)).allowed, true);
      assert.equal((await spend(1, ms + 2000)).allowed, false);
      await spend(-99, ms + 2000);
      const outcomes = await Promise.all(Array.from({ length: 30 }, () => spend(1, ms + 2000)));
      assert.equal(outcomes.filter((outcome) => outcome.allowed).length, 10);
    },
  );
}
