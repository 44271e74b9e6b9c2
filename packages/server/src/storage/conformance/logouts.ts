import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogoutDeliveryRecord, Store } from '../ports.ts';
import { type Driver, inPlace } from './driver.ts';
import * as make from './fixtures.ts';

const { hashed, noTrail, now } = make;
const owed = (sessionId: string, clientId = 'web') => ({ sessionId, clientId });

async function listOwed(store: Store, tenant = 'a'): Promise<readonly string[]> {
  const owing = await store.logoutDeliveries.list(tenant, { limit: 100 });
  return owing.map(({ sessionId, clientId }) => `${sessionId} ${clientId}`);
}

async function issueTo(store: Store, client: string, session: string, tenant = 'a'): Promise<void> {
  const code = make.code(tenant, `code ${client} ${session}`, { clientId: client, sessionId: session });
  assert.equal(await store.codes.issue(code, null, now, noTrail), 'issued');
}

/** Who is owed the news of an ended session, and how that debt is paid by one process at a time. */
export function logoutConformance(driver: Driver): void {
  const rule = (title: string, run: (store: Store) => Promise<void>): void => {
    test(`${driver.name}: ${title}`, () =>
      inPlace(driver, async (place) => {
        const { store } = await place.open(() => now);
        await make.seedBasics(store, 'a');
        for (const client of ['mail', 'shop']) await store.clients.create(make.client('a', client), noTrail);
        await run(store);
      }));
  };

  rule(
    'a client takes part in a session once, from its first code on (OpenID Connect Back-Channel Logout §2.3)',
    async (store) => {
      assert.deepEqual(await store.sessions.listClients('a', 'sid', now, 10), []);
      await issueTo(store, 'web', 'sid');
      await Promise.all(
        ['1', '2', '3'].map((id) => store.codes.issue(make.code('a', id), null, now, noTrail)),
      );
      await issueTo(store, 'mail', 'sid');
      assert.deepEqual(await store.sessions.listClients('a', 'sid', now, 10), ['mail', 'web']);
      assert.deepEqual(await store.sessions.listClients('a', 'sid', now, 1), ['mail']);
      assert.deepEqual(await store.sessions.listClients('a', 'sid', now + 5000, 10), []);
    },
  );

  rule(
    'a code that is not issued leaves no trace of its client in the session (OpenID Connect Back-Channel Logout §2.3)',
    async (store) => {
      const spent = await store.codes.issue(make.code('a', 'x'), hashed('no such request'), now, noTrail);
      assert.equal(spent, 'spent');
      const broken = store.codes.issue(make.code('a', 'y'), null, now, make.brokenTrail('a'));
      await assert.rejects(broken, { code: 'internal' });
      assert.deepEqual(await store.sessions.listClients('a', 'sid', now, 10), []);
    },
  );

  const ends: readonly (readonly [string, (store: Store) => Promise<unknown>])[] = [
    ['its own end', (s) => s.sessions.end('a', 'sid', now, make.revocation('a', 'session', 'sid'), noTrail)],
    ['the end of all of a person', (s) => s.sessions.endAll('a', 'USR-ada', null, now, now + 300, noTrail)],
    [
      'a disabled account',
      (s) => s.subjects.disable('a', 'USR-ada', make.revocation('a', 'subject', 'USR-ada'), noTrail),
    ],
    [
      'a removed account',
      (s) => s.subjects.remove('a', 'USR-ada', make.revocation('a', 'subject', 'USR-ada'), noTrail),
    ],
    [
      'the reuse of a refresh token where that ends the session',
      async (s) => {
        await s.codes.issue(make.code('a', 'r'), null, now, noTrail);
        const produced = { family: make.family('a', 'grant-r'), accessToken: null, trail: noTrail };
        await s.codes.take('a', hashed('r'), now, produced, make.reuse('a', 'grant-r'));
        const rotate = () =>
          s.refreshFamilies.rotate({
            tenant: 'a',
            id: 'grant-r',
            presented: 1,
            rotate: true,
            graceSeconds: 0,
            now,
            idleExpiresAt: now + 7000,
            accessToken: null,
            trail: noTrail,
            reuse: { ...make.reuse('a', 'grant-r'), onReuse: 'session' },
          });
        await rotate();
        return rotate();
      },
    ],
  ];
  for (const [what, end] of ends) {
    rule(
      `${what} owes every client of the session the news, and no other client (OpenID Connect Back-Channel Logout §2.3, §2.5)`,
      async (store) => {
        await issueTo(store, 'web', 'sid');
        await issueTo(store, 'mail', 'sid');
        await end(store);
        const owing = await store.logoutDeliveries.list('a', { limit: 10 });
        const expected = (clientId: string): LogoutDeliveryRecord => ({
          ...{ tenant: 'a', sessionId: 'sid', clientId, subject: 'USR-ada', state: 'waiting', attempts: 0 },
          ...{ dueAt: now, reason: null, createdAt: now, expiresAt: now + 30 * 86_400 },
        });
        assert.deepEqual(owing, [expected('mail'), expected('web')]);
        assert.deepEqual(await store.logoutDeliveries.find('a', owed('sid')), expected('web'));
        // The session is over: nobody takes part in it any more, and ending it again owes nothing more.
        assert.deepEqual(await store.sessions.listClients('a', 'sid', now, 10), []);
        await store.logoutDeliveries.drop('a', owed('sid'), noTrail);
        await end(store).catch(() => undefined);
        assert.deepEqual(await listOwed(store), ['sid mail']);
      },
    );
  }

  rule(
    'a person disabled or removed owes the news of sessions that were only left alone too long (OpenID Connect Back-Channel Logout §2.3)',
    async (store) => {
      await issueTo(store, 'web', 'sid');
      const later = now + 2000;
      const revocation = make.revocation('a', 'subject', 'USR-ada', later);
      assert.equal(await store.sessions.findLiveById('a', 'sid', later), undefined);
      await store.subjects.disable('a', 'USR-ada', revocation, noTrail);
      assert.deepEqual(await listOwed(store), ['sid web']);
    },
  );

  rule(
    'a session that is kept owes nobody anything (OpenID Connect Back-Channel Logout §2.3)',
    async (store) => {
      await store.sessions.create(make.session('a', 'kept'), noTrail);
      for (const id of ['sid', 'kept']) await issueTo(store, 'web', id);
      await store.sessions.endAll('a', 'USR-ada', 'kept', now, now + 300, noTrail);
      assert.deepEqual(await listOwed(store), ['sid web']);
      assert.deepEqual(await store.sessions.listClients('a', 'kept', now, 10), ['web']);
    },
  );

  rule(
    'the same client id in two tenants is owed by its own tenant alone (SPN-1, OpenID Connect Back-Channel Logout §2.3)',
    async (store) => {
      await make.seedBasics(store, 'b');
      for (const tenant of ['a', 'b']) await issueTo(store, 'web', 'sid', tenant);
      await store.sessions.end('a', 'sid', now, make.revocation('a', 'session', 'sid'), noTrail);
      assert.deepEqual(await listOwed(store, 'b'), []);
      assert.deepEqual(await store.sessions.listClients('b', 'sid', now, 10), ['web']);
    },
  );

  rule('a removed client is owed nothing, nor is the next one of its name (SPN-1)', async (store) => {
    await make.seedLogout(store, 'a', 'old');
    await issueTo(store, 'web', 'sid');
    await store.clients.remove('a', 'web', make.revocation('a', 'client', 'web'), noTrail);
    await store.clients.create(make.client('a', 'web'), noTrail);
    assert.deepEqual(await listOwed(store), []);
    await store.sessions.end('a', 'sid', now, make.revocation('a', 'session', 'sid'), noTrail);
    assert.deepEqual(await listOwed(store), []);
  });

  rule(
    'a delivery belongs to whoever claimed it, until the claim runs out (OpenID Connect Back-Channel Logout §2.5)',
    async (store) => {
      const { logoutDeliveries: debts } = store;
      await make.seedLogout(store, 'a', 'old');
      const key = owed('old');
      assert.equal(await debts.claim('a', key, now - 1, now + 60), false);
      assert.equal(await debts.claim('a', key, now, now + 60), true);
      assert.equal(await debts.claim('a', key, now, now + 60), false);
      assert.equal(await debts.retry('a', key, now, noTrail), false, 'it is being sent');
      assert.deepEqual(await debts.listDue(now + 59, 10, []), []);
      // Its process died: the next one claims it, and the first one's word no longer counts.
      const [abandoned] = await debts.listDue(now + 60, 10, []);
      assert.deepEqual([abandoned?.state, abandoned?.attempts], ['sending', 1]);
      assert.equal(await debts.claim('a', key, now + 60, now + 120), true);
      assert.equal(await debts.finish('a', key, now + 60), false);
      assert.equal(await debts.postpone('a', key, now + 60, { dueAt: now, reason: 'late' }), false);
      assert.equal(await debts.bury('a', key, now + 60, { reason: 'late', expiresAt: now }, noTrail), false);
      assert.equal(
        await debts.postpone('a', key, now + 120, { dueAt: now + 150, reason: 'status 500' }),
        true,
      );
      const [waiting] = await debts.list('a', { limit: 1 });
      assert.deepEqual(
        [waiting?.state, waiting?.attempts, waiting?.dueAt, waiting?.reason],
        ['waiting', 2, now + 150, 'status 500'],
      );
      assert.equal(await debts.claim('a', key, now + 150, now + 200), true);
      assert.equal(await debts.finish('a', key, now + 200), true);
      assert.deepEqual(await listOwed(store), []);
    },
  );

  rule('what was given up is kept for an operator, who may try it again (ACC-3)', async (store) => {
    const { logoutDeliveries: debts } = store;
    for (const id of ['one', 'two']) await make.seedLogout(store, 'a', id);
    await debts.claim('a', owed('one'), now, now + 60);
    const burial = { reason: 'timeout', expiresAt: now + 900 };
    assert.equal(await debts.bury('a', owed('one'), now + 60, burial, make.trail('a')), true);
    assert.deepEqual(await debts.count(), { waiting: 1, dead: 1 });
    const due = await debts.listDue(now + 899, 10, []);
    assert.deepEqual(
      due.map(({ sessionId }) => sessionId),
      ['two'],
    );
    for (const dueAt of [now, now + 60]) {
      assert.equal(await debts.claim('a', owed('one'), dueAt, now + 99), false);
      assert.equal(await debts.finish('a', owed('one'), dueAt), false);
    }
    assert.equal(await debts.retry('a', owed('one'), now + 100, noTrail), true);
    const [again] = await debts.list('a', { limit: 1 });
    assert.deepEqual([again?.state, again?.attempts, again?.dueAt], ['waiting', 0, now + 100]);
    assert.equal(await debts.drop('a', owed('one'), noTrail), true);
    assert.equal(await debts.drop('a', owed('one'), noTrail), false);
    assert.equal(await debts.retry('a', owed('one'), now, noTrail), false);
  });

  rule(
    'lists owed logouts page by page, and due ones without the clients left out (ACC-1)',
    async (store) => {
      const { logoutDeliveries: debts } = store;
      for (const id of ['s1', 's2']) {
        await store.sessions.create(make.session('a', id), noTrail);
        for (const client of ['mail', 'shop', 'web']) await issueTo(store, client, id);
        await store.sessions.end('a', id, now, make.revocation('a', 'session', id), noTrail);
      }
      const names = (rows: readonly LogoutDeliveryRecord[]) =>
        rows.map(({ sessionId, clientId }) => `${sessionId} ${clientId}`);
      assert.deepEqual(names(await debts.list('a', { limit: 2 })), ['s1 mail', 's1 shop']);
      const after = owed('s1', 'shop');
      assert.deepEqual(names(await debts.list('a', { after, limit: 2 })), ['s1 web', 's2 mail']);
      const except = [
        { tenant: 'a', clientId: 'mail' },
        { tenant: 'b', clientId: 'web' },
        { tenant: 'a', clientId: 'shop' },
      ];
      assert.deepEqual(names(await debts.listDue(now, 10, except)).sort(), ['s1 web', 's2 web']);
      assert.equal((await debts.listDue(now, 4, [])).length, 4);
    },
  );
}
