import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acrReachedBy, acrToTell, isReachable, meetsAcr, reachableAcrs } from './levels.ts';

const wish = (...wanted: readonly string[]) => ({ wanted, essential: false });

test('a password reaches aal1, and no sign-in ends without a level (OpenID Connect Core §2)', () => {
  assert.deepEqual(reachableAcrs, ['aal1']);
  assert.equal(acrReachedBy(['pwd']), 'aal1');
  assert.equal(acrReachedBy(['pwd', 'unheard-of']), 'aal1');
  assert.throws(() => acrReachedBy([]), TypeError);
  assert.throws(() => acrReachedBy(['unheard-of']), TypeError);
});

test('any one of the wanted classes suffices (OpenID Connect Core §3.1.2.1)', () => {
  assert.ok(meetsAcr(null, 'aal1'));
  assert.ok(meetsAcr(wish('urn:example:gold', 'aal1'), 'aal1'));
  assert.ok(!meetsAcr(wish('urn:example:gold'), 'aal1'));
  assert.ok(!meetsAcr(wish(), 'aal1'));
  assert.ok(isReachable(wish('urn:example:gold', 'aal1')));
  assert.ok(!isReachable(wish('urn:example:gold')));
});

test('a class that is not in the table includes no other, and is met by itself alone (OpenID Connect Core §5.5.1.1)', () => {
  assert.ok(meetsAcr(wish('urn:example:gold'), 'urn:example:gold'));
  assert.ok(!meetsAcr(wish('aal1'), 'urn:example:gold'));
  assert.ok(!meetsAcr(wish('aal1'), 'toString'));
});

test('the true class is told, whatever was wished for (OpenID Connect Core §5.5.1.1, attack 10)', () => {
  assert.equal(acrToTell(null, 'aal1'), 'aal1');
  assert.equal(acrToTell(wish('urn:example:gold', 'aal2'), 'aal1'), 'aal1');
  assert.equal(acrToTell(wish('aal1'), 'urn:example:older'), 'urn:example:older');
});
