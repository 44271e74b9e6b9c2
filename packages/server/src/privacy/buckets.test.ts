import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RequestContext } from '../http/context.ts';
import { createTestContext } from '../http/pages/context.test-support.ts';
import { openTestStore, type TestStore } from '../testing/store.ts';
import { type Bucket, type Buckets, createBuckets } from './buckets.ts';

let opened: TestStore;
let buckets: Buckets;
const heldSecrets = [Buffer.alloc(32, 7)];
const secrets = () => heldSecrets;

before(async () => {
  opened = await openTestStore();
  buckets = createBuckets({ ephemeral: opened.ephemeral, secrets, clock: opened.clock });
});
after(() => opened.close());

let count = 0;
function context(change: Partial<RequestContext> = {}): RequestContext {
  count += 1;
  return createTestContext({ clientAddress: `192.0.2.${count}`, now: opened.clock.now(), ...change });
}

function request(agent = 'Mozilla/5.0'): Request {
  return new Request('http://localhost:9400/login', { headers: { 'user-agent': agent } });
}

const keysOf = (list: readonly Bucket[]): readonly string[] => list.map(({ key }) => key);

test('an attempt is charged to three keyed buckets: address with agent and route, address and route, account (decision 8, SPN-18)', () => {
  const at = context();
  const all = buckets.of(at, 'login', request(), 'ada');
  assert.deepEqual(
    all.map(({ rule }) => rule),
    [
      { capacity: 10, refillPerSecond: 0.5 },
      { capacity: 200, refillPerSecond: 10 },
      { capacity: 10, refillPerSecond: 0.5 },
    ],
  );
  const [agent, address, account] = keysOf(all);
  assert.equal(keysOf(buckets.of(at, 'login', request())).length, 2);
  const other = (...args: Parameters<Buckets['of']>): readonly string[] => keysOf(buckets.of(...args));
  assert.deepEqual(
    other(at, 'login', request(), 'ada'),
    [agent, address, account],
    'the same names the same',
  );

  const byAgent = other(at, 'login', request('curl'), 'ada');
  assert.notEqual(byAgent[0], agent);
  assert.deepEqual(byAgent.slice(1), [address, account]);
  const byRoute = other(at, 'token', request(), 'ada');
  assert.ok(byRoute[0] !== agent && byRoute[1] !== address && byRoute[2] === account);
  const byAddress = other({ ...at, clientAddress: '198.51.100.1' }, 'login', request(), 'ada');
  assert.ok(byAddress[0] !== agent && byAddress[1] !== address && byAddress[2] === account);
  const byTenant = other({ ...at, tenant: { ...at.tenant, id: 'acme' } }, 'login', request(), 'ada');
  assert.deepEqual([byTenant[0], byTenant[1], byTenant[2] === account], [agent, address, false]);
});

test('one /64 is one source, and of the agent the first 64 characters count (SPN-18)', () => {
  const at = (clientAddress: string, agent = 'a') =>
    keysOf(buckets.of(context({ clientAddress }), 'login', request(agent)));
  assert.deepEqual(at('2001:db8:1:2::1'), at('2001:db8:1:2:ffff::9'));
  assert.notDeepEqual(at('2001:db8:1:2::1'), at('2001:db8:1:3::1'));
  assert.deepEqual(at('192.0.2.200', `${'a'.repeat(64)}b`), at('192.0.2.200', `${'a'.repeat(64)}c`));
});

test('the key changes with the day and with the secret (SPN-18)', () => {
  const today = context();
  const tomorrow = { ...today, now: today.now + 86_400 };
  const strangeSecrets = [Buffer.alloc(32, 8)];
  const stranger = createBuckets({
    ephemeral: opened.ephemeral,
    secrets: () => strangeSecrets,
    clock: opened.clock,
  });
  const [key] = keysOf(buckets.of(today, 'login', request()));
  assert.notEqual(keysOf(buckets.of(tomorrow, 'login', request()))[0], key);
  assert.notEqual(keysOf(stranger.of(today, 'login', request()))[0], key);
  assert.equal(keysOf(buckets.of(today, 'login', request()))[0], key);
});

test('ten attempts pass, the eleventh waits, and after the wait one passes again (SPN-18)', async () => {
  const charged = buckets.of(context(), 'login', request());
  for (let attempt = 0; attempt < 10; attempt += 1) assert.ok((await buckets.spend(charged)).allowed);
  const refused = await buckets.spend(charged);
  assert.equal(refused.allowed, false);
  assert.equal(refused.empty, charged[0]);
  assert.ok(
    Number.isInteger(refused.retryAfterSeconds) &&
      refused.retryAfterSeconds >= 1 &&
      refused.retryAfterSeconds <= 2,
  );
  opened.clock.advance(refused.retryAfterSeconds);
  assert.ok((await buckets.spend(charged)).allowed);
  assert.equal((await buckets.spend(charged)).allowed, false);
});

test('what was charged beside an empty bucket is given back (SPN-18)', async () => {
  const account = 'locked';
  const full = { agent: 10, address: 200 };
  for (let attempt = 0; attempt < 10; attempt += 1) {
    assert.ok((await buckets.spend(buckets.of(context(), 'login', request(), account))).allowed);
  }
  const own = context();
  for (let attempt = 0; attempt < full.agent * 2; attempt += 1) {
    assert.equal((await buckets.spend(buckets.of(own, 'login', request(), account))).allowed, false);
  }
  assert.ok((await buckets.spend(buckets.of(own, 'login', request(), 'another'))).allowed);
});

test('a refund gives back one attempt and never more than was there (SPN-18)', async () => {
  const charged = buckets.of(context(), 'login', request());
  for (let round = 0; round < 30; round += 1) {
    assert.ok((await buckets.spend(charged)).allowed);
    await buckets.refund(charged);
  }
  await buckets.refund(charged);
  for (let attempt = 0; attempt < 10; attempt += 1) assert.ok((await buckets.spend(charged)).allowed);
  assert.equal((await buckets.spend(charged)).allowed, false);
});

test('limits hold over two processes on one store (SPN-18)', async () => {
  const beside = await opened.openBeside();
  const there = createBuckets({ ephemeral: beside.ephemeral, secrets, clock: opened.clock });
  const charged = buckets.of(context(), 'login', request());
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? buckets : there).spend(charged)),
  );
  assert.equal(outcomes.filter(({ allowed }) => allowed).length, 10);
});

test('the store of the buckets stores no address, no agent and no user name (SPN-18)', async () => {
  const at = context({ clientAddress: '203.0.113.77' });
  await buckets.spend(buckets.of(at, 'login', request('CanaryAgent/1.0'), 'canary-account'));
  const rows = opened.sql().prepare('SELECT * FROM bucket').all();
  assert.ok(rows.length >= 3);
  for (const row of rows) assert.match(String(row.key), /^[A-Za-z0-9_-]{43}$/);
  const text = JSON.stringify(rows);
  for (const canary of ['203.0.113', 'Canary', 'canary', Buffer.from('203.0.113.77').toString('base64url')]) {
    assert.equal(text.includes(canary), false, canary);
  }
});

test('a bucket that is full again is forgotten (ACC-3, SPN-18)', async () => {
  await buckets.spend(buckets.of(context(), 'login', request(), 'short-lived'));
  opened.clock.advance(60);
  while ((await opened.store.maintenance.sweep(opened.clock.now(), 500)) > 0);
  assert.deepEqual(opened.sql().prepare('SELECT count(*) AS n FROM bucket').get(), { __proto__: null, n: 0 });
});

test('a rotated secret gives nobody a fresh start, and the old one is forgotten when it is dropped (SPN-2, SPN-18)', async () => {
  let held = [Buffer.alloc(32, 1)];
  const rotating = createBuckets({ ephemeral: opened.ephemeral, secrets: () => held, clock: opened.clock });
  const own = context({ clientAddress: '192.0.2.77' });
  const attempt = async () => (await rotating.spend(rotating.of(own, 'login', request()))).allowed;
  for (let count = 0; count < 10; count += 1) assert.ok(await attempt());
  held = [Buffer.alloc(32, 2), ...held];
  assert.equal(await attempt(), false, 'counted under the old name');
  await rotating.refund(rotating.of(own, 'login', request()));
  assert.ok(await attempt());
  assert.equal(await attempt(), false);
  held = held.slice(0, 1);
  assert.ok(await attempt(), 'under the new name alone');
});
