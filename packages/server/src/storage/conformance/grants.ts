import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RefreshFamilyStore, Store } from '../ports.ts';
import { type Driver, inPlace } from './driver.ts';
import * as make from './fixtures.ts';

const { hashed, noTrail, now } = make;

type RotateInput = Parameters<RefreshFamilyStore['rotate']>[0];

function rotation(id: string, presented: number, change: Partial<RotateInput> = {}): RotateInput {
  return {
    tenant: 'a',
    id,
    presented,
    rotate: true,
    graceSeconds: 0,
    now,
    idleExpiresAt: now + 7000,
    accessToken: null,
    trail: noTrail,
    reuse: { ...make.reuse('a', id), onReuse: 'family' },
    ...change,
  };
}

async function takeCode(store: Store, id: string, change: Parameters<typeof make.family>[2] = {}) {
  await store.codes.issue(make.code('a', id), null, now, noTrail);
  const produced = {
    family: make.family('a', `grant-${id}`, change),
    accessToken: make.accessToken('a', `opaque-${id}`, { grantId: `grant-${id}` }),
    trail: noTrail,
  };
  return await store.codes.take('a', hashed(id), now, produced, make.reuse('a', `grant-${id}`));
}

async function liveRevocations(store: Store): Promise<readonly string[]> {
  const { revocations } = await store.revocations.listAfter(0, now, 100);
  return revocations.map(({ kind, id }) => `${kind} ${id}`).sort();
}

/** What revokes what, and what liveness each gate asks for. */
export function grantConformance(driver: Driver): void {
  const rule = (title: string, run: (store: Store) => Promise<void>): void => {
    test(`${driver.name}: ${title}`, () =>
      inPlace(driver, async (place) => {
        const { store } = await place.open(() => now);
        await make.seedBasics(store, 'a');
        await run(store);
      }));
  };

  const lapses: readonly (readonly [string, (store: Store) => Promise<unknown>])[] = [
    [
      'a disabled subject',
      (s) => s.subjects.disable('a', 'USR-ada', make.revocation('a', 'subject', 'USR-ada'), noTrail),
    ],
    ['a disabled client', (s) => s.clients.replace(make.client('a', 'web', { disabledAt: now }), 1, noTrail)],
    [
      'an ended session',
      (s) => s.sessions.end('a', 'sid', now, make.revocation('a', 'session', 'sid'), noTrail),
    ],
    ['a removed client', (s) => s.clients.remove('a', 'web', make.revocation('a', 'client', 'web'), noTrail)],
  ];
  for (const [what, lapse] of lapses) {
    rule(`neither issues nor redeems a code of ${what} (SPN-1)`, async (store) => {
      await store.pushedRequests.create(make.pushedRequest('a'));
      await store.codes.issue(make.code('a', 'early'), null, now, noTrail);
      await lapse(store);
      assert.equal(await store.codes.issue(make.code('a', 'late'), hashed('par'), now, noTrail), 'inactive');
      const produced = { family: make.family('a', 'grant-early'), accessToken: null, trail: noTrail };
      const taken = await store.codes.take(
        'a',
        hashed('early'),
        now,
        produced,
        make.reuse('a', 'grant-early'),
      );
      // With its client a code goes altogether.
      assert.equal(taken, what === 'a removed client' ? 'unknown' : 'inactive');
      assert.equal(await store.refreshFamilies.find('a', 'grant-early'), undefined);
      if (what !== 'a removed client') {
        assert.equal((await store.codes.find('a', hashed('early'), now))?.spent, false);
        assert.ok((await store.pushedRequests.find('a', hashed('par'), now)) !== undefined);
      }
    });
  }

  rule('revokes all that came of a code when the code comes again (ACC-2, SPN-5)', async (store) => {
    assert.equal(await takeCode(store, 'c'), 'taken');
    const again = () =>
      store.codes.take(
        'a',
        hashed('c'),
        now,
        { family: make.family('a', 'grant-c'), accessToken: null, trail: noTrail },
        make.reuse('a', 'grant-c'),
      );
    assert.equal(await again(), 'reused');
    assert.equal(await again(), 'reused');
    assert.equal((await store.refreshFamilies.find('a', 'grant-c'))?.revokedAt, now);
    assert.equal(await store.accessTokens.find('a', hashed('opaque-c'), now), undefined);
    assert.deepEqual(await liveRevocations(store), ['grant grant-c']);
    assert.equal((await store.refreshFamilies.rotate(rotation('grant-c', 1))).outcome, 'inactive');
    const newest = await store.audit.listNewest('a', 10);
    assert.equal(newest.filter((record) => record.action === 'grant.reused').length, 2);
  });

  rule('keeps out of a grant what does not bear its id, client and subject (SPN-1)', async (store) => {
    await store.codes.issue(make.code('a', 'c'), null, now, noTrail);
    for (const produced of [
      { family: make.family('a', 'another-grant'), accessToken: null, trail: noTrail },
      { family: make.family('b', 'grant-c'), accessToken: null, trail: noTrail },
      { family: null, accessToken: make.accessToken('a', 't', { grantId: 'another' }), trail: noTrail },
    ]) {
      const attempt = store.codes.take('a', hashed('c'), now, produced, make.reuse('a', 'grant-c'));
      await assert.rejects(attempt, { code: 'internal' });
    }
    assert.equal((await store.codes.find('a', hashed('c'), now))?.spent, false);
  });

  rule('spends a code at the last wrong verifier that is allowed (ACC-2)', async (store) => {
    await store.codes.issue(make.code('a', 'c'), null, now, noTrail);
    const charge = () => store.codes.chargeAttempt('a', hashed('c'), 3, noTrail);
    assert.deepEqual(
      [await charge(), await charge(), await charge(), await charge()],
      ['charged', 'charged', 'spent', 'spent'],
    );
  });

  rule('spends a pushed request when its code is issued, for its client alone (ACC-2)', async (store) => {
    await store.pushedRequests.create(make.pushedRequest('a'));
    await store.clients.create(make.client('a', 'thief'), noTrail);
    const stolen = make.code('a', 'x', { clientId: 'thief' });
    assert.equal(await store.codes.issue(stolen, hashed('par'), now, noTrail), 'spent');
    assert.equal(await store.codes.issue(make.code('a', 'y'), hashed('par'), now + 300, noTrail), 'spent');
    assert.equal(await store.codes.issue(make.code('a', 'z'), hashed('par'), now, noTrail), 'issued');
    assert.equal(await store.codes.issue(make.code('a', 'w'), hashed('par'), now, noTrail), 'spent');
    assert.equal(await store.codes.find('a', hashed('w'), now), undefined);
  });

  rule('rotates, keeps and repeats a refresh token as decision 6 says (SPN-6)', async (store) => {
    await takeCode(store, 'c');
    const rotate = (presented: number, change: Partial<RotateInput> = {}) =>
      store.refreshFamilies.rotate(rotation('grant-c', presented, change));
    assert.deepEqual(await rotate(1, { rotate: false }), { outcome: 'kept', generation: 1 });
    assert.deepEqual(await rotate(1), { outcome: 'rotated', generation: 2 });
    assert.deepEqual(await rotate(1, { graceSeconds: 10, now: now + 10 }), {
      outcome: 'repeated',
      generation: 2,
    });
    assert.deepEqual(await rotate(3), { outcome: 'unknown' });
    assert.deepEqual(await rotate(2), { outcome: 'rotated', generation: 3 });
    // Two behind is never within the grace, and the grace is never longer than 60 seconds.
    assert.deepEqual(await rotate(1, { graceSeconds: 10 }), { outcome: 'reused' });
    assert.deepEqual(await rotate(3), { outcome: 'inactive' });
    await takeCode(store, 'd');
    await store.refreshFamilies.rotate(rotation('grant-d', 1));
    const late = rotation('grant-d', 1, { graceSeconds: 9999, now: now + 61 });
    assert.deepEqual(await store.refreshFamilies.rotate(late), { outcome: 'reused' });
  });

  rule(
    'revokes the family of a reused refresh token, the successor and its tokens included (SPN-6)',
    async (store) => {
      await takeCode(store, 'c');
      await store.refreshFamilies.rotate(rotation('grant-c', 1));
      assert.deepEqual(await store.refreshFamilies.rotate(rotation('grant-c', 1)), { outcome: 'reused' });
      assert.deepEqual(await store.refreshFamilies.rotate(rotation('grant-c', 2)), { outcome: 'inactive' });
      assert.equal(await store.accessTokens.find('a', hashed('opaque-c'), now), undefined);
      assert.deepEqual(await liveRevocations(store), ['grant grant-c']);
      assert.ok((await store.sessions.findLiveById('a', 'sid', now)) !== undefined);
      const [newest] = await store.audit.listNewest('a', 1);
      assert.equal(newest?.action, 'grant.reused');
    },
  );

  rule('ends the session too where reuse is set to do so (SPN-6)', async (store) => {
    await takeCode(store, 'c');
    await takeCode(store, 'online', { scope: ['openid'] });
    await store.refreshFamilies.rotate(rotation('grant-c', 1));
    const reuse = { ...make.reuse('a', 'grant-c'), onReuse: 'session' as const };
    assert.deepEqual(await store.refreshFamilies.rotate(rotation('grant-c', 1, { reuse })), {
      outcome: 'reused',
    });
    assert.equal(await store.sessions.findLiveById('a', 'sid', now), undefined);
    assert.deepEqual(await liveRevocations(store), ['grant grant-c', 'grant grant-online', 'session sid']);
  });

  rule('ends with a session the families without offline_access, and only those (SPN-5)', async (store) => {
    await takeCode(store, 'online', { scope: ['openid'] });
    await takeCode(store, 'offline');
    const end = () => store.sessions.end('a', 'sid', now, make.revocation('a', 'session', 'sid'), noTrail);
    assert.equal(await end(), true);
    assert.equal(await end(), false);
    assert.equal((await store.refreshFamilies.rotate(rotation('grant-online', 1))).outcome, 'inactive');
    assert.equal((await store.refreshFamilies.rotate(rotation('grant-offline', 1))).outcome, 'rotated');
    assert.deepEqual(await liveRevocations(store), ['grant grant-online', 'session sid']);
  });

  rule('ends all sessions of a person but the one that is kept (SPN-5)', async (store) => {
    for (const id of ['two', 'three']) await store.sessions.create(make.session('a', id), noTrail);
    assert.equal(await store.sessions.endAll('a', 'USR-ada', 'two', now, now + 300, noTrail), 2);
    assert.deepEqual(
      (await store.sessions.listLive('a', 'USR-ada', now)).map(({ id }) => id),
      ['two'],
    );
    assert.deepEqual(await liveRevocations(store), ['session sid', 'session three']);
  });

  rule(
    'disables a person with every session and family, and enabling brings none back (SPN-5)',
    async (store) => {
      await takeCode(store, 'c');
      const disable = () =>
        store.subjects.disable('a', 'USR-ada', make.revocation('a', 'subject', 'USR-ada'), noTrail);
      assert.equal(await disable(), true);
      assert.equal(await disable(), true);
      assert.equal((await store.subjects.find('a', 'USR-ada'))?.disabledAt, now);
      assert.equal(await store.sessions.create(make.session('a', 'new'), noTrail), 'inactive');
      assert.equal(await store.subjects.enable('a', 'USR-ada', now, noTrail), true);
      assert.deepEqual(await store.sessions.listLive('a', 'USR-ada', now), []);
      assert.equal((await store.refreshFamilies.rotate(rotation('grant-c', 1))).outcome, 'inactive');
      assert.equal(await store.sessions.create(make.session('a', 'new'), noTrail), 'created');
    },
  );

  rule('forgets with a consent every grant of it, redeemed or not (SPN-9)', async (store) => {
    await store.consents.remember(make.consent('a'), noTrail);
    await takeCode(store, 'c');
    await store.codes.issue(make.code('a', 'waiting'), null, now, noTrail);
    const revoke = () => store.consents.revoke('a', 'USR-ada', 'web', now, now + 300, noTrail);
    assert.equal(await revoke(), true);
    assert.equal(await revoke(), false);
    assert.equal(await store.codes.find('a', hashed('waiting'), now), undefined);
    assert.equal((await store.refreshFamilies.rotate(rotation('grant-c', 1))).outcome, 'inactive');
    assert.deepEqual(await liveRevocations(store), ['grant grant-c']);
  });

  rule('erases a person with everything that hangs on it (SPN-25)', async (store) => {
    await store.consents.remember(make.consent('a'), noTrail);
    await takeCode(store, 'c');
    await store.codes.issue(make.code('a', 'waiting'), null, now, noTrail);
    const remove = () =>
      store.subjects.remove('a', 'USR-ada', make.revocation('a', 'subject', 'USR-ada'), noTrail);
    assert.equal(await remove(), true);
    assert.equal(await remove(), false);
    assert.equal(await store.subjects.find('a', 'USR-ada'), undefined);
    assert.equal(await store.refreshFamilies.find('a', 'grant-c'), undefined);
    assert.deepEqual(await store.consents.listBySubject('a', 'USR-ada'), []);
    assert.deepEqual(await store.subjects.listGrants('a', 'USR-ada'), []);
    assert.equal(await store.codes.find('a', hashed('waiting'), now), undefined);
    assert.deepEqual(await liveRevocations(store), ['subject USR-ada']);
  });

  rule('revokes a family once (SPN-5)', async (store) => {
    await takeCode(store, 'c');
    const revoke = () =>
      store.refreshFamilies.revoke('a', 'grant-c', make.revocation('a', 'grant', 'grant-c'), noTrail);
    assert.equal(await revoke(), true);
    assert.equal(await revoke(), false);
    assert.deepEqual(await store.refreshFamilies.listLiveBySubject('a', 'USR-ada', now), []);
  });

  rule('takes no revocation of one tenant in a verb of another (SPN-1)', async (store) => {
    const attempt = store.sessions.end('a', 'sid', now, make.revocation('b', 'session', 'sid'), noTrail);
    await assert.rejects(attempt, { code: 'internal' });
    assert.ok((await store.sessions.findLiveById('a', 'sid', now)) !== undefined);
  });
}
