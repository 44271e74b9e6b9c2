/** A cluster of real processes: the same suite, and a failover in the middle. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPeer, redis as peer } from '../../../../../scripts/lib/peers.ts';
import { startRedis, type ThrowawayRedis } from '../../../../../scripts/lib/throwaway-redis.ts';
import type { EphemeralStore } from '../ports.ts';
import { openRedisEphemeralStore, type RedisOptions } from '../redis/open.ts';
import { ephemeralConformance } from './ephemeral.ts';
import { newPrefix } from './redis-driver.ts';

const program = process.env[peer.variable] ?? findPeer(peer) ?? '';
const suite = {
  skip: program === '' ? 'Redis is missing: install it (redis-server)' : false,
  timeout: 240_000,
};
const start = 1_800_000_000;
const shared = { tls: 'disable', commandTimeoutMs: 5000 } as const;

async function until(holds: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds().catch(() => false))) {
    assert.ok(Date.now() < deadline, `not within ${withinMs} ms`);
    await sleep(100);
  }
}

function conformanceAt(access: () => Omit<RedisOptions, 'prefix' | 'clock'>, name: string): void {
  ephemeralConformance({
    name,
    open: async (clock) => {
      const ephemeral = await openRedisEphemeralStore({ ...access(), prefix: newPrefix(), clock });
      return { ephemeral, end: () => ephemeral.close() };
    },
  });
}

/** Claims until one is acknowledged again; what was claimed before the failover is then still claimed. */
async function failsOver(ephemeral: EphemeralStore, fail: () => Promise<void>): Promise<void> {
  for (let index = 0; index < 50; index += 1) {
    assert.equal(await ephemeral.putIfAbsent(`before-${index}`, start + 600), true);
  }
  // Copies are written behind the answer.
  await sleep(500);
  await fail();
  const claims = () =>
    Promise.all(
      Array.from({ length: 50 }, (_, index) => ephemeral.putIfAbsent(`before-${index}`, start + 600)),
    );
  await until(async () => (await claims()).length === 50, 60_000);
  assert.deepEqual(new Set(await claims()), new Set([false]));
  assert.equal(await ephemeral.putIfAbsent('after', start + 600), true);
}

describe('a Redis cluster', suite, () => {
  const cleaning = new AsyncDisposableStack();
  const password = randomBytes(12).toString('hex');
  let nodes: readonly ThrowawayRedis[];
  let access: Omit<RedisOptions, 'prefix' | 'clock'>;

  before(async () => {
    const started: ThrowawayRedis[] = [];
    // Three that hold the slots, and a copy of the first.
    for (let index = 0; index < 4; index += 1) {
      const settings = ['cluster-enabled yes', 'cluster-node-timeout 2000'];
      const node = await startRedis(program, settings, password);
      cleaning.defer(() => node.stop());
      started.push(node);
    }
    nodes = started;
    const [first, second, third, copy] = started as [
      ThrowawayRedis,
      ThrowawayRedis,
      ThrowawayRedis,
      ThrowawayRedis,
    ];
    const bounds = [0, 5461, 10_923, 16_384];
    for (const [index, node] of [first, second, third].entries()) {
      const [from = 0, to = 0] = bounds.slice(index);
      await node.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to - 1));
      await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    }
    for (const node of [second, third, copy])
      await first.ask('CLUSTER', 'MEET', node.host, String(node.port));
    const state = async (node: ThrowawayRedis): Promise<boolean> => {
      const told = await node.ask('CLUSTER', 'INFO');
      return told.includes('cluster_state:ok') && told.includes('cluster_known_nodes:4');
    };
    for (const node of nodes) await until(() => state(node), 30_000);
    const id = /[0-9a-f]{40}/.exec(await first.ask('CLUSTER', 'MYID'))?.[0] ?? '';
    await copy.ask('CLUSTER', 'REPLICATE', id);
    await until(
      async () => (await copy.ask('INFO', 'replication')).includes('master_link_status:up'),
      20_000,
    );
    access = { ...shared, mode: 'cluster', addresses: [second, third], passwordFile: first.passwordFile };
  });
  after(() => cleaning.disposeAsync());

  conformanceAt(() => access, 'cluster');

  test('its settings are looked at, and its nodes answer for all (ACC-3, SPN-1)', async () => {
    const notices: string[] = [];
    const ephemeral = await openRedisEphemeralStore({
      ...access,
      prefix: newPrefix(),
      clock: () => start,
      onNotice: (text) => notices.push(text),
    });
    await ephemeral.check();
    await sleep(200);
    assert.deepEqual(notices, []);
    await ephemeral.close();
  });

  test('when a node dies, its copy takes its place, and is found without a restart (SPN-1, ACC-2)', async () => {
    const ephemeral = await openRedisEphemeralStore({ ...access, prefix: newPrefix(), clock: () => start });
    await failsOver(ephemeral, async () => nodes[0]?.kill());
    await ephemeral.close();
  });
});
