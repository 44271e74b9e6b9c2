import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearest } from './nearest.ts';

test('the edit distance counts insertions, deletions and substitutions', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('', 'abc'), 3);
});

test('the edit distance is symmetric, zero for equal text only, and at most the longer length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (left, right) => {
      const distance = editDistance(left, right);
      assert.equal(distance, editDistance(right, left));
      assert.equal(distance === 0, left === right);
      assert.ok(distance <= Math.max(left.length, right.length));
    }),
  );
});

test('a known name is nearest to itself, and nothing is near when nothing is known', () => {
  assert.equal(nearest('log.level', ['log.lever', 'log.level']), 'log.level');
  assert.equal(nearest('x', []), undefined);
});
