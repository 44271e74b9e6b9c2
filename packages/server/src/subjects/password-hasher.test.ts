import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';
import type { Hashed } from '../storage/secrets.ts';
import { createPasswordHasher, HasherBusyError } from './index.ts';
import { parsePhc } from './phc.ts';
import { createWorkPool } from './work-pool.ts';

const hasher = createPasswordHasher({ concurrency: 1, queue: 100 });
const stored = (text: string) => text as Hashed<'password'>;
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

test('a password is stored as Argon2id with the agreed cost and a fresh salt', async () => {
  const [one, other] = [
    await hasher.hash<'password'>('correct horse'),
    await hasher.hash<'password'>('correct horse'),
  ];
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(one, other);
  assert.deepEqual(await hasher.verify(one, 'correct horse'), { matches: true, needsRehash: false });
  assert.deepEqual(await hasher.verify(one, 'correct horsf'), { matches: false, needsRehash: false });
});

test('a hash of the reference implementation of Argon2id verifies', async () => {
  // argon2 CLI 20190702: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32 -e
  const reference = stored(
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  );
  assert.equal((await hasher.verify(reference, 'password')).matches, true);
});

test('a PBKDF2-SHA-256 hash of 600000 rounds verifies and asks to be replaced', async () => {
  const salt = Buffer.from('0123456789abcdef');
  const hash = pbkdf2Sync('correct horse', salt, 600_000, 32, 'sha256');
  const old = stored(`$pbkdf2-sha256$i=600000$${base64(salt)}$${base64(hash)}`);
  assert.deepEqual(await hasher.verify(old, 'correct horse'), { matches: true, needsRehash: true });
  assert.deepEqual(await hasher.verify(old, 'wrong'), { matches: false, needsRehash: false });
});

test('a weaker Argon2id hash verifies and asks to be replaced', async () => {
  const { argon2Sync } = await import('node:crypto');
  const nonce = Buffer.from('0123456789abcdef');
  const hash = argon2Sync('argon2id', {
    message: 'x',
    nonce,
    parallelism: 1,
    tagLength: 32,
    memory: 8192,
    passes: 2,
  });
  const weak = stored(`$argon2id$v=19$m=8192,t=2,p=1$${base64(nonce)}$${base64(hash)}`);
  assert.deepEqual(await hasher.verify(weak, 'x'), { matches: true, needsRehash: true });
});

test('nobody, and a stored value that is no hash, never match and cost a hash', async () => {
  for (const value of [
    null,
    stored(''),
    stored('plain'),
    stored('$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'),
    stored('$2b$10$abcdefghijklmnopqrstuv'),
  ]) {
    const start = performance.now();
    assert.deepEqual(await hasher.verify(value, ''), { matches: false, needsRehash: false });
    assert.ok(performance.now() - start > 5, 'computed nothing');
  }
});

test('equal passwords match however their accents are composed, and nothing is cut off', async () => {
  const composed = await hasher.hash<'password'>('pass\u00e9-word-x');
  assert.equal((await hasher.verify(composed, 'passe\u0301-word-x')).matches, true);
  const long = 'a'.repeat(1000);
  const hash = await hasher.hash<'password'>(`${long}1`);
  assert.equal((await hasher.verify(hash, `${long}2`)).matches, false);
  const nul = await hasher.hash<'password'>('a\0b');
  assert.equal((await hasher.verify(nul, 'a\0c')).matches, false);
});

test('a secret too long to be one does not match, not even the hash of nothing', async () => {
  const empty = await hasher.hash<'password'>('');
  assert.equal((await hasher.verify(empty, 'x'.repeat(5000))).matches, false);
});

test('stored hashes whose cost could stop the server are not computed', () => {
  const tail = '$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  for (const cost of [
    '$argon2id$v=19$m=262145,t=2,p=1',
    '$argon2id$v=19$m=19456,t=17,p=1',
    '$argon2id$v=19$m=19456,t=2,p=9',
    '$argon2id$v=19$m=8,t=2,p=2',
    '$pbkdf2-sha256$i=2000001',
    '$argon2i$v=19$m=19456,t=2,p=1',
    '$argon2id$v=16$m=19456,t=2,p=1',
  ]) {
    assert.equal(parsePhc(cost + tail), undefined, cost);
  }
});

test('more hashes than may run and wait are refused at once, and the others finish', async () => {
  const small = createPasswordHasher({ concurrency: 1, queue: 2 });
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => small.hash('x')));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected'],
  );
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof HasherBusyError);
  assert.ok(await small.hash('x'));
});

test('the pool keeps its bound, its order, and its place after a failure', async () => {
  const pool = createWorkPool(2, 100);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const work = (index: number) =>
    pool.run(async () => {
      running += 1;
      most = Math.max(most, running);
      order.push(index);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (index % 3 === 0) throw new Error('fails');
    });
  await Promise.allSettled(Array.from({ length: 30 }, (_, index) => work(index)));
  assert.equal(most, 2);
  assert.deepEqual(
    order,
    Array.from({ length: 30 }, (_, index) => index),
  );
});
