import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../ports.ts';
import { type Driver, inPlace } from './driver.ts';
import * as make from './fixtures.ts';

const { hashed, noTrail, now } = make;

/** How a device code goes from state to state, and what ends it. */
export function deviceConformance(driver: Driver): void {
  const rule = (title: string, run: (store: Store) => Promise<void>): void => {
    test(`${driver.name}: ${title}`, () =>
      inPlace(driver, async (place) => {
        const { store } = await place.open(() => now);
        await make.seedBasics(store, 'a');
        await store.deviceCodes.create(make.deviceCode('a'));
        await run(store);
      }));
  };
  const approve = (store: Store, id = 'device') =>
    store.deviceCodes.approve('a', hashed(id), make.deviceApproval(id), make.trail('a', 'approved', id));
  const deny = (store: Store, at = now) => store.deviceCodes.deny('a', hashed('device'), at, noTrail);
  const poll = async (store: Store, at = now, client = 'web') =>
    (await store.deviceCodes.poll('a', hashed('device'), client, at, 5)).outcome;
  const take = (store: Store, at = now) =>
    store.deviceCodes.take(
      'a',
      hashed('device'),
      at,
      {
        family: make.family('a', 'grant-device', { sessionId: null }),
        accessToken: make.accessToken('a', 'opaque-device', { grantId: 'grant-device' }),
        trail: make.trail('a', 'redeemed'),
      },
      make.reuse('a', 'grant-device'),
    );
  const count = (answers: readonly (string | boolean)[]) =>
    Object.fromEntries(
      [...Map.groupBy(answers, String)].map(([answer, all]) => [answer, all.length] as const),
    );

  rule(
    'gives each live user code of a tenant to one device of many that ask at once (ACC-2, RFC 8628 §3.2)',
    async (store) => {
      const create = (_: unknown, index: number) =>
        store.deviceCodes.create(make.deviceCode('a', `n${index}`, { userCode: hashed('same') }));
      assert.deepEqual(count(await Promise.all(Array.from({ length: 50 }, create))), {
        created: 1,
        duplicate: 49,
      });
      const elsewhere = make.deviceCode('b', 'n', { userCode: hashed('same') });
      assert.equal(await store.deviceCodes.create(elsewhere), 'created');
    },
  );

  rule('takes one answer of many, whatever they say (ACC-2, RFC 8628 §3.3)', async (store) => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? approve(store) : deny(store))),
    );
    const counted = count(answers);
    assert.equal((counted.approved ?? 0) + (counted.true ?? 0), 1);
    assert.equal((counted.ended ?? 0) + (counted.false ?? 0), 49);
  });

  rule(
    'is found by its user code while it is pending, and by nothing else (RFC 8628 §3.3)',
    async (store) => {
      const find = (at = now) => store.deviceCodes.findByUserCode('a', hashed('user-code-device'), at);
      assert.ok((await find()) !== undefined);
      assert.equal(await find(now + 900), undefined);
      await approve(store);
      assert.equal(await find(), undefined);
    },
  );

  rule(
    'writes with an approval its consent, so that the person can take it back, and forgets the address (ACC-4)',
    async (store) => {
      await store.consents.remember(make.consent('a', { scope: ['email'], resources: [] }), noTrail);
      assert.equal(await approve(store), 'approved');
      const consent = await store.consents.find('a', 'USR-ada', 'web');
      assert.deepEqual(consent?.scope, ['email', 'openid']);
      assert.deepEqual(consent?.resources, ['https://api.example']);
      const [newest] = await store.audit.listNewest('a', 1);
      assert.equal(newest?.action, 'approved');
      const polled = await store.deviceCodes.poll('a', hashed('device'), 'web', now, 5);
      assert.equal(polled.outcome === 'approved' && polled.record.origin, null);
    },
  );

  rule(
    'tells a poll that comes too early to slow down, by five seconds more each time (RFC 8628 §3.5)',
    async (store) => {
      assert.equal(await poll(store, now), 'pending');
      assert.equal(await poll(store, now + 4), 'slow_down');
      assert.equal(await poll(store, now + 13), 'slow_down', 'ten seconds by now');
      assert.equal(await poll(store, now + 28), 'pending', 'fifteen seconds kept');
      assert.equal(await poll(store, now + 43), 'pending', 'a poll in time changes nothing');
      const record = await store.deviceCodes.findByUserCode('a', hashed('user-code-device'), now);
      assert.equal(record?.intervalSeconds, 15);
    },
  );

  rule(
    'counts parallel polls one by one: one is in time, each of the others adds its seconds (RFC 8628 §3.5)',
    async (store) => {
      const polls = await Promise.all(Array.from({ length: 20 }, () => poll(store)));
      assert.deepEqual(count(polls), { pending: 1, slow_down: 19 });
      const record = await store.deviceCodes.findByUserCode('a', hashed('user-code-device'), now);
      assert.equal(record?.intervalSeconds, 5 + 19 * 5);
    },
  );

  rule('never slows down a device that has its answer (RFC 8628 §3.5)', async (store) => {
    await poll(store);
    await approve(store);
    assert.deepEqual([await poll(store), await poll(store)], ['approved', 'approved']);
  });

  rule(
    'does not know a code for another client, and lets it change nothing (RFC 8628 §3.4)',
    async (store) => {
      assert.deepEqual(
        [await poll(store, now, 'thief'), await poll(store, now, 'thief')],
        ['unknown', 'unknown'],
      );
      assert.equal(await poll(store), 'pending');
      await approve(store);
      assert.equal(await poll(store, now, 'thief'), 'unknown');
    },
  );

  rule('says of an expired code that it expired, whatever became of it (RFC 8628 §3.5)', async (store) => {
    assert.equal(await poll(store, now + 900), 'expired');
    assert.equal(await approve(store), 'approved');
    assert.equal(await poll(store, now + 900), 'expired');
    assert.equal(await take(store, now + 900), 'unknown');
    const late = make.deviceApproval('device', { approvedAt: now + 900 });
    await store.deviceCodes.create(make.deviceCode('a', 'late'));
    assert.equal(await store.deviceCodes.approve('a', hashed('late'), late, noTrail), 'ended');
    assert.equal(await store.deviceCodes.deny('a', hashed('late'), now + 900, noTrail), false);
  });

  rule(
    'keeps an expired code a while, so that a late poll is told of it, and then no longer (ACC-3, RFC 8628 §3.5)',
    async (store) => {
      const sweep = async (at: number) => {
        while ((await store.maintenance.sweep(at, 100)) > 0);
      };
      await sweep(now + 900 + 299);
      assert.equal(await poll(store, now + 900 + 299), 'expired');
      await sweep(now + 900 + 300);
      assert.equal(await poll(store, now + 900 + 300), 'unknown');
    },
  );

  rule('gives nothing to a device that was denied or not yet answered (RFC 8628 §3.5)', async (store) => {
    assert.equal(await take(store), 'unknown');
    assert.equal(await deny(store), true);
    assert.equal(await deny(store), false);
    assert.equal(await poll(store), 'denied');
    assert.equal(await take(store), 'unknown');
    assert.equal(await approve(store), 'ended');
  });

  rule(
    'gives a device its tokens once, and revokes all that came of it when the code comes again (ACC-2, SPN-5)',
    async (store) => {
      await approve(store);
      const outcomes = await Promise.all(Array.from({ length: 100 }, () => take(store)));
      assert.deepEqual(count(outcomes), { taken: 1, reused: 99 });
      assert.equal((await store.refreshFamilies.find('a', 'grant-device'))?.revokedAt, now);
      assert.equal(await store.accessTokens.find('a', hashed('opaque-device'), now), undefined);
      const { revocations } = await store.revocations.listAfter(0, now, 10);
      assert.deepEqual(
        revocations.map(({ kind, id }) => `${kind} ${id}`),
        ['grant grant-device'],
      );
      assert.equal(await poll(store), 'approved', 'take decides, so that every repeat is noticed');
    },
  );

  rule('keeps out of a grant what does not bear its id, client and subject (SPN-1)', async (store) => {
    await approve(store);
    const reuse = make.reuse('a', 'grant-device');
    for (const produced of [
      { family: make.family('a', 'another-grant'), accessToken: null, trail: noTrail },
      { family: make.family('b', 'grant-device'), accessToken: null, trail: noTrail },
      { family: null, accessToken: make.accessToken('a', 't', { grantId: 'another' }), trail: noTrail },
    ]) {
      const attempt = store.deviceCodes.take('a', hashed('device'), now, produced, reuse);
      await assert.rejects(attempt, { code: 'internal' });
    }
    assert.equal(await take(store), 'taken');
  });

  rule('outlives the session it was approved in (OpenID Connect Core §11)', async (store) => {
    await approve(store);
    await store.sessions.end('a', 'sid', now, make.revocation('a', 'session', 'sid'), noTrail);
    assert.equal(await take(store), 'taken');
    const family = await store.refreshFamilies.find('a', 'grant-device');
    assert.deepEqual([family?.sessionId, family?.revokedAt], [null, 0]);
  });

  rule(
    'is not approved in a session that ended, by a disabled person or for a disabled client (SPN-1)',
    async (store) => {
      const pairs: readonly (() => Promise<unknown>)[] = [
        () => store.clients.replace(make.client('a', 'web', { disabledAt: now }), 1, noTrail),
        () => store.clients.replace(make.client('a', 'web'), 2, noTrail),
        () => store.sessions.end('a', 'sid', now, make.revocation('a', 'session', 'sid'), noTrail),
      ];
      const outcomes: string[] = [];
      for (const change of pairs) {
        await change();
        await store.deviceCodes.create(make.deviceCode('a', `n${outcomes.length}`));
        outcomes.push(await approve(store, `n${outcomes.length}`));
      }
      assert.deepEqual(outcomes, ['inactive', 'approved', 'inactive']);
      assert.equal(await poll(store), 'pending', 'another one is untouched');
    },
  );

  rule(
    'gives nothing for a person who was disabled after approving, enabled again or not (attack 6)',
    async (store) => {
      await approve(store);
      await store.subjects.disable('a', 'USR-ada', make.revocation('a', 'subject', 'USR-ada'), noTrail);
      assert.equal(await poll(store), 'denied');
      await store.subjects.enable('a', 'USR-ada', now, noTrail);
      assert.equal(await take(store), 'unknown');
    },
  );

  rule(
    'gives nothing to a client that is disabled when it asks, and waits for it (attack 6)',
    async (store) => {
      await approve(store);
      await store.clients.replace(make.client('a', 'web', { disabledAt: now }), 1, noTrail);
      assert.equal(await take(store), 'inactive');
      await store.clients.replace(make.client('a', 'web'), 2, noTrail);
      assert.equal(await take(store), 'taken');
    },
  );

  rule('ends with its consent, served or not (SPN-9, attack 6)', async (store) => {
    const revoke = () => store.consents.revoke('a', 'USR-ada', 'web', now, now + 300, noTrail);
    await approve(store);
    assert.equal(await revoke(), true);
    assert.deepEqual([await poll(store), await take(store), await revoke()], ['denied', 'unknown', false]);

    await store.deviceCodes.create(make.deviceCode('a', 'served'));
    await approve(store, 'served');
    // Without a refresh token: nothing but the code leads to its access tokens.
    const produced = {
      family: null,
      accessToken: make.accessToken('a', 'opaque', { grantId: 'grant-served' }),
      trail: noTrail,
    };
    const reuse = make.reuse('a', 'grant-served');
    assert.equal(await store.deviceCodes.take('a', hashed('served'), now, produced, reuse), 'taken');
    assert.deepEqual([await revoke(), await revoke()], [true, false]);
    assert.equal(await store.accessTokens.find('a', hashed('opaque'), now), undefined);
    const { revocations } = await store.revocations.listAfter(0, now, 10);
    assert.deepEqual(
      revocations.map(({ id }) => id),
      ['grant-served'],
    );
  });

  rule('goes with its client, and with the person who approved it (SPN-25)', async (store) => {
    await approve(store);
    await store.subjects.remove('a', 'USR-ada', make.revocation('a', 'subject', 'USR-ada'), noTrail);
    assert.equal(await poll(store), 'unknown');
    await store.deviceCodes.create(make.deviceCode('a', 'other'));
    await store.clients.remove('a', 'web', make.revocation('a', 'client', 'web'), noTrail);
    assert.equal(await store.deviceCodes.findByUserCode('a', hashed('user-code-other'), now), undefined);
  });
}
