import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SigningKeyRecord } from '../storage/ports.ts';
import { openTestStore, type TestStore } from '../testing/store.ts';
import { createLocalSigner } from './local-signer.ts';
import {
  byOperator,
  manage,
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

async function actionsOf(tenant: string): Promise<readonly string[]> {
  const records = await opened.store.audit.listNewest(tenant, 1000);
  return records
    .filter(({ action }) => action.startsWith('key.'))
    .map(({ action }) => action)
    .reverse();
}

test('the first use makes one key, through all its stages in order (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage(opened);
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
  const managers = stores.flatMap((store) => [manage(opened, { store }), manage(opened, { store })]);
  const keys = await Promise.all(managers.map((manager) => manager.signingKey(tenant, 'ES256')));
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, 1);
  assert.equal(states(await opened.store.keys.list(tenant)), 'v1 current');
  // Each stage once; chains of different processes have no order within a second.
  assert.deepEqual([...(await actionsOf(tenant))].sort(), ['key.activated', 'key.logged', 'key.published']);
  for (const manager of managers) manager.close();
});

test('two hundred first uses in one process make one key pair between them (SPN-3)', async () => {
  const tenant = newTenant();
  const signer = createLocalSigner({ vault: opened.vault });
  let generated = 0;
  const manager = manage(opened, {
    signer: {
      generate(algorithm, context) {
        generated += 1;
        return signer.generate(algorithm, context);
      },
    },
  });
  await Promise.all(Array.from({ length: 200 }, () => manager.signingKey(tenant, 'RS256')));
  assert.equal(generated, 1);
  manager.close();
});

test('a key is logged before it is published: without its entry in the audit chain it stays back (SPN-3)', async () => {
  const tenant = newTenant();
  const manager = manage(opened);
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
    thumbprint: 'planted',
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

test('one tenant’s key never verifies for another tenant, whatever the kid says (SPN-3)', async () => {
  const [one, two] = [newTenant(), newTenant()];
  const manager = manage(opened);
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
  const manager = manage(opened);
  for (const algorithm of ['ES256', 'EdDSA']) {
    const { kid } = await manager.signingKey(tenant, algorithm);
    assert.match(kid, new RegExp(`^staging\\.${tenant}\\.${algorithm.toLowerCase()}\\.v1\\.[0-9a-f]{8}$`));
  }
  manager.close();
});

test('a sealed private key moved to another tenant’s row does not sign there (SPN-3)', async () => {
  const [victim, thief] = [newTenant(), newTenant()];
  const manager = manage(opened);
  await sign(manager, victim);
  await manager.signingKey(thief, 'ES256');
  opened
    .sql()
    .prepare(
      `UPDATE signing_key SET private_key = (SELECT private_key FROM signing_key WHERE tenant = ?) WHERE tenant = ?`,
    )
    .run(victim, thief);
  const fresh = manage(opened);
  await sign(fresh, victim);
  await assert.rejects(sign(fresh, thief), { code: 'not_authentic' });
  fresh.close();
  manager.close();
});

test('another process signs with the new key as soon as it hears of it, and verifies both (SPN-1, SPN-3)', async () => {
  const tenant = newTenant();
  const beside = await opened.openBeside();
  const [here, there] = [manage(opened), manage(opened, { store: beside.store })];
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
