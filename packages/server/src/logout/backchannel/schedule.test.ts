import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptTimeoutMs, leaseSeconds, maxAttempts, retryDelay } from './schedule.ts';

test('what fails is tried again for hours, ever more rarely, and then no more (OpenID Connect Back-Channel Logout §2.5)', () => {
  const delays = Array.from({ length: maxAttempts }, (_, index) => retryDelay(index + 1, 0.5));
  assert.equal(delays.at(-1), undefined);
  const waits = delays.filter((delay) => delay !== undefined);
  assert.equal(waits.length, maxAttempts - 1);
  assert.deepEqual(
    waits,
    waits.toSorted((a, b) => a - b),
  );
  const hours = waits.reduce((sum, wait) => sum + wait, 0) / 3600;
  assert.ok(hours > 6 && hours < 12, `${hours} h`);
});

test('no two that failed together come back together: each wait varies by a fifth (OpenID Connect Back-Channel Logout §2.5)', () => {
  for (let attempts = 1; attempts < maxAttempts; attempts += 1) {
    const [least = 0, middle = 0, most = 0] = [0, 0.5, 1].map((chance) => retryDelay(attempts, chance));
    assert.ok(least < middle && middle < most);
    assert.ok(least >= middle * 0.79 && most <= middle * 1.21);
  }
});

test('a claim outlives the attempt that it is for (OpenID Connect Back-Channel Logout §2.5)', () => {
  assert.ok(leaseSeconds * 1000 >= 2 * attemptTimeoutMs);
});
