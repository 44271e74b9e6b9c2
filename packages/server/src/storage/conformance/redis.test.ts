import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type BucketState, spendFrom } from '../bucket.ts';
import { openRedisEphemeralStore } from '../redis/open.ts';
import { ephemeralConformance } from './ephemeral.ts';
import { newPrefix, redisAccess, skipWithoutRedis } from './redis-driver.ts';

const start = 1_800_000_000;

describe('Redis', { skip: skipWithoutRedis }, () => {
  const open = (clock: () => number = () => start) =>
    openRedisEphemeralStore({ ...redisAccess(), prefix: newPrefix(), clock });

  ephemeralConformance({
    name: 'redis',
    open: async (clock) => {
      const ephemeral = await open(clock);
      return { ephemeral, end: () => ephemeral.close() };
    },
  });

  test('a bucket counts as the arithmetic says, step by step (SPN-18)', async () => {
    const steps = fc.array(
      fc.record({ cost: fc.integer({ min: -3, max: 5 }), waitMs: fc.integer({ min: -500, max: 5000 }) }),
      { maxLength: 20 },
    );
    const refill = fc.oneof(
      fc.constantFrom(0, 1 / 3, 1 / 60, 0.1),
      fc.double({ min: 0.01, max: 5, noNaN: true }),
    );
    const rules = fc.record({ capacity: fc.integer({ min: 1, max: 50 }), refillPerSecond: refill });
    const ephemeral = await open();
    let bucket = 0;
    await fc.assert(
      fc.asyncProperty(rules, steps, async (rule, sequence) => {
        bucket += 1;
        let state: BucketState | undefined;
        let nowMs = start * 1000;
        for (const { cost, waitMs } of sequence) {
          nowMs += waitMs;
          const expected = spendFrom(state, cost, rule, nowMs);
          assert.deepEqual(await ephemeral.spend(String(bucket), cost, rule, nowMs), expected.outcome);
          state = expected.state ?? state;
        }
      }),
      { numRuns: 60 },
    );
    await ephemeral.close();
  });
});
