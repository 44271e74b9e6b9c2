import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createFlow } from '../authorize/flow.test-support.ts';
import { createRegistrant, registrationOf, shop } from '../registration/registration.test-support.ts';
import { systemRandom } from '../system.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { createInitialAccessTokens } from './initial-access-tokens.ts';
import { createUnusedClients } from './unused.ts';

const hour = 3600;
const day = 24 * hour;
const never = () => false;

let harness: Harness;
before(async () => {
  harness = await openHarness();
});
after(() => harness.close());

async function openTenant(id: string, dynamicClients = {}) {
  const tenant = await harness.addTenant({ id }, { dynamicRegistration: 'open', dynamicClients });
  return { tenant, registrant: createRegistrant(harness, `/t/${id}`) };
}

const ids = async (tenant: string) =>
  (await harness.store.clients.list(tenant, { limit: 100 })).map(({ id }) => id);

test('a client that never was given a token goes after a day, a declared one stays (RFC 7591 §5)', async () => {
  const { tenant, registrant } = await openTenant('fresh');
  await harness.addClient('declared', undefined, tenant);
  const mine = await registrant.register(shop);
  harness.clock.advance(day - 60);
  await harness.app.tendClients(never);
  assert.equal((await ids('fresh')).length, 2);
  harness.clock.advance(60 + 300);
  await harness.app.tendClients(never);
  assert.deepEqual(await ids('fresh'), ['declared']);
  assert.equal((await registrant.read(registrationOf(mine))).status, 401);
  const [entry] = await harness.store.audit.listNewest('fresh', 1);
  assert.deepEqual(
    [entry?.action, entry?.actor, entry?.details],
    [
      'client.removed',
      { kind: 'system', id: 'unused-clients' },
      { source: 'dynamic', by: 'expiry', lastUsedAt: 0 },
    ],
  );
  const text = await harness.metrics.registry.metrics();
  assert.match(text, /identity_client_removals_total\{by="expiry"\} [1-9]/);
});

test('a client stays so long after its last token as the tenant says, and then goes with all that it was given (RFC 7591 §5)', async () => {
  await harness.changeTenant({ dynamicRegistration: 'open', dynamicClients: { unusedSeconds: 10 * day } });
  const flow = createFlow(harness);
  const { body } = await createRegistrant(harness).register({ redirect_uris: ['https://app.example/cb'] });
  const id = String(body.client_id);
  const record = await harness.store.clients.find('default', id);
  assert.ok(record);
  const client = { id, secret: String(body.client_secret), record };
  const consent = { tenant: 'default', clientId: id, scope: ['openid'], resources: [] };
  const use = async () => {
    const person = await flow.person();
    const { id: subject } = person.subject;
    await harness.store.consents.remember({ ...consent, subject, grantedAt: 1, updatedAt: 1 }, {});
    await flow.tokens(client, person);
    return subject;
  };
  let subject = await use();
  for (let round = 1; round <= 3; round += 1) {
    await harness.app.tendClients(never);
    harness.clock.advance(9 * day);
    await harness.app.tendClients(never);
    assert.ok((await harness.store.clients.find('default', id)) !== undefined, `${9 * round} days of use`);
    subject = await use();
  }
  await harness.app.tendClients(never);
  harness.clock.advance(10 * day + 300);
  await harness.app.tendClients(never);
  assert.equal(await harness.store.clients.find('default', id), undefined);
  assert.equal(await harness.store.consents.find('default', subject, id), undefined);
  const asked = await harness.post('/oauth2/introspect', { token: 'x' }, { client });
  assert.equal(asked.status, 401);
});

test('a client that an initial access token admitted has as long to begin as others between two uses (RFC 7591 §5)', async () => {
  const tenant = await harness.addTenant({ id: 'admitting' }, { dynamicRegistration: 'token' });
  const tokens = createInitialAccessTokens({
    store: harness.store.initialAccessTokens,
    random: systemRandom,
  });
  const requester = {
    actor: { kind: 'operator', id: 'test' },
    traceId: '',
    now: harness.clock.now(),
  } as const;
  const { token } = await tokens.add(requester, tenant, { uses: 1, lifetimeSeconds: 60 });
  const { status } = await createRegistrant(harness, '/t/admitting').register(shop, { token });
  assert.equal(status, 201);
  harness.clock.advance(89 * day);
  await harness.app.tendClients(never);
  assert.equal((await ids('admitting')).length, 1);
  harness.clock.advance(day + 300);
  await harness.app.tendClients(never);
  assert.deepEqual(await ids('admitting'), []);
});

test('a longer life that the tenant gives counts for clients that are there already (RFC 7591 §5)', async () => {
  const { tenant, registrant } = await openTenant('patient');
  await registrant.register(shop);
  const record = await harness.store.tenants.find(tenant.id);
  assert.ok(record);
  const dynamicClients = { ...record.settings.dynamicClients, neverUsedSeconds: 3 * day };
  await harness.store.tenants.replace(
    { ...record, settings: { ...record.settings, dynamicClients }, version: record.version + 1 },
    record.version,
    {},
  );
  harness.clock.advance(2 * day);
  await harness.app.tendClients(never);
  assert.equal((await ids('patient')).length, 1);
  harness.clock.advance(day + 300);
  await harness.app.tendClients(never);
  assert.deepEqual(await ids('patient'), []);
});

test('of many processes that sweep at once each client is removed by one, and none is removed that was used meanwhile (ACC-3)', async () => {
  const { registrant } = await openTenant('crowd');
  const answers = await Promise.all(Array.from({ length: 120 }, () => registrant.register(shop)));
  const [kept = ''] = answers.map(({ body }) => String(body.client_id));
  harness.clock.advance(day + 301);
  let told = 0;
  const sweepers = Array.from({ length: 4 }, () =>
    createUnusedClients({
      store: {
        ...harness.store.clients,
        // It is used between the look and the removal.
        removeUnused: async (tenant, id, ...rest) => {
          if (id === kept)
            await harness.store.clients.noteUse(tenant, id, harness.clock.now(), 9_000_000_000);
          return harness.store.clients.removeUnused(tenant, id, ...rest);
        },
      },
      findTenant: (id) => harness.store.tenants.find(id),
      random: systemRandom,
      revocationSeconds: 360,
      onRemoved: () => {
        told += 1;
      },
    }),
  );
  const removed = await Promise.all(sweepers.map((sweeper) => sweeper.sweep(harness.clock.now(), never)));
  assert.deepEqual(await ids('crowd'), [kept]);
  assert.deepEqual([removed.reduce((sum, count) => sum + count, 0), told], [119, 119]);
  const entries = (await harness.store.audit.listNewest('crowd', 1000)).filter(
    ({ action }) => action === 'client.removed',
  );
  assert.equal(entries.length, 119);
});

test('a sweep ends when the server does (ACC-3)', async () => {
  const { registrant } = await openTenant('ending');
  await registrant.register(shop);
  harness.clock.advance(2 * day);
  await harness.app.tendClients(() => true);
  assert.equal((await ids('ending')).length, 1);
});
