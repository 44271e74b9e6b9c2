import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openHarness, serviceMetadata } from '../testing/harness.ts';
import { createClientUses } from './uses.ts';

const harness = await openHarness();
after(() => harness.close());
const daySeconds = 86_400;

const lastUsed = async (id: string) => (await harness.store.clients.find('default', id))?.lastUsedAt;
const never = () => false;

test('a token request writes nothing about its use: that comes with the next round, once a day (SPN-14)', async () => {
  const { client, secret } = await harness.addClient('job', serviceMetadata);
  const ask = async () =>
    (
      await harness.post(
        '/oauth2/token',
        { grant_type: 'client_credentials' },
        { client: { id: client.id, secret } },
      )
    ).status;
  assert.equal(await ask(), 200);
  assert.equal(await lastUsed('job'), 0);
  const firstUse = harness.clock.now();
  await harness.app.tendClients(never);
  const noted = await lastUsed('job');
  assert.ok(noted !== undefined && Math.abs(noted - firstUse) <= 2);
  harness.clock.advance(daySeconds - 60);
  assert.equal(await ask(), 200);
  await harness.app.tendClients(never);
  assert.equal(await lastUsed('job'), noted);
  harness.clock.advance(120);
  assert.equal(await ask(), 200);
  await harness.app.tendClients(never);
  assert.ok(Number(await lastUsed('job')) > noted);
});

test('a token that was refused is no use (SPN-14)', async () => {
  const { client, secret } = await harness.addClient('idle', serviceMetadata);
  const refused = await harness.post(
    '/oauth2/token',
    { grant_type: 'client_credentials', scope: 'nothing' },
    { client: { id: client.id, secret } },
  );
  assert.equal(refused.status, 400);
  await harness.app.tendClients(never);
  assert.equal(await lastUsed('idle'), 0);
});

test('what could not be written goes on waiting, memory is bounded, and a cached record does not make it write again (SPN-1)', async () => {
  const { client } = await harness.addClient('cached', serviceMetadata);
  const written: string[] = [];
  let broken = true;
  const uses = createClientUses({
    store: {
      noteUse: async (_tenant, id) => {
        if (broken) throw new Error('the store is away');
        written.push(id);
        return true;
      },
    },
    limit: 3,
  });
  const now = harness.clock.now();
  for (const id of ['a', 'b', 'c', 'd']) uses.note(harness.tenant, { ...client, id }, now);
  await assert.rejects(uses.flush());
  assert.deepEqual(written, []);
  broken = false;
  await uses.flush();
  assert.deepEqual(written, ['a', 'b', 'c'], 'the fourth found no room');
  uses.note(harness.tenant, { ...client, id: 'c' }, now + 60);
  await uses.flush();
  assert.deepEqual(written, ['a', 'b', 'c']);
  uses.note(harness.tenant, { ...client, id: 'd' }, now + 60);
  uses.note(harness.tenant, { ...client, id: 'e', lastUsedAt: now }, now + 60);
  await uses.flush();
  assert.deepEqual(written, ['a', 'b', 'c', 'd'], 'of e the record itself says enough');
});
