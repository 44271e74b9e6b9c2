/** The bounds that decision note 16 states, from the rules that are in force. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userCodeCount } from '@countersign/protocol';
import { createTestContext } from '../http/pages/context.test-support.ts';
import { MemoryEphemeralStore } from '../storage/memory-ephemeral.ts';
import type { BucketRule, ClientRecord } from '../storage/ports.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createBuckets, deviceRules } from './buckets.ts';
import { createDeviceBrake } from './device-brake.ts';

const lifetimeSeconds = 900;
const startMs = 1_800_000_000_000;

function openBrake(enabled = true) {
  let nowMs = startMs;
  const clock = { now: () => Math.floor(nowMs / 1000), nowMs: () => nowMs };
  const ephemeral = new MemoryEphemeralStore(clock.now);
  const buckets = createBuckets({ ephemeral, secrets: () => [new Uint8Array(32)], clock });
  const metrics = createMetrics({ processMetrics: false });
  return {
    brake: createDeviceBrake({ buckets, metrics, enabled }),
    metrics,
    context: (peer: number, tenant = 'default') =>
      createTestContext({ now: clock.now(), clientAddress: `198.51.${peer >> 8}.${peer & 255}` }, tenant),
    advance: (seconds: number) => {
      nowMs += seconds * 1000;
    },
  };
}

const clientOf = (id: string, tokenEndpointAuthMethod: string) =>
  ({ id, metadata: { tokenEndpointAuthMethod } }) as ClientRecord;
const browser = (agent = 'x') => new Request('http://localhost/', { headers: { 'user-agent': agent } });
/** The most that a bucket gives in any span of so many seconds. */
const most = ({ capacity, refillPerSecond }: BucketRule, seconds: number) =>
  capacity + refillPerSecond * seconds;

test('guesses at user codes from any number of people and addresses find a given device with less than one in eighty million (RFC 8628 §5.1)', () => {
  const guesses = most(deviceRules.guessesInTenant, lifetimeSeconds);
  assert.equal(guesses, 290);
  assert.ok(guesses / userCodeCount < 1 / 80_000_000);
  // One person alone.
  assert.ok(most(deviceRules.guessesOfPerson, lifetimeSeconds) / userCodeCount < 2 ** -29);
  // Any of a thousand devices that wait at once, guessed at without pause for a whole day.
  assert.ok((1000 * most(deviceRules.guessesInTenant, 86_400)) / userCodeCount < 1 / 2500);
});

test('one person guesses ten times, then once a minute, whatever the browser and the address (RFC 8628 §5.1, decision 8)', async () => {
  const { brake, context, advance } = openBrake();
  const guess = (peer: number) => brake.guess(context(peer), browser(`agent ${peer}`), 'USR-ada');
  for (let turn = 0; turn < 10; turn += 1) assert.equal((await guess(turn)).allowed, true);
  assert.deepEqual(await guess(10).then(({ allowed, retryAfterSeconds }) => [allowed, retryAfterSeconds]), [
    false,
    60,
  ]);
  assert.equal((await brake.guess(context(11), browser(), 'USR-grace')).allowed, true);
  advance(60);
  assert.deepEqual([(await guess(12)).allowed, (await guess(13)).allowed], [true, false]);
});

test('all people of a tenant together guess two hundred times, then once in ten seconds; other tenants are not affected (RFC 8628 §5.1)', async () => {
  const { brake, context, advance, metrics } = openBrake();
  const guess = async (one: number, tenant?: string) =>
    (await brake.guess(context(one, tenant), browser(), `USR-${one}`)).allowed;
  for (let one = 0; one < 200; one += 1) assert.equal(await guess(one), true, String(one));
  assert.equal(await guess(200), false);
  assert.equal(await guess(200, 'acme'), true);
  advance(10);
  assert.deepEqual([await guess(201), await guess(202)], [true, false]);
  assert.match(await metrics.registry.metrics(), /identity_rate_limit_blocks_total\{route="device"\} 2/);
});

test('a guess that is refused takes nothing from the others, and one that was right is given back (decision 8)', async () => {
  const { brake, context } = openBrake();
  for (let turn = 0; turn < 100; turn += 1) {
    assert.equal((await brake.guess(context(1), browser(), 'USR-ada')).allowed, true);
    await brake.refund(context(1), browser(), 'USR-ada');
  }
  // Somebody without any guess left tries three hundred times: the tenant's are not touched.
  for (let turn = 0; turn < 310; turn += 1) await brake.guess(context(2), browser(), 'USR-eve');
  assert.equal((await brake.guess(context(3), browser(), 'USR-ada')).allowed, true);
});

test('device codes that live at once are bounded per address and per client (ACC-3)', async () => {
  const { brake, context, advance } = openBrake();
  const request = async (peer: number, id: string, method = 'none') => {
    try {
      await brake.request(context(peer), clientOf(id, method));
      return true;
    } catch {
      return false;
    }
  };
  let live = 0;
  for (let second = 0; second < lifetimeSeconds; second += 1) {
    for (let turn = 0; turn < 3; turn += 1) live += (await request(1, 'tv')) ? 1 : 0;
    if (second < 100) while (await request(1, 'tv')) live += 1;
    advance(1);
  }
  assert.ok(live <= most(deviceRules.requestsOfAddress, lifetimeSeconds), String(live));
  let ofClient = 0;
  for (let peer = 0; peer < 50; peer += 1) {
    for (let turn = 0; turn < 100; turn += 1) ofClient += (await request(1000 + peer, 'radio')) ? 1 : 0;
  }
  assert.equal(ofClient, deviceRules.requestsOfClient.capacity);
  assert.equal(await request(9999, 'another'), true);
  let ofBackend = 0;
  while (await request(1, 'backend', 'client_secret_basic')) ofBackend += 1;
  assert.equal(ofBackend, deviceRules.requestsOfClient.capacity, 'who authenticates asks from one address');
  assert.equal(most(deviceRules.requestsOfClient, lifetimeSeconds), 11_000);
});

test('nothing is braked where rate limits are off (decision 8)', async () => {
  const { brake, context } = openBrake(false);
  for (let turn = 0; turn < 300; turn += 1) {
    assert.equal((await brake.guess(context(1), browser(), 'USR-ada')).allowed, true);
    await brake.request(context(1), clientOf('tv', 'none'));
  }
});
