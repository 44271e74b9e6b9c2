import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { JoseError, type JoseErrorCode } from './jose-error.ts';
import { type Jwk, parseJwk, thumbprint } from './jwk.ts';
import { makeKey, readVectors, vectorPath } from './signing-keys.test-support.ts';
import { importVerificationKey } from './verification-key.ts';

const refusedAs = (code: JoseErrorCode) => (error: unknown) =>
  error instanceof JoseError && error.code === code;
const { jwk } = makeKey('ES256');

test('keeps the members we read and drops the others (RFC 7517 §4)', () => {
  assert.deepEqual(parseJwk({ ...jwk, 'x-vendor': 1, nbf: 3 }), jwk);
});

test('refuses a key with private or symmetric material (RFC 7517 §9.2)', () => {
  for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']) {
    assert.throws(() => parseJwk({ ...jwk, [member]: 'AA' }), refusedAs('private_key'));
  }
  assert.throws(() => parseJwk({ kty: 'oct', k: 'AA' }), refusedAs('private_key'));
  assert.throws(() => parseJwk({ kty: 'oct' }), refusedAs('private_key'));
});

const malformed: readonly (readonly [string, unknown])[] = [
  ['that is not an object', 'key'],
  ['that is null', null],
  ['of unknown type', { kty: 'LATTICE', pub: 'AA' }],
  ['of an inherited name for a type', { kty: 'constructor', pub: 'AA' }],
  ['without a coordinate', { ...jwk, y: undefined }],
  ['with a coordinate that is not base64url', { ...jwk, y: `${jwk.y}=` }],
  ['with an endless modulus', { kty: 'RSA', e: 'AQAB', n: 'A'.repeat(1367) }],
  ['with a kid that is not text', { ...jwk, kid: 7 }],
  ['with an endless kid', { ...jwk, kid: 'k'.repeat(257) }],
  ['with key_ops that is not a list', { ...jwk, key_ops: 'verify' }],
  ['with an empty certificate chain', { ...jwk, x5c: [] }],
  ['with a certificate in base64url', { ...jwk, x5c: ['_-_-'] }],
];
for (const [what, value] of malformed) {
  test(`refuses a JWK ${what} (RFC 7517 §4)`, () => {
    assert.throws(() => parseJwk(value), refusedAs('invalid_key'));
  });
}

test('inherited members do not count (RFC 7517 §4)', () => {
  assert.throws(() => parseJwk(Object.create(jwk)), refusedAs('invalid_key'));
});

test('answers or throws JoseError on any value whatever (RFC 7517 §4)', () => {
  const member = fc.constantFrom('kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use', 'key_ops', 'x5c');
  const value = fc.oneof(fc.constantFrom('EC', 'RSA', 'OKP', 'P-256', 'AQAB'), fc.jsonValue());
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(member, value)), (input) => {
      try {
        const parsed = parseJwk(input);
        assert.deepEqual(parseJwk(parsed), parsed);
      } catch (error) {
        assert.ok(error instanceof JoseError);
      }
    }),
  );
});

test('a thumbprint depends on the required members only (RFC 7638 §3.2)', () => {
  const { kid: _, use: __, alg: ___, ...bare } = jwk;
  assert.equal(thumbprint(bare), thumbprint(jwk));
  assert.throws(() => thumbprint({ kty: 'EC', crv: 'P-256' }), refusedAs('invalid_key'));
});

test('computes the thumbprints of the RFCs (RFC 7638 §3.1, RFC 8037 §A.3)', (t) => {
  const path = vectorPath('jose/rfc-small-vectors.json');
  if (path === undefined) return t.skip('vectors: no TEST_VECTORS_DIR');
  const vectors = readVectors(path) as {
    rfc7638: { jwk: Jwk; sha256Thumbprint: string };
    rfc8037: { jwk: Jwk; thumbprint: string };
  };
  assert.equal(thumbprint(vectors.rfc7638.jwk), vectors.rfc7638.sha256Thumbprint);
  assert.equal(thumbprint(vectors.rfc8037.jwk), vectors.rfc8037.thumbprint);
});

for (const [name, nodeType, thumb] of [
  ['ML-DSA-44', 'ml-dsa-44', 'T4xl70S7MT6Zeq6r9V9fPJGVn76wfnXJ21-gyo0Gu6o'],
  ['ML-DSA-65', 'ml-dsa-65', 'Suiu29qbfuaBaR4Ats-c6XQBePB_OpAxAwcTR_0KXVM'],
] as const) {
  test(`the ${name} key of the all-zero seed has the thumbprint of the RFC, which covers alg (RFC 9964 §6, Appendix A)`, () => {
    // PKCS#8 with the seed alone: the form that keys are kept in.
    const { privateKey } = generateKeyPairSync(nodeType);
    const der = privateKey.export({ format: 'der', type: 'pkcs8' });
    der.fill(0, der.length - 32);
    const zero = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
    const jwk = parseJwk(zero.export({ format: 'jwk' }));
    assert.equal(jwk.alg, name);
    assert.equal(thumbprint(jwk), thumb);
    assert.notEqual(thumbprint({ ...jwk, alg: 'ML-DSA-87' }), thumb);
  });
}

test('an AKP key names its algorithm, has its exact length, and no seed beside it (RFC 9964 §3, §5)', () => {
  const { jwk } = makeKey('ML-DSA-44');
  const { alg: _, ...nameless } = jwk;
  assert.throws(() => parseJwk(nameless), JoseError);
  assert.throws(() => parseJwk({ ...jwk, priv: 'AA' }), JoseError);
  assert.throws(() => parseJwk({ ...jwk, pub: 'A'.repeat(2604) }), JoseError);
  for (const changes of [
    { alg: 'ML-DSA-65' },
    { alg: 'ML-DSA-87' },
    { alg: 'ES256' },
    { pub: jwk.pub?.slice(4) },
  ]) {
    assert.throws(() => importVerificationKey(parseJwk({ ...jwk, ...changes })), JoseError);
  }
  assert.throws(() => importVerificationKey(jwk, 'ML-DSA-65'), JoseError);
  assert.equal(importVerificationKey(jwk).algorithm.name, 'ML-DSA-44');
});
