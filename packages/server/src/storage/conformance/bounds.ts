import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Driver, inPlace } from './driver.ts';
import * as make from './fixtures.ts';

const { hashed, noTrail, now } = make;

/** Everything temporary ends at its second, and then goes. */
export function boundsConformance(driver: Driver): void {
  test(`${driver.name}: nothing temporary is found at or after its expiry (SPN-1)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      await make.seedAll(store, 'a');
      const found = async (at: number) =>
        [
          await store.sessions.findLive('a', hashed('cookie-sid'), at),
          await store.sessions.findLiveById('a', 'sid', at),
          (await store.sessions.listLive('a', 'USR-ada', at))[0],
          await store.pushedRequests.find('a', hashed('par'), at),
          await store.codes.find('a', hashed('code'), at),
          (await store.refreshFamilies.listLiveBySubject('a', 'USR-ada', at))[0],
          await store.deviceCodes.findByUserCode('a', hashed('user-code-device'), at),
          await store.accessTokens.find('a', hashed('token'), at),
          (await store.oneTimeTokens.isLive('a', 'setup', hashed('link'), at)) || undefined,
        ].map((one) => one !== undefined);
      assert.deepEqual(await found(now + 59), [true, true, true, true, true, true, true, true, true]);
      assert.deepEqual(await found(now + 60), [true, true, true, true, false, true, true, true, true]);
      assert.deepEqual(await found(now + 300), [true, true, true, false, false, true, true, false, true]);
      assert.deepEqual(await found(now + 899), [true, true, true, false, false, true, true, false, false]);
      assert.deepEqual(await found(now + 999), [true, true, true, false, false, true, false, false, false]);
      assert.deepEqual(await found(now + 1000), [
        false,
        false,
        false,
        false,
        false,
        true,
        false,
        false,
        false,
      ]);
      assert.deepEqual(await found(now + 7000), [
        false,
        false,
        false,
        false,
        false,
        false,
        false,
        false,
        false,
      ]);
    }));

  test(`${driver.name}: an expired code, link, session or family does nothing any more (SPN-1)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      await make.seedAll(store, 'a');
      const produced = { family: make.family('a'), accessToken: null, trail: noTrail };
      assert.equal(
        await store.codes.take('a', hashed('code'), now + 60, produced, make.reuse('a', 'grant-code')),
        'unknown',
      );
      const root = make.subject('a', 'USR-root');
      assert.equal(
        await store.oneTimeTokens.completeSetup(hashed('link'), now + 600, root, [], noTrail),
        'spent',
      );
      await store.sessions.touch('a', 'sid', now + 1000, now + 9000);
      assert.equal(await store.sessions.findLiveById('a', 'sid', now + 1000), undefined);
      const change = {
        ...make.session('a', 'sid', { tokenHash: hashed('n') }),
        lastSeenAt: now + 1000,
        idleExpiresAt: now + 9000,
      };
      assert.equal(await store.sessions.reauthenticate('a', 'sid', change, noTrail), false);
      const rotate = await store.refreshFamilies.rotate({
        tenant: 'a',
        id: 'grant-first',
        presented: 1,
        rotate: true,
        graceSeconds: 0,
        now: now + 7000,
        idleExpiresAt: now + 9000,
        accessToken: null,
        trail: noTrail,
        reuse: { ...make.reuse('a', 'grant-first'), onReuse: 'family' },
      });
      assert.equal(rotate.outcome, 'inactive');
    }));

  test(`${driver.name}: touching a session never shortens it (SPN-1)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      await make.seedBasics(store, 'a');
      await store.sessions.touch('a', 'sid', now + 100, now + 2000);
      await store.sessions.touch('a', 'sid', now + 50, now + 1500);
      const kept = await store.sessions.findLiveById('a', 'sid', now + 100);
      assert.deepEqual([kept?.lastSeenAt, kept?.idleExpiresAt], [now + 100, now + 2000]);
    }));

  test(`${driver.name}: the sweeper leaves what is live, and of what expired nothing (ACC-3)`, () =>
    inPlace(driver, async (place) => {
      const { store, ephemeral } = await place.open(() => now);
      await make.seedAll(store, 'a');
      await store.clients.expireSecret('a', 'web', 's1', now + 1, noTrail);
      await ephemeral.put('k', 'v', now + 10);
      await ephemeral.spend('b', 5, { capacity: 10, refillPerSecond: 1 }, now * 1000);
      const before = await store.maintenance.countRows();
      assert.equal(await store.maintenance.sweep(now, 1000), 0);
      assert.deepEqual(await store.maintenance.countRows(), before);
      for (let swept = 1; swept > 0; ) {
        swept = await store.maintenance.sweep(now + 40 * 86_400, 7);
        assert.ok(swept <= 7);
      }
      const after = await store.maintenance.countRows();
      const lasting = [
        'tenant',
        'client',
        'subject',
        'pairwise_subject',
        'person_group',
        'group_member',
        'role_grant',
        'consent',
        'signing_key',
        'audit_chain',
        'audit_record',
      ];
      for (const [table, rows] of Object.entries(after)) {
        assert.equal(rows, lasting.includes(table) ? before[table] : 0, table);
      }
    }));

  test(`${driver.name}: the sweeper works in batches that leave others their turn (ACC-3)`, () =>
    inPlace(driver, async (place) => {
      const { store, ephemeral } = await place.open(() => now);
      await Promise.all(Array.from({ length: 2000 }, (_, index) => ephemeral.put(`k${index}`, 'v', now)));
      const order: string[] = [];
      const sweeping = (async () => {
        while ((await store.maintenance.sweep(now, 100)) > 0) order.push('swept');
      })();
      const writing = (async () => {
        for (let index = 0; index < 10; index += 1) {
          await ephemeral.put(`live${index}`, 'v', now + 10);
          order.push('wrote');
        }
      })();
      await Promise.all([sweeping, writing]);
      assert.equal(order.filter((one) => one === 'swept').length, 20);
      assert.ok(order.indexOf('wrote') < order.lastIndexOf('swept'));
    }));
}
