import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JoseError } from './jose/jose-error.ts';
import { tokenHash } from './token-hash.ts';

test('the hash of the example in the standard (OpenID Connect Core Appendix A.3)', () => {
  const token = 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y';
  for (const alg of ['RS256', 'PS256', 'ES256']) {
    assert.equal(tokenHash(token, alg), '77QmUPtjPfzWtF2AnpK9RQ');
  }
});

test('the hash of the code in the example of the standard (OpenID Connect Core Appendix A.4)', () => {
  const code = 'Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk';
  assert.equal(tokenHash(code, 'RS256'), 'LDktKdoQak3Pk0cnXxCltA');
});

test('an Edwards signature takes the left half of SHA-512 (RFC 8032 §5.1, OpenID Connect Core §3.1.3.6)', () => {
  assert.equal(tokenHash('a', 'EdDSA').length, 43);
  assert.equal(tokenHash('a', 'EdDSA'), tokenHash('a', 'Ed25519'));
});

test('ML-DSA takes the left half of 64 bytes of SHAKE256 (OpenID Connect Token Hash Algorithm Implementer’s Guide §2, FIPS 202)', () => {
  // SHAKE256 of the empty message, as NIST publishes it.
  const known = '46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f';
  for (const alg of ['ML-DSA-44', 'ML-DSA-65']) {
    assert.equal(Buffer.from(tokenHash('', alg), 'base64url').toString('hex'), known);
    assert.notEqual(tokenHash('a', alg), tokenHash('a', 'EdDSA'));
  }
});

test('an unknown algorithm has no hash (RFC 8725 §3.1)', () => {
  assert.throws(() => tokenHash('a', 'HS256'), JoseError);
});
