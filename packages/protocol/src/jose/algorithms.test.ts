import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowsAlgorithm, findSigningAlgorithm, signingAlgorithms } from './algorithms.ts';

test('knows asymmetric algorithms only, by exact name (RFC 8725 §3.1, SPN-3)', () => {
  assert.deepEqual(
    signingAlgorithms.map(({ name }) => name),
    ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256', 'ML-DSA-44', 'ML-DSA-65'],
  );
  for (const name of [
    'none',
    'None',
    'HS256',
    'HS512',
    'es256',
    'ES256K',
    'ML-DSA-87',
    'ml-dsa-44',
    'RS1',
    '',
    '__proto__',
    'toString',
  ]) {
    assert.equal(findSigningAlgorithm(name), undefined);
  }
});

test('Ed25519 is accepted wherever EdDSA is, and the reverse (RFC 9864 §2.2)', () => {
  for (const [allowed, name] of [
    ['EdDSA', 'Ed25519'],
    ['Ed25519', 'EdDSA'],
  ] as const) {
    const algorithm = findSigningAlgorithm(name);
    assert.ok(algorithm);
    assert.equal(allowsAlgorithm([allowed], algorithm), true);
    assert.equal(allowsAlgorithm(['ES256', 'PS256', 'none'], algorithm), false);
  }
});

test('RS256 and PS256 are two algorithms though their keys look alike (RFC 8725 §3.1)', () => {
  const rs256 = findSigningAlgorithm('RS256');
  assert.ok(rs256);
  assert.equal(allowsAlgorithm(['PS256'], rs256), false);
});

test('ML-DSA is behind a flag, and nothing else is (RFC 9964 §5, SPN-3)', () => {
  const flagged = signingAlgorithms.filter(({ flag }) => flag !== undefined).map(({ name }) => name);
  assert.deepEqual(flagged, ['ML-DSA-44', 'ML-DSA-65']);
});
