import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BucketState, look, spendFrom } from './bucket.ts';

const rules = fc.record({
  capacity: fc.integer({ min: 1, max: 50 }),
  refillPerSecond: fc.integer({ min: 0, max: 5 }),
});
const steps = fc.array(
  fc.record({ cost: fc.integer({ min: -3, max: 5 }), waitMs: fc.integer({ min: -500, max: 5000 }) }),
  { maxLength: 50 },
);

test('a bucket holds between nothing and its capacity, and lets out no more than came in (SPN-18)', () => {
  fc.assert(
    fc.property(rules, steps, (rule, sequence) => {
      let state: BucketState | undefined;
      let nowMs = 1_000_000;
      let latest = nowMs;
      let spent = 0;
      for (const { cost, waitMs } of sequence) {
        nowMs += waitMs;
        latest = Math.max(latest, nowMs);
        const { outcome, state: next } = spendFrom(state, cost, rule, nowMs);
        assert.equal(outcome.retryAfterSeconds === 0, outcome.allowed);
        assert.ok(Number.isSafeInteger(outcome.retryAfterSeconds));
        if (outcome.allowed) spent += cost;
        state = next ?? state;
        if (state !== undefined) assert.ok(state.tokens >= 0 && state.tokens <= rule.capacity);
      }
      const refilled = ((latest - 1_000_000) / 1000) * rule.refillPerSecond;
      const refunded = sequence.reduce((sum, { cost }) => sum + Math.max(0, -cost), 0);
      assert.ok(spent <= rule.capacity + refilled + refunded + 1e-6);
    }),
  );
});

test('after the wait that it tells, a bucket allows (SPN-18)', () => {
  fc.assert(
    fc.property(rules, fc.integer({ min: 1, max: 50 }), (rule, wanted) => {
      fc.pre(wanted <= rule.capacity && rule.refillPerSecond > 0);
      const { state } = spendFrom(undefined, rule.capacity, rule, 0);
      const refused = spendFrom(state, wanted, rule, 0).outcome;
      assert.equal(refused.allowed, false);
      assert.equal(spendFrom(state, wanted, rule, refused.retryAfterSeconds * 1000).outcome.allowed, true);
    }),
  );
});

test('forgetting a bucket at its expiry changes nothing (SPN-18)', () => {
  fc.assert(
    fc.property(rules, fc.integer({ min: 1, max: 50 }), (rule, cost) => {
      fc.pre(cost <= rule.capacity && rule.refillPerSecond > 0);
      const { state } = spendFrom(undefined, cost, rule, 5000);
      const at = (state?.expiresAt ?? 0) * 1000;
      assert.deepEqual(spendFrom(state, rule.capacity, rule, at).outcome, {
        allowed: true,
        retryAfterSeconds: 0,
      });
      assert.deepEqual(look(state, rule, at), look(undefined, rule, at));
    }),
  );
});

test('a bucket that never refills tells a wait that is finite (SPN-18)', () => {
  const rule = { capacity: 1, refillPerSecond: 0 };
  const { state } = spendFrom(undefined, 1, rule, 0);
  assert.deepEqual(spendFrom(state, 1, rule, 0).outcome, { allowed: false, retryAfterSeconds: 86_400 });
});
