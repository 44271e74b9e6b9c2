import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { envelopeKey } from '../keys/envelope.ts';
import { createVault } from '../keys/vault.ts';
import type { Hashed } from '../storage/secrets.ts';
import { readOrigin, sealOrigin } from './origin.ts';
import { createUserCodes } from './user-codes.ts';

const newVault = () => createVault([envelopeKey(randomBytes(32))]);
const vault = newVault();
const rowOf = (tenant: string, hash: string) => ({ tenant, hash: hash as Hashed<'device-code'> });

test('a user code is kept under a key of this server, so that a copy of the store cannot be tried out (SPN-2, RFC 8628 §5.1)', () => {
  const codes = createUserCodes({ vault });
  assert.equal(codes.hash('a', 'WDJBMJHT'), createUserCodes({ vault }).hash('a', 'WDJBMJHT'));
  assert.notEqual(codes.hash('a', 'WDJBMJHT'), codes.hash('b', 'WDJBMJHT'));
  assert.notEqual(codes.hash('a', 'WDJBMJHT'), createUserCodes({ vault: newVault() }).hash('a', 'WDJBMJHT'));
});

test('a user code that waits in an interaction is sealed, and opens in its tenant alone (SPN-2)', () => {
  const codes = createUserCodes({ vault });
  const sealed = codes.seal('a', 'WDJBMJHT');
  assert.ok(!sealed.includes('WDJBMJHT'));
  assert.equal(codes.unseal('a', sealed), 'WDJBMJHT');
  assert.throws(() => codes.unseal('b', sealed), { code: 'not_authentic' });
});

test('the address of a device opens in its own row alone, and is gone with the answer (SPN-25)', () => {
  const row = rowOf('a', 'h1');
  const origin = sealOrigin(vault, row, '2001:db8::7');
  assert.ok(!origin.includes('2001'));
  assert.equal(readOrigin(vault, { ...row, origin }), '2001:db8::7');
  assert.equal(readOrigin(vault, { ...row, origin: null }), undefined);
  for (const elsewhere of [rowOf('b', 'h1'), rowOf('a', 'h2')]) {
    assert.throws(() => readOrigin(vault, { ...elsewhere, origin }), { code: 'not_authentic' });
  }
});
