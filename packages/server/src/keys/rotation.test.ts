import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { openTestStore, type TestStore } from '../testing/store.ts';
import { createLocalSigner } from './local-signer.ts';
import {
  byOperator,
  day,
  manage,
  pemOf,
  publishedKids,
  refusal,
  sign,
  states,
  verifies,
} from './manager.test-support.ts';

let opened: TestStore;
let count = 0;

before(async () => {
  opened = await openTestStore();
});
after(() => opened.close());

/** A tenant that no other test uses. */
function newTenant(): string {
  count += 1;
  return `tenant-${count}`;
}

test('the next key is published before it signs, and rotate names the time that is left (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage(opened);
  const first = await manager.signingKey(tenant, 'ES256');
  const asked = await manager.rotate(tenant, 'ES256', byOperator);
  assert.equal(asked.outcome, 'published');
  assert.ok(
    asked.outcome === 'published' && asked.signsAfterSeconds > day - 60 && asked.signsAfterSeconds <= day,
  );
  assert.deepEqual(new Set(await publishedKids(manager, tenant)), new Set([asked.kid, first.kid]));
  assert.equal((await manager.signingKey(tenant, 'ES256')).kid, first.kid, 'the old key still signs');

  opened.clock.advance(day / 2);
  const again = await manager.rotate(tenant, 'ES256', byOperator);
  assert.ok(again.outcome === 'published' && again.kid === asked.kid && again.signsAfterSeconds <= day / 2);

  opened.clock.advance(day / 2);
  const promoted = await manager.rotate(tenant, 'ES256', byOperator);
  assert.deepEqual(promoted, { outcome: 'promoted', kid: asked.kid, previous: first.kid });
  assert.equal((await manager.signingKey(tenant, 'ES256')).kid, asked.kid);
  const entries = await opened.store.audit.listNewest(tenant, 2);
  assert.deepEqual(
    entries.map(({ actor, traceId }) => [actor.kind, actor.id, traceId]),
    [
      ['operator', 'ada', 'trace'],
      ['operator', 'ada', 'trace'],
    ],
  );
  manager.close();
});

test('an emergency rotation does not wait (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage(opened);
  const token = await sign(manager, tenant);
  const result = await manager.rotate(tenant, 'ES256', { ...byOperator, emergency: true });
  assert.equal(result.outcome, 'promoted');
  assert.equal((await manager.signingKey(tenant, 'ES256')).kid, result.kid);
  assert.ok(await verifies(manager, tenant, token));
  manager.close();
});

test('twenty rotations asked for at once promote each key once (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage(opened, { publishSeconds: 0 });
  await manager.signingKey(tenant, 'ES256');
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, () => manager.rotate(tenant, 'ES256', byOperator)),
  );
  const kids = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value.kid);
  assert.ok(kids.length > 0);
  for (const result of results) assert.ok(result.status === 'fulfilled' || result.reason.code === 'conflict');
  assert.equal(new Set(kids).size, kids.length);
  const keys = await manager.list(tenant);
  assert.equal(keys.filter(({ state }) => state === 'current').length, 1);
  assert.deepEqual(
    keys.map(({ version }) => version),
    keys.map((_, index) => index + 1),
  );
  manager.close();
});

test('a key stays published after it retires, until no token of it can be alive (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage(opened);
  const token = await sign(manager, tenant);
  await manager.rotate(tenant, 'ES256', { ...byOperator, emergency: true });
  assert.equal(states(await manager.list(tenant)), 'v1 retired, v2 current');
  opened.clock.advance(7 * day - 10);
  await manager.tick();
  assert.ok(await verifies(manager, tenant, token));
  opened.clock.advance(20);
  await manager.tick();
  assert.equal(await verifies(manager, tenant, token), false);
  assert.equal(states(await manager.list(tenant)), 'v2 current');
  manager.close();
});

test('over two hundred days keys rotate by schedule, each published before it signs, and every token verifies for a week (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage(opened);
  const started = opened.clock.now();
  const signers: string[] = [];
  const tokens: { readonly token: string; readonly at: number }[] = [];
  let publishedBefore: ReadonlySet<unknown> = new Set();
  for (let hour = 0; hour < 200 * 24; hour += 12) {
    await manager.tick();
    const { kid } = await manager.signingKey(tenant, 'ES256');
    if (signers.at(-1) !== kid) {
      assert.ok(signers.length === 0 || publishedBefore.has(kid), 'published in the round before');
      signers.push(kid);
    }
    if (hour % 24 === 0) tokens.push({ token: await sign(manager, tenant), at: opened.clock.now() });
    for (const { token, at } of tokens) {
      if (opened.clock.now() - at < 7 * day) assert.ok(await verifies(manager, tenant, token));
    }
    publishedBefore = new Set(await publishedKids(manager, tenant));
    assert.ok(publishedBefore.size <= 3, 'what is published is bounded');
    opened.clock.advance(day / 2);
  }
  assert.equal(signers.length, 3, 'after 90 and 180 days');
  const activated = (await opened.store.audit.listNewest(tenant, 1000)).filter(
    ({ action }) => action === 'key.activated',
  );
  const daysOfChange = activated.map(({ at }) => Math.round((at - started) / day)).reverse();
  assert.deepEqual(daysOfChange, [0, 90, 180]);
  manager.close();
});

test('a tenant whose keys cannot be rotated does not hold up the others (SPN-3)', async () => {
  const [broken, sound] = [newTenant(), newTenant()];
  const manager = manage(opened, { publishSeconds: 0 });
  await manager.signingKey(broken, 'ES256');
  await manager.signingKey(sound, 'ES256');
  opened.clock.advance(91 * day);
  const failing = manage(opened, {
    publishSeconds: 0,
    signer: {
      generate(algorithm, context) {
        if (context.endsWith(broken)) throw new Error('the remote signer is away');
        return createLocalSigner({ vault: opened.vault }).generate(algorithm, context);
      },
    },
  });
  // Tenants of other tests are due as well, and go their way.
  await assert.rejects(async () => {
    for (let round = 0; round < 5; round += 1) await failing.tick();
  }, AggregateError);
  assert.match(states(await manager.list(sound)), /v2 current/);
  assert.equal(states(await manager.list(broken)), 'v1 current');
  assert.ok(
    (await manager.list(broken)).every(({ dueAt }) => dueAt > opened.clock.now()),
    'it is tried again later',
  );
  opened.clock.advance(61);
  await manager.tick();
  assert.match(states(await manager.list(broken)), /v2 current/);
  failing.close();
  manager.close();
});

test('key import imports a PEM key through the same stages (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage(opened);
  await manager.signingKey(tenant, 'RS256');
  const pem = pemOf(generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey);
  const imported = await manager.import(tenant, 'RS256', pem, byOperator);
  assert.equal(imported.state, 'next');
  assert.ok((await publishedKids(manager, tenant)).includes(imported.kid));
  assert.notEqual((await manager.signingKey(tenant, 'RS256')).kid, imported.kid);
  opened.clock.advance(day + 1);
  await manager.tick();
  assert.ok(await verifies(manager, tenant, await sign(manager, tenant, 'RS256')));
  assert.equal((await manager.signingKey(tenant, 'RS256')).kid, imported.kid);
  manager.close();
});

test('a PEM key that is here already, for another algorithm or another tenant even, is refused as duplicate (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage(opened);
  const pem = pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  const imported = await manager.import(tenant, 'RS256', pem, byOperator);
  assert.equal(imported.state, 'current', 'the first of its algorithm signs at once');
  assert.equal(await refusal(manager.import(tenant, 'RS256', pem, byOperator)), 'duplicate_key');
  assert.equal(await refusal(manager.import(tenant, 'PS256', pem, byOperator)), 'duplicate_key');
  assert.equal(await refusal(manager.import(newTenant(), 'RS256', pem, byOperator)), 'duplicate_key');
  assert.equal(await refusal(manager.import(tenant, 'RS256', 'rubbish', byOperator)), 'unreadable_key');
  manager.close();
});
