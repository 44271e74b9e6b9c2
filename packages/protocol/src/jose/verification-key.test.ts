import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { JoseError, type JoseErrorCode } from './jose-error.ts';
import { type Jwk, parseJwk } from './jwk.ts';
import { makeKey } from './signing-keys.test-support.ts';
import { importVerificationKey } from './verification-key.ts';

const refusedAs = (code: JoseErrorCode) => (error: unknown) =>
  error instanceof JoseError && error.code === code;
const ec = makeKey('ES256').jwk;
const rsa = makeKey('RS256').jwk;
const ed = makeKey('EdDSA').jwk;

function bare({ alg: _, use: __, ...jwk }: Jwk): Jwk {
  return jwk;
}

function littleEndian(value: bigint): string {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse().toString('base64url');
}

/** By Fermat, modulo 2^255 - 19. */
function inverse(value: bigint): bigint {
  const prime = 2n ** 255n - 19n;
  let [result, base, exponent] = [1n, value, prime - 2n];
  while (exponent > 0n) {
    if (exponent % 2n === 1n) result = (result * base) % prime;
    base = (base * base) % prime;
    exponent /= 2n;
  }
  return result;
}

test('a key is imported for the algorithm it names, or its curve implies (RFC 8725 §3.1)', () => {
  assert.equal(importVerificationKey(ec).algorithm.name, 'ES256');
  assert.equal(importVerificationKey(bare(ec)).algorithm.name, 'ES256');
  assert.equal(importVerificationKey(bare(ed)).algorithm.name, 'EdDSA');
  assert.equal(importVerificationKey(ed, 'Ed25519').algorithm.name, 'Ed25519');
});

test('an RSA key that names no algorithm needs one named for it (RFC 8725 §3.1)', () => {
  assert.throws(() => importVerificationKey(bare(rsa)), refusedAs('key_mismatch'));
  assert.equal(importVerificationKey(bare(rsa), 'PS256').algorithm.name, 'PS256');
});

test('a key is refused for an algorithm that is not its own (RFC 8725 §3.1)', () => {
  assert.throws(() => importVerificationKey(rsa, 'PS256'), refusedAs('key_mismatch'));
  assert.throws(() => importVerificationKey(ec, 'RS256'), refusedAs('key_mismatch'));
  assert.throws(() => importVerificationKey(ed, 'ES256'), refusedAs('key_mismatch'));
  for (const name of ['HS256', 'none', 'ES512']) {
    assert.throws(() => importVerificationKey(ec, name), refusedAs('unsupported_algorithm'));
  }
  assert.throws(() => importVerificationKey({ ...ec, alg: 'ECDH-ES' }, 'ES256'), refusedAs('key_mismatch'));
});

test('use and key_ops are respected (RFC 7517 §4.2, §4.3)', () => {
  assert.throws(() => importVerificationKey({ ...ec, use: 'enc' }), refusedAs('key_mismatch'));
  assert.throws(() => importVerificationKey({ ...ec, key_ops: ['sign'] }), refusedAs('key_mismatch'));
  assert.ok(importVerificationKey({ ...ec, key_ops: ['verify'] }));
});

test('an RSA modulus below 2048 bits is refused, by its bits and not its bytes (RFC 7518 §3.3, SPN-3)', () => {
  for (const modulusLength of [1024, 2040, 2047]) {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength });
    const jwk = parseJwk(publicKey.export({ format: 'jwk' }));
    assert.throws(() => importVerificationKey(jwk, 'RS256'), refusedAs('weak_key'));
  }
});

test('an RSA exponent must be odd and above 2^16, and no integer has leading zeros (RFC 7518 §2)', () => {
  for (const e of ['Aw', 'AQ', 'AQAA']) {
    assert.throws(() => importVerificationKey({ ...rsa, e }), refusedAs('weak_key'));
  }
  assert.throws(() => importVerificationKey({ ...rsa, e: 'AAEAAQ' }), refusedAs('invalid_key'));
  assert.throws(() => importVerificationKey({ ...rsa, e: 'AQAAAAAAAAAB' }), refusedAs('invalid_key'));
  assert.throws(() => importVerificationKey({ ...rsa, n: `AAAA${rsa.n}` }), refusedAs('invalid_key'));
});

test('another curve is refused (RFC 7518 §3.4)', () => {
  for (const namedCurve of ['P-384', 'P-521', 'secp256k1']) {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve });
    const jwk = parseJwk(publicKey.export({ format: 'jwk' }));
    assert.throws(() => importVerificationKey(jwk), refusedAs('key_mismatch'));
  }
  const x25519 = parseJwk(generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }));
  assert.throws(() => importVerificationKey(x25519), refusedAs('key_mismatch'));
});

test('a point that is not on the curve is refused (RFC 7518 §6.2.1, attack 5)', () => {
  const { y = '' } = ec;
  const moved = Buffer.from(y, 'base64url');
  moved.writeUInt8((moved.readUInt8(31) + 1) % 256, 31);
  assert.throws(
    () => importVerificationKey({ ...ec, y: moved.toString('base64url') }),
    refusedAs('invalid_key'),
  );
  const zero = Buffer.alloc(32).toString('base64url');
  assert.throws(() => importVerificationKey({ ...ec, x: zero, y: zero }), refusedAs('invalid_key'));
  assert.throws(() => importVerificationKey({ ...ec, x: `${ec.x?.slice(0, 40)}` }), refusedAs('invalid_key'));
});

test('an Ed25519 key of small order or beyond the prime is refused (RFC 8032 §5.1.3, attack 5)', () => {
  const prime = 2n ** 255n - 19n;
  const order8 = Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex');
  const order8Other = Buffer.from('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'hex');
  const encodings = [
    ...[0n, 1n, prime - 1n, prime, prime + 1n].flatMap((y) => [y, y | (2n ** 255n)]).map(littleEndian),
    order8.toString('base64url'),
    order8Other.toString('base64url'),
  ];
  const d = (-121665n * inverse(121666n)) % prime;
  for (const bytes of [order8, order8Other]) {
    const y = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
    assert.equal((d * y ** 4n + 2n * y * y - 1n) % prime, 0n);
  }
  for (const x of encodings) {
    assert.throws(() => importVerificationKey({ ...ed, x }), refusedAs('weak_key'), x);
  }
});
