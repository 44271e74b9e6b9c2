import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { findKeyManagement, keyManagementAlgorithms } from './encryption-algorithms.ts';
import { parseEncryptionKey } from './encryption-key.ts';
import { makeRecipient, type RecipientKind } from './encryption-keys.test-support.ts';
import { JoseError, type JoseErrorCode } from './jose-error.ts';

const refusedAs = (code: JoseErrorCode) => (error: unknown) =>
  error instanceof JoseError && error.code === code;
const ec = makeRecipient('P-256').jwk;
const montgomery = makeRecipient('X25519').jwk;
const rsa = makeRecipient('RSA').jwk;
const { kid: _kid, use: _use, ...bareEc } = ec;
const { kid: _kid2, use: _use2, ...bareRsa } = rsa;

test('what is not encrypted with: RSA1_5, SHA-1, shared secrets, passwords, and AES-192 (RFC 7518 §4.1, RFC 8725 §3.2)', () => {
  const names = [
    ...['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-512', 'dir', 'A128KW', 'A256KW', 'A256GCMKW', 'none', ''],
    ...['PBES2-HS256+A128KW', 'ECDH-ES+A192KW', 'ecdh-es', 'ECDH-ES ', '__proto__', 'constructor'],
  ];
  for (const name of names) {
    assert.equal(findKeyManagement(name), undefined, name);
    assert.throws(() => parseEncryptionKey(ec, name), refusedAs('unsupported_algorithm'), name);
  }
});

for (const { name, keys } of keyManagementAlgorithms) {
  test(`${name} takes keys of its own types and no others (RFC 7518 §6, RFC 8037 §2)`, () => {
    for (const [kind, jwk] of [
      ['P-256', ec],
      ['X25519', montgomery],
      ['RSA', rsa],
    ] as const satisfies readonly (readonly [RecipientKind, object])[]) {
      const fits = keys.some(({ kty, crv }) => (kty === 'RSA' ? kind === 'RSA' : crv === kind));
      if (fits) assert.equal(parseEncryptionKey(jwk, name).kid, `${kind}-1`);
      else assert.throws(() => parseEncryptionKey(jwk, name), refusedAs('key_mismatch'), kind);
    }
  });
}

const labels: readonly (readonly [string, Record<string, unknown>, boolean])[] = [
  ['use: enc', { use: 'enc' }, true],
  ['no use', {}, true],
  ['use: sig', { use: 'sig' }, false],
  ['use: ENC', { use: 'ENC' }, false],
  ['its own alg', { alg: 'ECDH-ES' }, true],
  ['another alg of ours', { alg: 'ECDH-ES+A128KW' }, false],
  ['a signature alg', { alg: 'ES256' }, false],
  ['key_ops of an agreement', { key_ops: ['deriveBits'] }, true],
  ['empty key_ops, as WebCrypto exports them', { key_ops: [] }, true],
  ['key_ops of a signature', { key_ops: ['verify'] }, false],
];
for (const [what, changes, fits] of labels) {
  test(`a key with ${what} is ${fits ? 'taken' : 'refused'} for ECDH-ES (RFC 7517 §4.2, §4.3, §4.4)`, () => {
    const parse = () => parseEncryptionKey({ ...bareEc, ...changes }, 'ECDH-ES');
    if (fits) parse();
    else assert.throws(parse, refusedAs('key_mismatch'));
  });
}

test('an RSA key whose key_ops do not name encryption is refused (RFC 7517 §4.3)', () => {
  for (const key_ops of [[], ['verify'], ['decrypt']]) {
    assert.throws(
      () => parseEncryptionKey({ ...bareRsa, key_ops }, 'RSA-OAEP-256'),
      refusedAs('key_mismatch'),
    );
  }
  parseEncryptionKey({ ...bareRsa, key_ops: ['wrapKey'] }, 'RSA-OAEP-256');
});

test('private and symmetric material is refused, whoever means well (RFC 7517 §9.2)', () => {
  const { privateKey } = generateKeyPairSync('x25519');
  const secret = privateKey.export({ format: 'jwk' });
  assert.throws(() => parseEncryptionKey(secret, 'ECDH-ES'), refusedAs('private_key'));
  assert.throws(() => parseEncryptionKey({ kty: 'oct', k: 'AA' }, 'ECDH-ES'), refusedAs('private_key'));
});

test('a point that is not on P-256 is refused: an answer would leak the key it is sent to (RFC 8725 §3.4)', () => {
  const shifted = Buffer.from(String(ec.y), 'base64url');
  shifted[31] = (shifted[31] ?? 0) ^ 1;
  const bad = { ...ec, y: shifted.toString('base64url') };
  assert.throws(() => parseEncryptionKey(bad, 'ECDH-ES'), refusedAs('invalid_key'));
  for (const crv of ['P-384', 'secp256k1', 'X448', 'Ed25519']) {
    assert.throws(() => parseEncryptionKey({ ...ec, crv }, 'ECDH-ES'), refusedAs('key_mismatch'), crv);
  }
});

/** Little-endian u-coordinates, RFC 7748 §6.1 and the twist; a set top bit is the same point. */
const smallOrder: readonly string[] = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
];
for (const hex of smallOrder) {
  test(`an X25519 key of small order is refused: ${hex.slice(0, 8)}… (RFC 7748 §6.1, RFC 8037 §3.2)`, () => {
    for (const topBit of [0, 0x80]) {
      const bytes = Buffer.from(hex, 'hex');
      bytes[31] = (bytes[31] ?? 0) | topBit;
      const jwk = { kty: 'OKP', crv: 'X25519', x: bytes.toString('base64url') };
      assert.throws(() => parseEncryptionKey(jwk, 'ECDH-ES'), refusedAs('weak_key'));
    }
  });
}

test('coordinates of another length and short or even moduli are refused (RFC 7518 §6)', () => {
  const short = { ...montgomery, x: Buffer.alloc(31, 9).toString('base64url') };
  assert.throws(() => parseEncryptionKey(short, 'ECDH-ES'), refusedAs('invalid_key'));
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  assert.throws(() => parseEncryptionKey(small, 'RSA-OAEP-256'), refusedAs('weak_key'));
  const huge = { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(1025, 255).toString('base64url') };
  assert.throws(() => parseEncryptionKey(huge, 'RSA-OAEP-256'), JoseError);
  assert.throws(() => parseEncryptionKey({ ...rsa, e: 'Aw' }, 'RSA-OAEP-256'), refusedAs('weak_key'));
});
