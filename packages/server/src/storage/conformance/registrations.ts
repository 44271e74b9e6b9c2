import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../ports.ts';
import { type Driver, inPlace } from './driver.ts';
import * as make from './fixtures.ts';

const { hashed, noTrail, now } = make;
const daySeconds = 86_400;

async function count(outcomes: readonly Promise<unknown>[]): Promise<Readonly<Record<string, number>>> {
  const counted: Record<string, number> = {};
  for (const outcome of await Promise.all(outcomes)) {
    counted[String(outcome)] = (counted[String(outcome)] ?? 0) + 1;
  }
  return counted;
}

const registerOf = (store: Store, id: string, admission = make.admission(), tenant = 'a') =>
  store.clients.register(make.dynamicClient(tenant, id), admission, noTrail);

/** Clients that register themselves: room, uses, changes, and the end of those nobody uses. */
export function registrationConformance(driver: Driver): void {
  const rule = (title: string, run: (store: Store) => Promise<void>): void => {
    test(`${driver.name}: ${title}`, () =>
      inPlace(driver, async (place) => {
        const { store } = await place.open(() => now);
        await make.seedBasics(store, 'a');
        await run(store);
      }));
  };

  rule(
    '200 parallel registrations get the room there is, declared clients apart (ACC-2, RFC 7591 §5)',
    async (store) => {
      const attempts = Array.from({ length: 200 }, (_, index) =>
        registerOf(store, `c${index}`, make.admission(null, 10)),
      );
      assert.deepEqual(await count(attempts), { registered: 10, full: 190 });
      assert.equal((await store.clients.list('a', { limit: 1000 })).length, 11);
      assert.equal(await registerOf(store, 'more', make.admission(null, 11)), 'registered');
      await make.seedBasics(store, 'b');
      assert.equal(
        await registerOf(store, 'c', make.admission(null, 1), 'b'),
        'registered',
        'another tenant',
      );
      await store.clients.remove('a', 'more', make.revocation('a', 'client', 'more'), noTrail);
      assert.equal(await registerOf(store, 'again', make.admission(null, 11)), 'registered', 'room made');
    },
  );

  rule(
    'each use of an initial access token goes to one of 200 parallel callers (ACC-2, RFC 7591 §3.1)',
    async (store) => {
      await store.initialAccessTokens.create(make.initialAccessToken('a', 'few', { usesLeft: 3 }), noTrail);
      const admission = make.admission('secret-few', 1000);
      const attempts = Array.from({ length: 200 }, (_, index) => registerOf(store, `c${index}`, admission));
      assert.deepEqual(await count(attempts), { registered: 3, refused: 197 });
      assert.deepEqual(await store.initialAccessTokens.list('a', now), [
        make.initialAccessToken('a', 'few', { usesLeft: 0 }),
      ]);
      assert.equal(await store.initialAccessTokens.findLive('a', hashed('secret-few'), now), undefined);
    },
  );

  rule(
    'no room costs no use, and a token that is unknown, expired, revoked or foreign admits nobody (RFC 7591 §3.1)',
    async (store) => {
      await store.initialAccessTokens.create(make.initialAccessToken('a'), noTrail);
      assert.equal(await registerOf(store, 'c', make.admission('secret-initial', 0)), 'full');
      assert.equal((await store.initialAccessTokens.list('a', now))[0]?.usesLeft, 2);
      await make.seedBasics(store, 'b');
      const late = { ...make.admission('secret-initial'), now: now + 600 };
      assert.equal(await registerOf(store, 'c', make.admission('none')), 'refused');
      assert.equal(await registerOf(store, 'c', late), 'refused');
      assert.equal(await registerOf(store, 'c', make.admission('secret-initial'), 'b'), 'refused');
      assert.equal(
        await store.initialAccessTokens.findLive('a', hashed('secret-initial'), now + 600),
        undefined,
      );
      assert.deepEqual(await store.initialAccessTokens.list('a', now + 600), []);
      assert.equal(await store.initialAccessTokens.revoke('a', 'initial', noTrail), true);
      assert.equal(await store.initialAccessTokens.revoke('a', 'initial', noTrail), false);
      assert.equal(await registerOf(store, 'c', make.admission('secret-initial')), 'refused');
      assert.equal(await store.clients.find('a', 'c'), undefined);
    },
  );

  rule('a client comes in by the verb of its kind only (ACC-1)', async (store) => {
    await assert.rejects(store.clients.create(make.dynamicClient('a'), noTrail), { code: 'internal' });
    const declared = store.clients.register(make.client('a', 'd'), make.admission(), noTrail);
    await assert.rejects(declared, { code: 'internal' });
    assert.equal(await store.clients.reregister(make.dynamicClient('a', 'web'), 1, 'keep', noTrail), 'stale');
  });

  rule(
    'a registration is replaced by one of many callers, with its secrets or without (RFC 7592 §2.2)',
    async (store) => {
      const secrets = make.client('a').secrets;
      await store.clients.register(make.dynamicClient('a', 'self', { secrets }), make.admission(), noTrail);
      const before = await store.clients.find('a', 'self');
      const changed = make.dynamicClient('a', 'self', {
        metadata: { clientName: 'New' } as unknown as NonNullable<typeof before>['metadata'],
        secrets: [{ id: 's9', hash: hashed('secret-9'), createdAt: now, expiresAt: 0 }],
        updatedAt: now + 1,
      });
      const replace = (version: number, secrets: 'keep' | 'replace') =>
        store.clients.reregister(changed, version, secrets, noTrail);
      const keeping = Array.from({ length: 50 }, () => replace(1, 'keep'));
      assert.deepEqual(await count(keeping), { replaced: 1, stale: 49 });
      assert.deepEqual(await store.clients.find('a', 'self'), {
        ...changed,
        secrets,
        version: 2,
      });
      assert.equal(await replace(2, 'replace'), 'replaced');
      assert.deepEqual(await store.clients.find('a', 'self'), { ...changed, version: 3 });
    },
  );

  rule('a use is noted once a day and tells no cache (SPN-1)', async (store) => {
    const seen: unknown[] = [];
    store.changes.subscribe((change) => seen.push(change));
    const note = (at: number) => store.clients.noteUse('a', 'web', at, 0);
    assert.deepEqual(await count(Array.from({ length: 50 }, () => note(now))), { true: 1, false: 49 });
    assert.equal(await note(now + daySeconds - 1), false);
    assert.equal((await store.clients.find('a', 'web'))?.lastUsedAt, now);
    assert.equal(await note(now + daySeconds), true);
    assert.equal(await note(now), false, 'never backwards');
    assert.equal((await store.clients.find('a', 'web'))?.lastUsedAt, now + daySeconds);
    assert.equal(await store.clients.noteUse('a', 'none', now, 0), false);
    assert.deepEqual(seen, []);
  });

  rule(
    'lists those whose time has come, the longest overdue first, and puts off one that is as it was (ACC-3)',
    async (store) => {
      for (const [id, dueAt] of [
        ['late', now - 20],
        ['later', now - 30],
        ['fresh', now + 1],
      ] as const) {
        await registerOf(store, id, make.admission(null, 10, dueAt));
      }
      const due = async (at = now) => (await store.clients.listDue(at, 10)).map(({ id }) => id);
      assert.deepEqual(await due(), ['later', 'late'], 'no declared client among them');
      assert.deepEqual(
        (await store.clients.listDue(now, 1)).map(({ id, createdAt, lastUsedAt, dueAt }) => [
          id,
          createdAt,
          lastUsedAt,
          dueAt,
        ]),
        [['later', now, 0, now - 30]],
      );
      assert.equal(await store.clients.defer('a', 'later', now - 30, now + 99), true);
      assert.equal(await store.clients.defer('a', 'later', now - 30, now + 99), false);
      assert.deepEqual(await due(), ['late']);
      assert.deepEqual(
        (await store.clients.listDue(now, 10)).map(({ admitted }) => admitted),
        [false],
      );
      await store.clients.noteUse('a', 'late', now, now + 500);
      assert.deepEqual(await due(), []);
      assert.deepEqual(await due(now + 500), ['fresh', 'later', 'late']);
    },
  );

  rule(
    'an unused client goes once, with all that it was given, unless it was used since or is declared (ACC-3)',
    async (store) => {
      await registerOf(store, 'self');
      await store.codes.issue(make.code('a', 'c', { clientId: 'self' }), null, now, noTrail);
      const remove = (id: string, lastUsedAt = 0) =>
        store.clients.removeUnused('a', id, lastUsedAt, make.revocation('a', 'client', id), noTrail);
      assert.equal(await remove('web'), false);
      await store.clients.noteUse('a', 'self', now, now + 500);
      assert.equal(await remove('self'), false);
      const removals = Array.from({ length: 50 }, () => remove('self', now));
      assert.deepEqual(await count(removals), { true: 1, false: 49 });
      assert.equal(await store.clients.find('a', 'self'), undefined);
      assert.equal(await store.codes.find('a', hashed('c'), now), undefined);
      const { revocations } = await store.revocations.listAfter(0, now, 10);
      assert.deepEqual(
        revocations.map(({ kind, id }) => `${kind} ${id}`),
        ['client self'],
      );
      assert.ok((await store.clients.find('a', 'web')) !== undefined);
    },
  );
}
