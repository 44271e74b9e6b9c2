import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change, Store } from '../ports.ts';
import { wallMs } from './child.ts';
import { startChild } from './children.ts';
import { type Driver, inPlace, nextChange } from './driver.ts';
import * as make from './fixtures.ts';
import { writeCases } from './verb-cases.ts';

const { noTrail, now } = make;

function listen(store: Store): (Change | null)[] {
  const seen: (Change | null)[] = [];
  store.changes.subscribe((change) => seen.push(change));
  return seen;
}

/** Which topics each verb tells of: every one that writes a record that some process may hold in memory. */
const topics: Readonly<Record<string, readonly Change['topic'][]>> = {
  'clients.replace': ['client'],
  'clients.addSecret': ['client'],
  'clients.expireSecret': ['client'],
  'clients.remove': ['client', 'revocation'],
  'clients.create': ['client'],
  'clients.register': ['client'],
  'clients.reregister': ['client'],
  'clients.removeUnused': ['client', 'revocation'],
  'subjects.create': ['subject'],
  'subjects.replace': ['subject'],
  'subjects.replacePassword': ['subject'],
  'subjects.disable': ['logout', 'revocation', 'session', 'subject'],
  'subjects.enable': ['subject'],
  'subjects.remove': ['consent', 'logout', 'membership', 'pairwise', 'revocation', 'session', 'subject'],
  'pairwiseSubjects.settle': ['pairwise'],
  'groups.create': ['group'],
  'groups.remove': ['group'],
  'groups.addMember': ['membership'],
  'groups.removeMember': ['membership'],
  'sessions.create': ['session'],
  'sessions.reauthenticate': ['session'],
  'sessions.end': ['logout', 'revocation', 'session'],
  'sessions.endAll': ['logout', 'revocation', 'session'],
  'logoutDeliveries.retry': ['logout'],
  'consents.remember': ['consent'],
  'consents.revoke': ['consent', 'revocation'],
  'deviceCodes.approve': ['consent'],
  'refreshFamilies.revoke': ['revocation'],
  'revocations.add': ['revocation'],
  'keys.log': ['key'],
  'keys.publish': ['key'],
  'keys.promote': ['key'],
  'keys.remove': ['key'],
  'oneTimeTokens.completeSetup': ['subject'],
};

export function feedConformance(driver: Driver): void {
  test(`${driver.name}: every verb that writes a cached record tells of it before it resolves (SPN-1)`, async () => {
    for (const one of writeCases) {
      await inPlace(driver, async (place) => {
        const { store } = await place.open(() => now);
        await make.seedAll(store, 'a');
        const seen = listen(store);
        await one.call(store, 'a', noTrail);
        const told = [...new Set(seen.map((change) => change?.topic))].sort();
        assert.deepEqual(told, topics[one.name] ?? [], one.name);
        assert.ok(
          seen.every((change) => change?.tenant === 'a'),
          one.name,
        );
      });
    }
  });

  test(`${driver.name}: the change of a revocation leads to it and to nothing before it (SPN-5)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      await store.revocations.add(make.revocation('a', 'token', 'old'), noTrail);
      const seen = listen(store);
      await store.revocations.add(make.revocation('a', 'token', 'new'), noTrail);
      const [change] = seen;
      const loaded = await store.revocations.listAfter(Number(change?.id) - 1, now, 10);
      assert.deepEqual(
        loaded.revocations.map(({ id }) => id),
        ['new'],
      );
    }));

  test(`${driver.name}: a change of another process is delivered within 200 ms (SPN-1)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open();
      const child = await startChild(place);
      const delays: number[] = [];
      for (let round = 0; round < 20; round += 1) {
        const delivered = nextChange(store, (change) => change?.topic === 'revocation', 5000);
        child.order({ kind: 'revoke', id: `r${round}` });
        const [receivedAt, done] = [await delivered, await child.told('done')];
        delays.push(performance.timeOrigin + receivedAt - done.at);
      }
      await child.close();
      assert.ok(Math.max(...delays) < 200, `took ${Math.max(...delays)} ms at ${wallMs()}`);
    }));

  test(`${driver.name}: a process that slept past the feed's retention is told to flush everything (SPN-1)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      await store.tenants.create(make.tenant('a'), noTrail);
      const seen = listen(store);
      // In one stretch, as after a sleep: a change came and was swept away.
      await place.alter(`insert into change (topic, tenant, id, expires_at) values ('tenant', 'b', 'b', 0);
        update change_floor set seq = (select max(seq) from change);
        delete from change`);
      await store.tenants.create(make.tenant('c'), noTrail);
      assert.deepEqual(seen[0], null);
      assert.ok(seen.slice(1).every((change) => change?.id === 'c'));
      await store.tenants.create(make.tenant('d'), noTrail);
      assert.deepEqual(seen.at(-1), { topic: 'tenant', tenant: 'd', id: 'd' });
    }));

  test(`${driver.name}: the sweeper notes up to where it swept the feed (SPN-1, ACC-3)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      for (const id of ['a', 'b', 'c']) await store.tenants.create(make.tenant(id), noTrail);
      const { change } = await place.dump();
      assert.equal(await store.maintenance.sweep(now + 3599, 100), 0);
      assert.equal(await store.maintenance.sweep(now + 3600, 2), 2);
      assert.equal(change?.length, 3);
      assert.deepEqual(
        (await place.dump()).change_floor?.map((row) => Object.values(row as object)),
        [[1, 2]],
      );
    }));

  test(`${driver.name}: a listener that throws does not keep a change from the others (SPN-1)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      store.changes.subscribe(() => {
        throw new Error('planted');
      });
      const seen = listen(store);
      assert.equal(await store.tenants.create(make.tenant('a'), noTrail), 'created');
      assert.deepEqual(seen, [{ topic: 'tenant', tenant: 'a', id: 'a' }]);
    }));
}
