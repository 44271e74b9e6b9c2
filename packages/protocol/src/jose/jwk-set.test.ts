import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { JoseError, type JoseErrorCode } from './jose-error.ts';
import { parseJwk } from './jwk.ts';
import { parseJwkSet, selectKeys } from './jwk-set.ts';
import { makeKey } from './signing-keys.test-support.ts';

const refusedAs = (code: JoseErrorCode) => (error: unknown) =>
  error instanceof JoseError && error.code === code;
const ec = makeKey('ES256', 'a').jwk;
const other = makeKey('ES256', 'b').jwk;
const rsa = makeKey('RS256', 'a').jwk;
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
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

test('encryption keys are left out (RFC 7517 §4.2)', () => {
  assert.deepEqual(parseJwkSet({ keys: [{ ...p384, use: 'enc' }, ec] }, refuse), { keys: [ec] });
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
