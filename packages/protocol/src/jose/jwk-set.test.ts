import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { findKeyManagement } from './encryption-algorithms.ts';
import { makeRecipient } from './encryption-keys.test-support.ts';
import { JoseError, type JoseErrorCode } from './jose-error.ts';
import { type Jwk, parseJwk } from './jwk.ts';
import { hasVerificationKey, parseJwkSet, selectEncryptionKey, selectKeys } from './jwk-set.ts';
import { makeKey } from './signing-keys.test-support.ts';

const refusedAs = (code: JoseErrorCode) => (error: unknown) =>
  error instanceof JoseError && error.code === code;
const ec = makeKey('ES256', 'a').jwk;
const other = makeKey('ES256', 'b').jwk;
const rsa = makeKey('RS256', 'a').jwk;
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
const encryptionKey = makeRecipient('P-256').jwk;
const refuse = { onUnusable: 'refuse' } as const;
const ignore = { onUnusable: 'ignore' } as const;

test('a registered set is refused for one key that cannot verify, a fetched one leaves it out (RFC 7517 §5)', () => {
  const set = { keys: [ec, p384, { kty: 'AKP', pub: 'AA' }] };
  assert.throws(() => parseJwkSet(set, refuse), refusedAs('key_mismatch'));
  assert.deepEqual(parseJwkSet(set, ignore), { keys: [ec] });
});

test('a set with private or symmetric material is refused whole, wherever it stands (RFC 7517 §9.2)', () => {
  for (const bad of [
    { ...other, d: 'AA' },
    { kty: 'oct', k: 'AA' },
    { ...other, use: 'enc', d: 'AA' },
    { kty: 'oct', use: 'enc' },
  ]) {
    for (const options of [refuse, ignore]) {
      assert.throws(() => parseJwkSet({ keys: [ec, bad] }, options), refusedAs('private_key'));
    }
  }
});

test('an encryption key by an algorithm that we do not have is left out of either set (RFC 7517 §4.2)', () => {
  for (const key of [
    { ...p384, use: 'enc' },
    { ...encryptionKey, alg: 'ECDH-ES+A192KW' },
    { ...makeRecipient('RSA').jwk, alg: 'RSA-OAEP' },
    { kty: 'AKP', alg: 'ML-KEM-768', pub: 'AA', use: 'enc' },
    { use: 'enc' },
  ]) {
    for (const options of [refuse, ignore])
      assert.deepEqual(parseJwkSet({ keys: [key, ec] }, options), { keys: [ec] });
  }
});

test('an ML-DSA key of somebody else is refused in a registered set and left out of a fetched one (RFC 9964 §3)', () => {
  const set = { keys: [ec, makeKey('ML-DSA-44').jwk] };
  assert.throws(() => parseJwkSet(set, refuse), refusedAs('unsupported_algorithm'));
  assert.deepEqual(parseJwkSet(set, ignore), { keys: [ec] });
});

test('encryption keys are kept, told by use, by algorithm or by curve, and verify nothing (RFC 7517 §4.2, §4.4)', () => {
  for (const key of [
    encryptionKey,
    makeRecipient('P-256', { kid: 'x', alg: 'ECDH-ES' }).jwk,
    makeRecipient('RSA', { kid: 'x', alg: 'RSA-OAEP-256' }).jwk,
    makeRecipient('X25519', { kid: 'x' }).jwk,
  ]) {
    const set = parseJwkSet({ keys: [key] }, refuse);
    assert.deepEqual(set, { keys: [key] });
    for (const alg of ['ES256', 'EdDSA', 'PS256'] as const) assert.deepEqual(selectKeys(set, { alg }), []);
    assert.equal(hasVerificationKey(set), false);
  }
  assert.equal(hasVerificationKey({ keys: [encryptionKey as unknown as Jwk, ec] }), true);
});

test('a weak or broken encryption key spoils a registered set, and is left out of a fetched one (RFC 7517 §5)', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const weak = { ...publicKey.export({ format: 'jwk' }), use: 'enc' };
  assert.throws(() => parseJwkSet({ keys: [ec, weak] }, refuse), refusedAs('weak_key'));
  assert.deepEqual(parseJwkSet({ keys: [ec, weak] }, ignore), { keys: [ec] });
  const broken = { ...encryptionKey, x: undefined };
  assert.throws(() => parseJwkSet({ keys: [ec, broken] }, refuse), refusedAs('invalid_key'));
});

test('an answer is encrypted to the key that says most clearly that it is for this, and that the header can name (OpenID Connect Core §10.2)', () => {
  const agreement = findKeyManagement('ECDH-ES');
  assert.ok(agreement);
  const jwk = (labels: Record<string, unknown>) => parseJwk(makeRecipient('P-256', labels).jwk);
  const [vague, nameless] = [jwk({ kid: 'vague' }), jwk({ use: 'enc', alg: 'ECDH-ES' })];
  const [named, meant] = [jwk({ kid: 'named', alg: 'ECDH-ES' }), jwk({ kid: 'meant', use: 'enc' })];
  const foreign = jwk({ kid: 'foreign', use: 'enc', alg: 'ECDH-ES+A256KW' });
  const select = (...keys: Jwk[]) => selectEncryptionKey({ keys }, agreement);
  assert.equal(select(vague, nameless, named, meant, foreign), meant);
  assert.equal(select(vague, nameless, named, foreign), named);
  assert.equal(select(ec, vague), vague, 'a key for signatures is not encrypted to');
  assert.equal(select(nameless), nameless);
  assert.equal(select(nameless, ec), undefined, 'no kid to tell it from the other');
  assert.equal(select(foreign, ec), undefined);
});

test('a set has a keys array, at most 20, and one kid per key type (RFC 7517 §4.5, §5)', () => {
  for (const input of [null, [], {}, { keys: {} }, Object.create({ keys: [] })]) {
    assert.throws(() => parseJwkSet(input, refuse), refusedAs('malformed'));
  }
  assert.throws(
    () => parseJwkSet({ keys: Array.from({ length: 21 }, () => ec) }, ignore),
    refusedAs('too_large'),
  );
  assert.throws(() => parseJwkSet({ keys: [ec, { ...other, kid: 'a' }] }, refuse), refusedAs('malformed'));
  assert.equal(parseJwkSet({ keys: [ec, rsa] }, refuse).keys.length, 2);
});

test('a key is selected by kid, type, use and algorithm together (RFC 7515 §4.1.4)', () => {
  const set = { keys: [ec, other, rsa] };
  assert.deepEqual(selectKeys(set, { alg: 'ES256', kid: 'a' }), [ec]);
  assert.deepEqual(selectKeys(set, { alg: 'RS256', kid: 'a' }), [rsa]);
  assert.deepEqual(selectKeys(set, { alg: 'PS256', kid: 'a' }), []);
  assert.deepEqual(selectKeys(set, { alg: 'ES256', kid: 'c' }), []);
  assert.deepEqual(selectKeys(set, { alg: 'ES256' }), [ec, other]);
});

test('a header without kid tries five keys at most (RFC 8725 §3.10)', () => {
  const { kid: _, ...unnamed } = parseJwk(ec);
  assert.equal(selectKeys({ keys: Array.from({ length: 20 }, () => unnamed) }, { alg: 'ES256' }).length, 5);
});
