import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeJws, joinJws, parseJws, verifyJwsSync } from '@countersign/protocol/jose';
import type { SigningKeyRecord, Store } from '../storage/ports.ts';
import { openTestStore, type TestStore } from '../testing/store.ts';
import type { KeyTimes } from './lifecycle.ts';
import { createLocalSigner, SignerError } from './local-signer.ts';
import { createKeyManager, type KeyManager } from './manager.ts';

const day = 86_400;
const times: KeyTimes = { rotationSeconds: 90 * day, publishSeconds: day, retiredSeconds: 7 * day };
const byOperator = { emergency: false, traceId: 'trace', operator: 'ada' };

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

function manage(store: Store = opened.store, change: Partial<KeyTimes> = {}): KeyManager {
  return createKeyManager({
    store: store.keys,
    changes: store.changes,
    signer: createLocalSigner({ vault: opened.vault }),
    clock: opened.clock,
    times: { ...times, ...change },
    environment: 'staging',
  });
}

async function sign(manager: KeyManager, tenant: string, algorithm = 'ES256'): Promise<string> {
  const key = await manager.signingKey(tenant, algorithm);
  const { signingInput } = encodeJws({ alg: algorithm as 'ES256', kid: key.kid }, { sub: 'x' });
  return joinJws(signingInput, await key.sign(signingInput));
}

/** As a verifier does: the key is found by its kid among what the tenant publishes. */
async function verifies(manager: KeyManager, tenant: string, token: string): Promise<boolean> {
  const jws = parseJws(token);
  const key = (await manager.published(tenant)).verification.get(jws.header.kid ?? '');
  return key !== undefined && verifyJwsSync(jws, key);
}

const states = (keys: readonly SigningKeyRecord[]): string =>
  keys.map(({ version, state }) => `v${version} ${state}`).join(', ');
const publishedKids = async (manager: KeyManager, tenant: string): Promise<readonly unknown[]> =>
  (await manager.published(tenant)).jwks.keys.map(({ kid }) => kid);

async function actionsOf(tenant: string): Promise<readonly string[]> {
  const records = await opened.store.audit.listNewest(tenant, 1000);
  return records
    .filter(({ action }) => action.startsWith('key.'))
    .map(({ action }) => action)
    .reverse();
}

function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }) as string;
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => assert.fail('not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SignerError, String(error));
  return error.code;
}

test('the first use makes one key, through all its stages in order (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage();
  const token = await sign(manager, tenant);
  assert.ok(await verifies(manager, tenant, token));
  assert.equal(states(await manager.list(tenant)), 'v1 current');
  assert.deepEqual(await actionsOf(tenant), ['key.logged', 'key.published', 'key.activated']);
  manager.close();
});

test('the first use by eight managers at once, over four connections, makes exactly one key (SPN-3)', async () => {
  const tenant = newTenant();
  const stores = [
    opened.store,
    ...(await Promise.all([1, 2, 3].map(async () => (await opened.openBeside()).store))),
  ];
  const managers = stores.flatMap((store) => [manage(store), manage(store)]);
  const keys = await Promise.all(managers.map((manager) => manager.signingKey(tenant, 'ES256')));
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, 1);
  assert.equal(states(await opened.store.keys.list(tenant)), 'v1 current');
  assert.deepEqual(await actionsOf(tenant), ['key.logged', 'key.published', 'key.activated']);
  for (const manager of managers) manager.close();
});

test('two hundred first uses in one process make one key pair between them (SPN-3)', async () => {
  const tenant = newTenant();
  const signer = createLocalSigner({ vault: opened.vault });
  let generated = 0;
  const manager = createKeyManager({
    store: opened.store.keys,
    changes: opened.store.changes,
    signer: {
      ...signer,
      generate(algorithm, context) {
        generated += 1;
        return signer.generate(algorithm, context);
      },
    },
    clock: opened.clock,
    times,
    environment: 'staging',
  });
  await Promise.all(Array.from({ length: 200 }, () => manager.signingKey(tenant, 'RS256')));
  assert.equal(generated, 1);
  manager.close();
});

test('a key is logged before it is published: without its entry in the audit chain it stays back (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage();
  const first = await manager.signingKey(tenant, 'ES256');
  const [record] = await manager.list(tenant);
  assert.ok(record);
  const kid = `${first.kid}.planted`;
  const entry = (await opened.store.audit.listNewest(tenant, 10)).find(
    ({ action }) => action === 'key.logged',
  );
  assert.ok(entry);
  const planted: SigningKeyRecord = {
    ...record,
    kid,
    algorithm: 'EdDSA',
    version: 1,
    state: 'logged',
    dueAt: 0,
  };
  await opened.store.keys.log(planted, { ...entry, target: { kind: 'key', id: kid } });
  assert.equal((await publishedKids(manager, tenant)).includes(kid), false, 'a logged key is not published');

  const sql = opened.sql();
  sql.prepare('DELETE FROM audit_record WHERE tenant = ? AND target_id = ?').run(tenant, kid);
  assert.equal(await refusal(manager.signingKey(tenant, 'EdDSA')), 'conflict');
  const [stuck] = (await manager.list(tenant)).filter(({ algorithm }) => algorithm === 'EdDSA');
  assert.equal(stuck?.state, 'logged');
  assert.equal((await publishedKids(manager, tenant)).includes(kid), false);
  sql.prepare('DELETE FROM signing_key WHERE tenant = ? AND kid = ?').run(tenant, kid);
  manager.close();
});

test('the next key is published before it signs, and rotate names the time that is left (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage();
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
  const manager = manage();
  const token = await sign(manager, tenant);
  const result = await manager.rotate(tenant, 'ES256', { ...byOperator, emergency: true });
  assert.equal(result.outcome, 'promoted');
  assert.equal((await manager.signingKey(tenant, 'ES256')).kid, result.kid);
  assert.ok(await verifies(manager, tenant, token));
  manager.close();
});

test('twenty rotations asked for at once promote each key once (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage(opened.store, { publishSeconds: 0 });
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
  const manager = manage();
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
  const manager = manage();
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
  const manager = manage(opened.store, { publishSeconds: 0 });
  await manager.signingKey(broken, 'ES256');
  await manager.signingKey(sound, 'ES256');
  opened.clock.advance(91 * day);
  const failing = createKeyManager({
    store: opened.store.keys,
    changes: opened.store.changes,
    signer: {
      ...createLocalSigner({ vault: opened.vault }),
      generate(algorithm, context) {
        if (context.endsWith(broken)) throw new Error('the remote signer is away');
        return createLocalSigner({ vault: opened.vault }).generate(algorithm, context);
      },
    },
    clock: opened.clock,
    times: { ...times, publishSeconds: 0 },
    environment: 'staging',
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
  const manager = manage();
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

test('a PEM key that the tenant has already, be it for another algorithm, is refused as duplicate (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage();
  const pem = pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  const imported = await manager.import(tenant, 'RS256', pem, byOperator);
  assert.equal(imported.state, 'current', 'the first of its algorithm signs at once');
  assert.equal(await refusal(manager.import(tenant, 'RS256', pem, byOperator)), 'duplicate_key');
  assert.equal(await refusal(manager.import(tenant, 'PS256', pem, byOperator)), 'duplicate_key');
  assert.equal(await refusal(manager.import(tenant, 'RS256', 'rubbish', byOperator)), 'unreadable_key');
  manager.close();
});

test('one tenant’s key never verifies for another tenant, whatever the kid says (SPN-3)', async () => {
  const [one, two] = [newTenant(), newTenant()];
  const manager = manage();
  const token = await sign(manager, one);
  await sign(manager, two);
  assert.ok(await verifies(manager, one, token));
  assert.equal(await verifies(manager, two, token), false);
  // The same payload and signature under the other tenant's kid.
  const { kid } = await manager.signingKey(two, 'ES256');
  const [, payload = '', signature = ''] = token.split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid })).toString('base64url');
  assert.equal(await verifies(manager, two, [header, payload, signature].join('.')), false);
  const kidsOf = async (tenant: string) => new Set(await publishedKids(manager, tenant));
  assert.ok((await kidsOf(one)).isDisjointFrom(await kidsOf(two)));
  manager.close();
});

test('the kid tells environment, tenant, algorithm and version (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage();
  for (const algorithm of ['ES256', 'EdDSA']) {
    const { kid } = await manager.signingKey(tenant, algorithm);
    assert.match(kid, new RegExp(`^staging\\.${tenant}\\.${algorithm.toLowerCase()}\\.v1\\.[0-9a-f]{8}$`));
  }
  manager.close();
});

test('a sealed private key moved to another tenant’s row does not sign there (SPN-3)', async () => {
  const [victim, thief] = [newTenant(), newTenant()];
  const manager = manage();
  await sign(manager, victim);
  await manager.signingKey(thief, 'ES256');
  opened
    .sql()
    .prepare(
      `UPDATE signing_key SET private_key = (SELECT private_key FROM signing_key WHERE tenant = ?) WHERE tenant = ?`,
    )
    .run(victim, thief);
  const fresh = manage();
  await sign(fresh, victim);
  await assert.rejects(sign(fresh, thief), { code: 'not_authentic' });
  fresh.close();
  manager.close();
});

test('another process signs with the new key as soon as it hears of it, and verifies both (SPN-1, SPN-3)', async () => {
  const tenant = newTenant();
  const beside = await opened.openBeside();
  const [here, there] = [manage(), manage(beside.store)];
  const old = await sign(here, tenant);
  assert.ok(await verifies(there, tenant, old));
  const { kid } = await here.rotate(tenant, 'ES256', { ...byOperator, emergency: true });
  const deadline = Date.now() + 1000;
  while ((await there.signingKey(tenant, 'ES256')).kid !== kid) {
    assert.ok(Date.now() < deadline, 'within a second');
    await sleep(10);
  }
  assert.ok(await verifies(there, tenant, old));
  assert.ok(await verifies(there, tenant, await sign(here, tenant)));
  here.close();
  there.close();
});
