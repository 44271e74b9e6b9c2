import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JoseError, type JoseErrorCode } from './jose-error.ts';
import { type Jwk, parseJwk, thumbprint } from './jwk.ts';
import { makeKey, readVectors, vectorPath } from './signing-keys.test-support.ts';

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
  ['of unknown type', { kty: 'AKP', pub: 'AA' }],
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
