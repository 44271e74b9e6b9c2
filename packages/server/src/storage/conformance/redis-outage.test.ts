/** A Redis of its own that is killed, frozen, emptied, filled and refused entry to. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPeer, redis as peer } from '../../../../../scripts/lib/peers.ts';
import { startRedis, type ThrowawayRedis } from '../../../../../scripts/lib/throwaway-redis.ts';
import type { StorageError } from '../error.ts';
import type { EphemeralStore } from '../ports.ts';
import { openRedisEphemeralStore, type RedisOptions } from '../redis/open.ts';

const program = process.env[peer.variable] ?? findPeer(peer);
const start = 1_800_000_000;
const rule = { capacity: 10, refillPerSecond: 0.5 };
const away = { name: 'StorageError', code: 'unavailable' };

describe('Redis under stress', {
  skip: program === undefined ? 'Redis is missing: install it (redis-server)' : false,
  timeout: 120_000,
}, () => {
  let redis: ThrowawayRedis;
  let ephemeral: EphemeralStore;
  let problems: StorageError[];
  let notices: string[];

  before(async () => {
    redis = await startRedis(program ?? '');
  });
  after(async () => {
    await ephemeral.close();
    await redis.stop();
  });
  beforeEach(async () => {
    await ephemeral?.close();
    await redis.ask('FLUSHALL');
    ephemeral = await open();
  });

  async function open(more: Partial<RedisOptions> = {}): Promise<EphemeralStore> {
    problems = [];
    notices = [];
    return openRedisEphemeralStore({
      mode: 'standalone',
      addresses: [redis],
      passwordFile: redis.passwordFile,
      tls: 'disable',
      prefix: 'one:',
      commandTimeoutMs: 1000,
      clock: () => start,
      onProblem: (error) => problems.push(error),
      onNotice: (text) => notices.push(text),
      ...more,
    });
  }

  /** Every verb, on things of its own. */
  const verbs: Readonly<Record<string, () => Promise<unknown>>> = {
    putIfAbsent: () => ephemeral.putIfAbsent('jti', start + 60),
    put: () => ephemeral.put('k', 'v', start + 60),
    find: () => ephemeral.find('k', start),
    replace: () => ephemeral.replace('k', 'v', 'w'),
    take: () => ephemeral.take('k', start),
    spend: () => ephemeral.spend('b', 1, rule, start * 1000),
    look: () => ephemeral.spend('b', 0, rule, start * 1000),
    check: () => ephemeral.check(),
  };

  async function recovered(): Promise<void> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      try {
        return await ephemeral.check();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(20);
      }
    }
  }

  test('killed, every verb fails at once as unavailable; started again, it is used without being opened anew (SPN-1, ACC-3)', async () => {
    assert.equal(await ephemeral.putIfAbsent('jti', start + 60), true);
    await redis.kill();
    for (const [name, verb] of Object.entries(verbs)) await assert.rejects(verb, away, name);
    const startedAt = performance.now();
    for (let round = 0; round < 50; round += 1) {
      for (const [name, verb] of Object.entries(verbs)) await assert.rejects(verb, away, name);
    }
    assert.ok(performance.now() - startedAt < 1000, 'nobody waits for a deadline');
    assert.equal(problems.length, 1, 'the operator is told once');
    await redis.resume();
    await recovered();
    assert.equal(await ephemeral.putIfAbsent('jti', start + 60), true);
    assert.deepEqual(
      notices.filter((text) => text.includes('again')),
      ['Redis answers again'],
    );
  });

  test('frozen, a call waits no longer than it may, then nobody waits; thawed, it is used again (SPN-1)', async () => {
    await ephemeral.close();
    ephemeral = await open({ commandTimeoutMs: 100 });
    redis.freeze();
    const startedAt = performance.now();
    await Promise.all(Object.entries(verbs).map(([name, verb]) => assert.rejects(verb, away, name)));
    const waitedMs = performance.now() - startedAt;
    assert.ok(waitedMs >= 95 && waitedMs < 1000, `${waitedMs} ms`);
    const again = performance.now();
    await assert.rejects(verbs.take ?? assert.fail, away);
    assert.ok(performance.now() - again < 90, 'the breaker is open');
    // Longer than the pings may go without an answer: the connection is given up, and another one is made.
    await sleep(4500);
    redis.thaw();
    await recovered();
    await ephemeral.put('k', 'after', start + 60);
    assert.equal(await ephemeral.take('k', start), 'after');
  });

  test('emptied in the middle, what was pending is unknown and scripts are sent again (SPN-1)', async () => {
    await ephemeral.put('k', 'v', start + 60);
    await ephemeral.spend('b', 10, rule, start * 1000);
    await redis.ask('FLUSHALL');
    await redis.ask('SCRIPT', 'FLUSH');
    assert.equal(await ephemeral.find('k', start), undefined);
    assert.equal(await ephemeral.take('k', start), undefined);
    assert.equal(await ephemeral.replace('k', 'v', 'w'), false);
    assert.equal((await ephemeral.spend('b', 1, rule, start * 1000)).allowed, true);
  });

  test('whatever is kept is forgotten some time, and its key is no longer than any other (SPN-18, ACC-3)', async () => {
    await ephemeral.putIfAbsent('x'.repeat(10_000), start + 60);
    await ephemeral.put('k', 'v', start + 60);
    await ephemeral.replace('k', 'v', 'w');
    await ephemeral.spend('b', 3, rule, start * 1000);
    const keys = [...(await redis.ask('KEYS', '*')).matchAll(/^one:\S+/gm)].map(([key]) => key);
    assert.equal(keys.length, 3);
    for (const key of keys) {
      assert.equal(key.length, 'one:e:'.length + 43);
      const life = Number(/^:(-?\d+)/.exec(await redis.ask('TTL', key))?.[1]);
      assert.ok(life > 0 && life <= 120, `${key} lives ${life} s`);
    }
  });

  test('a bucket that is full again is forgotten by then (SPN-18)', async () => {
    await ephemeral.spend('b', 1, { capacity: 10, refillPerSecond: 5 }, Date.now());
    assert.match(await redis.ask('KEYS', '*'), /^\*1\r\n/);
    // Full after 200 ms; both the moment and the wait are rounded up to whole seconds.
    await sleep(2200);
    assert.match(await redis.ask('KEYS', '*'), /^\*0\r\n/);
  });

  test('installations with prefixes of their own see nothing of each other (SPN-1)', async () => {
    const other = await open({ prefix: 'two:' });
    assert.equal(await ephemeral.putIfAbsent('jti', start + 60), true);
    assert.equal(await other.putIfAbsent('jti', start + 60), true);
    await ephemeral.put('k', 'v', start + 60);
    assert.equal(await other.find('k', start), undefined);
    await other.close();
  });

  test('full, it takes nothing new and forgets nothing (ACC-3)', async () => {
    assert.equal(await ephemeral.putIfAbsent('jti', start + 60), true);
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1mb');
    await assert.rejects(ephemeral.putIfAbsent('other', start + 60), { code: 'full' });
    assert.equal(await ephemeral.find('jti', start), '');
    await redis.ask('CONFIG', 'SET', 'maxmemory', '64mb');
    assert.equal(await ephemeral.putIfAbsent('jti', start + 60), false);
    await assert.rejects(ephemeral.put('k', 'x'.repeat(600_000), start + 60), { code: 'full' });
  });

  test('a Redis that would forget claims to make room is told of, and one that does not say (ACC-3)', async () => {
    assert.deepEqual(notices, []);
    const noticed = async (more: Partial<RedisOptions>): Promise<string> => {
      const store = await open(more);
      await store.check().catch(() => {});
      const deadline = Date.now() + 5000;
      while (notices.length === 0 && Date.now() < deadline) await sleep(10);
      await store.close();
      return notices.join();
    };
    await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    assert.match(await noticed({}), /is allkeys-lru.*noeviction/);
    await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    const granted = '+get +set +del +eval +evalsha +ping +hello +auth +client|setname'.split(' ');
    await redis.ask('ACL', 'SETUSER', 'app', 'on', '>secret', '~one:*', '-@all', ...granted);
    const passwordFile = join(redis.folder, 'app-password');
    writeFileSync(passwordFile, 'secret\n');
    assert.match(await noticed({ username: 'app', passwordFile }), /does not tell.*noeviction/);
    // Nothing else needs more than what the documentation has it granted.
    const store = await open({ username: 'app', passwordFile });
    assert.equal(await store.putIfAbsent('jti', start + 60), true);
    await store.put('k', 'v', start + 60);
    assert.equal(await store.replace('k', 'v', 'w'), true);
    assert.equal(await store.take('k', start), 'w');
    assert.equal((await store.spend('b', 1, rule, start * 1000)).allowed, true);
    await store.close();
  });

  test('a wrong password is told of without being shown, and the right one is found without a restart (SPN-1)', async () => {
    const passwordFile = join(redis.folder, 'changing-password');
    writeFileSync(passwordFile, 'open-sesame\n');
    const store = await open({ passwordFile });
    await assert.rejects(store.check(), away);
    assert.match(problems.map(({ message }) => message).join(), /WRONGPASS/);
    assert.ok(
      !JSON.stringify(problems.map(({ message, stack }) => [message, stack])).includes('open-sesame'),
    );
    writeFileSync(passwordFile, redis.password);
    const deadline = Date.now() + 10_000;
    while (
      Date.now() < deadline &&
      !(await store.check().then(
        () => true,
        () => false,
      ))
    )
      await sleep(20);
    await store.check();
    await store.close();
  });

  test('a file that cannot be read is said at the start (LOC-10)', async () => {
    for (const more of [{ passwordFile: '/nowhere' }, { tls: 'verify-full', caFile: '/nowhere' }] as const) {
      await assert.rejects(open(more), { code: 'unavailable', message: /\/nowhere cannot be read/ });
    }
  });
});
