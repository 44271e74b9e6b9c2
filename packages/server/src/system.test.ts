import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPooledRandom } from './system.ts';

test('the pooled random never hands out the same bytes twice and never zeros (RFC 6749 §10.10)', () => {
  const random = createPooledRandom();
  const seen = new Set<string>();
  for (let count = 0; count < 5000; count += 1) seen.add(random.token(16));
  assert.equal(seen.size, 5000);
  assert.ok([...seen].every((token) => token.length === 22 && !/^A+$/.test(token)));
});

test('a token longer than the pool is as long as asked (RFC 6749 §10.10)', () => {
  const random = createPooledRandom();
  assert.equal(Buffer.from(random.token(5000), 'base64url').length, 5000);
  assert.equal(Buffer.from(random.token(4096), 'base64url').length, 4096);
});
