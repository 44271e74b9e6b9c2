import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Driver, inPlace } from './driver.ts';
import * as make from './fixtures.ts';

const { hashed, noTrail, now } = make;

/** Every record comes back as it went in, and compare-and-swap means it. */
export function recordConformance(driver: Driver): void {
  const rule = (title: string, run: (opened: Awaited<ReturnType<Opener>>) => Promise<void>): void => {
    test(`${driver.name}: ${title}`, () =>
      inPlace(driver, async (place) => run(await place.open(() => now))));
  };

  rule('gives back every record as it was written (ACC-1)', async ({ store }) => {
    await make.seedAll(store, 'a');
    assert.deepEqual(await store.tenants.find('a'), make.tenant('a'));
    assert.deepEqual(await store.clients.find('a', 'web'), make.client('a'));
    assert.deepEqual(await store.clients.find('a', 'self'), make.dynamicClient('a'));
    assert.deepEqual(await store.initialAccessTokens.list('a', now), [make.initialAccessToken('a')]);
    assert.deepEqual(await store.subjects.find('a', 'USR-ada'), make.subject('a'));
    assert.deepEqual(await store.subjects.findByUsername('a', 'name of usr-ada'), make.subject('a'));
    assert.deepEqual(await store.subjects.listGrants('a', 'USR-ada'), [make.grant('a')]);
    assert.deepEqual(await store.pairwiseSubjects.listBySubject('a', 'USR-ada'), [make.pairwiseSubject('a')]);
    assert.deepEqual(await store.groups.find('a', 'staff'), make.group('a'));
    assert.deepEqual(await store.groups.findByName('a', 'group staff'), make.group('a'));
    assert.deepEqual(await store.groups.listBySubject('a', 'USR-ada'), [make.group('a')]);
    assert.deepEqual(await store.sessions.findLive('a', hashed('cookie-sid'), now), make.session('a'));
    assert.deepEqual(await store.sessions.findLiveById('a', 'sid', now), make.session('a'));
    assert.deepEqual(await store.consents.find('a', 'USR-ada', 'web'), make.consent('a'));
    assert.deepEqual(await store.pushedRequests.find('a', hashed('par'), now), make.pushedRequest('a'));
    assert.deepEqual(await store.codes.find('a', hashed('code'), now), {
      record: make.code('a'),
      spent: false,
    });
    assert.deepEqual(
      await store.deviceCodes.findByUserCode('a', hashed('user-code-device'), now),
      make.deviceCode('a'),
    );
    const { sessionId: _, ...approval } = make.deviceApproval('device-approved');
    assert.deepEqual(await store.deviceCodes.poll('a', hashed('device-approved'), 'web', now, 5), {
      outcome: 'approved',
      record: make.deviceCode('a', 'device-approved', { origin: null }),
      approval,
    });
    assert.deepEqual(await store.refreshFamilies.find('a', 'grant-first'), make.family('a', 'grant-first'));
    assert.deepEqual(
      await store.accessTokens.find('a', hashed('token'), now),
      make.accessToken('a', 'token', { grantId: 'grant-first' }),
    );
    const keys = await store.keys.list('a');
    assert.deepEqual(
      keys.map((key) => [key.kid, key.state]),
      [
        ['kid-1', 'retired'],
        ['kid-2', 'current'],
        ['kid-3', 'next'],
        ['kid-4', 'logged'],
      ],
    );
    assert.deepEqual(keys[3], make.signingKey('a', 4));
  });

  rule('lists in order of id, page by page (ACC-1)', async ({ store }) => {
    for (const id of ['c', 'a', 'd', 'b']) {
      await store.tenants.create(make.tenant(id), noTrail);
      await store.clients.create(make.client('a', id), noTrail);
      await store.subjects.create(make.subject('a', id), [], noTrail);
    }
    const { kind } = make.subject('a');
    for (const list of [
      (page: { after?: string; limit: number }) => store.tenants.list(page),
      (page: { after?: string; limit: number }) => store.clients.list('a', page),
      (page: { after?: string; limit: number }) => store.subjects.list('a', kind, page),
    ]) {
      assert.deepEqual(
        (await list({ limit: 3 })).map((one) => one.id),
        ['a', 'b', 'c'],
      );
      assert.deepEqual(
        (await list({ after: 'c', limit: 3 })).map((one) => one.id),
        ['d'],
      );
    }
    const clients = await store.clients.list('a', { limit: 10 });
    assert.ok(clients.every((client) => client.secrets.length === 1));
  });

  rule(
    'a client that apply made is told from others, whatever is changed in it (ACC-5)',
    async ({ store }) => {
      await store.clients.create({ ...make.client('a', 'made'), applied: true }, noTrail);
      await store.clients.create(make.client('a', 'registered'), noTrail);
      for (const id of ['made', 'registered']) {
        const found = await store.clients.find('a', id);
        assert.ok(found);
        // What a replacement says of it does not count.
        assert.equal(
          await store.clients.replace({ ...found, applied: id !== 'made' }, found.version, noTrail),
          'replaced',
        );
      }
      assert.deepEqual(
        (await store.clients.list('a', { limit: 10 })).map(({ id, applied }) => [id, applied]),
        [
          ['made', true],
          ['registered', false],
        ],
      );
    },
  );

  rule('refuses what is taken: tenant id and host, client id, user name (ACC-1)', async ({ store }) => {
    assert.equal(await store.tenants.create(make.tenant('a', { host: 'h.example' }), noTrail), 'created');
    assert.equal(await store.tenants.create(make.tenant('a'), noTrail), 'duplicate');
    assert.equal(await store.tenants.create(make.tenant('b', { host: 'h.example' }), noTrail), 'duplicate');
    assert.equal((await store.tenants.findByHost('h.example'))?.id, 'a');
    assert.equal(await store.tenants.create(make.tenant('b'), noTrail), 'created');
    assert.equal(
      await store.tenants.replace(make.tenant('b', { host: 'h.example' }), 1, noTrail),
      'duplicate',
    );
    assert.equal(await store.clients.create(make.client('a'), noTrail), 'created');
    assert.equal(await store.clients.create(make.client('a'), noTrail), 'duplicate');
    assert.equal(await store.subjects.create(make.subject('a'), [], noTrail), 'created');
    const twin = make.subject('a', 'USR-twin', { usernameKey: make.subject('a').usernameKey });
    assert.equal(await store.subjects.create(twin, [], noTrail), 'duplicate');
    assert.equal(await store.subjects.create(make.subject('a', 'USR-twin'), [], noTrail), 'created');
    assert.equal(await store.subjects.replace(twin, 1, noTrail), 'duplicate');
    // Services have no user name, and many of them none at all.
    const nameless = { username: null, usernameKey: null };
    assert.equal(await store.subjects.create(make.subject('a', 'SVC-1', nameless), [], noTrail), 'created');
    assert.equal(await store.subjects.create(make.subject('a', 'SVC-2', nameless), [], noTrail), 'created');
  });

  rule('replaces only the version that was read, and counts it up (ACC-1)', async ({ store }) => {
    await make.seedBasics(store, 'a');
    const renamed = make.tenant('a', { name: 'New' });
    assert.equal(await store.tenants.replace(renamed, 1, noTrail), 'replaced');
    assert.equal(await store.tenants.replace(renamed, 1, noTrail), 'stale');
    assert.deepEqual(await store.tenants.find('a'), { ...renamed, version: 2 });
    const disabled = make.client('a', 'web', { disabledAt: now });
    assert.equal(await store.clients.replace(disabled, 1, noTrail), 'replaced');
    assert.equal(await store.clients.replace(disabled, 1, noTrail), 'stale');
    assert.deepEqual(await store.clients.find('a', 'web'), { ...disabled, version: 2 });
    const moved = make.subject('a', 'USR-ada', { email: null });
    assert.equal(await store.subjects.replace(moved, 1, noTrail), 'replaced');
    assert.equal(await store.subjects.replace(moved, 1, noTrail), 'stale');
    assert.deepEqual(await store.subjects.find('a', 'USR-ada'), { ...moved, version: 2 });
  });

  rule('changes password and enabling of a person only by their own verbs (SPN-2)', async ({ store }) => {
    await make.seedBasics(store, 'a');
    for (const change of [{ passwordHash: hashed<'password'>('other') }, { disabledAt: now }]) {
      const attempt = store.subjects.replace(make.subject('a', 'USR-ada', change), 1, noTrail);
      await assert.rejects(attempt, { code: 'internal' });
    }
    const replace = (from: string, to: string) =>
      store.subjects.replacePassword('a', 'USR-ada', hashed(from), hashed(to), true, now, noTrail);
    assert.equal(await replace('$argon2id$1', '$argon2id$2'), true);
    assert.equal(await replace('$argon2id$1', '$argon2id$rehash'), false);
    const kept = await store.subjects.find('a', 'USR-ada');
    assert.equal(kept?.passwordHash, '$argon2id$2');
    assert.equal(kept?.mustChangePassword, true);
  });

  rule('keeps at most two live secrets of a client, newest first (SPN-2)', async ({ store }) => {
    await make.seedBasics(store, 'a');
    const secret = (id: string, createdAt: number) => ({
      id,
      hash: hashed<'client-secret'>(id),
      createdAt,
      expiresAt: 0,
    });
    assert.equal(await store.clients.addSecret('a', 'web', secret('s2', now + 1), now, noTrail), 'added');
    const before = await store.clients.find('a', 'web');
    assert.equal(await store.clients.addSecret('a', 'web', secret('s3', now + 2), now, noTrail), 'full');
    assert.deepEqual(await store.clients.find('a', 'web'), before);
    assert.equal(await store.clients.expireSecret('a', 'web', 's1', 0, noTrail), true);
    assert.equal(await store.clients.expireSecret('a', 'web', 's1', now + 999, noTrail), false);
    assert.equal(await store.clients.addSecret('a', 'web', secret('s3', now + 2), now, noTrail), 'added');
    assert.deepEqual(
      (await store.clients.find('a', 'web'))?.secrets.map(({ id }) => id),
      ['s3', 's2'],
    );
    assert.equal(await store.clients.addSecret('a', 'none', secret('s4', now), now, noTrail), 'unknown');
  });

  rule(
    'keeps the first pairwise identifier of a person in a sector, finds the person by it, and erases it with the person (OpenID Connect Core §8.1)',
    async ({ store }) => {
      await make.seedBasics(store, 'a');
      const propose = (sector: string, sub: string, subject = 'USR-ada') =>
        store.pairwiseSubjects.settle(make.pairwiseSubject('a', sector, { subject, sub }));
      const answers = await Promise.all(['one', 'two', 'three'].map((sub) => propose('s.example', sub)));
      assert.deepEqual(answers, ['one', 'one', 'one']);
      assert.equal(await propose('t.example', 'four'), 'four');
      assert.equal(await propose('s.example', 'five', 'USR-nobody'), undefined);
      await store.subjects.create(make.subject('a', 'USR-bob'), [], noTrail);
      await assert.rejects(propose('s.example', 'one', 'USR-bob'), { code: 'internal' });
      assert.equal(await propose('s.example', 'six', 'USR-bob'), 'six');
      const found = await store.pairwiseSubjects.findBySub('a', 'one');
      assert.deepEqual([found?.subject, found?.sector], ['USR-ada', 's.example']);
      await store.subjects.remove('a', 'USR-ada', make.revocation('a', 'subject', 'USR-ada'), noTrail);
      assert.deepEqual(await store.pairwiseSubjects.listBySubject('a', 'USR-ada'), []);
      assert.equal(await store.pairwiseSubjects.findBySub('a', 'one'), undefined);
      assert.equal(await propose('s.example', 'again'), undefined);
      assert.equal((await store.pairwiseSubjects.findBySub('a', 'six'))?.subject, 'USR-bob');
    },
  );

  rule('a group has members until one of the two goes (CAP-8)', async ({ store }) => {
    await make.seedAll(store, 'a');
    await store.subjects.create(make.subject('a', 'USR-bob'), [], noTrail);
    const add = (group: string, subject: string, limit = 10) =>
      store.groups.addMember(make.membership('a', group, subject), limit, noTrail);
    assert.equal(await add('staff', 'USR-bob'), 'added');
    assert.equal(await add('staff', 'USR-bob'), 'already');
    assert.equal(await add('nowhere', 'USR-bob'), 'unknown');
    assert.equal(await add('staff', 'USR-nobody'), 'unknown');
    const members = (after = '') => store.groups.listMembers('a', 'staff', { after, limit: 1 });
    assert.deepEqual([await members(), await members('USR-ada')], [['USR-ada'], ['USR-bob']]);
    assert.equal(await store.groups.create(make.group('a'), noTrail), 'duplicate');
    await store.subjects.remove('a', 'USR-ada', make.revocation('a', 'subject', 'USR-ada'), noTrail);
    assert.deepEqual(await members(), ['USR-bob']);
    assert.equal(await store.groups.removeMember('a', 'staff', 'USR-bob', noTrail), true);
    assert.equal(await store.groups.removeMember('a', 'staff', 'USR-bob', noTrail), false);
    assert.equal(await add('staff', 'USR-bob'), 'added');
    assert.equal(await store.groups.remove('a', 'staff', noTrail), true);
    assert.deepEqual(await store.groups.listBySubject('a', 'USR-bob'), []);
    assert.equal(await store.groups.create(make.group('a'), noTrail), 'created');
    assert.deepEqual(await members(), [], 'a group of the same name and id begins empty');
  });

  rule(
    'a person is in so many groups and no more, however many are added at once (ACC-3)',
    async ({ store }) => {
      await make.seedBasics(store, 'a');
      const ids = Array.from({ length: 8 }, (_, index) => `g${index}`);
      for (const id of ids) await store.groups.create(make.group('a', id), noTrail);
      const answers = await Promise.all(
        ids.map((id) => store.groups.addMember(make.membership('a', id), 5, noTrail)),
      );
      assert.equal(answers.filter((answer) => answer === 'added').length, 5);
      assert.equal(answers.filter((answer) => answer === 'full').length, 3);
      assert.equal((await store.groups.listBySubject('a', 'USR-ada')).length, 5);
    },
  );

  rule('remembers the union of what was consented to (SPN-1)', async ({ store }) => {
    await make.seedBasics(store, 'a');
    const scopes = ['openid', 'email', 'profile', 'phone'];
    await Promise.all(
      scopes.map((scope) => store.consents.remember(make.consent('a', { scope: [scope] }), noTrail)),
    );
    const kept = await store.consents.find('a', 'USR-ada', 'web');
    assert.deepEqual([...(kept?.scope ?? [])].sort(), [...scopes].sort());
    assert.deepEqual(kept?.resources, ['https://api.example']);
  });

  rule('takes a key through its states, and publishes none that is not logged (SPN-3)', async ({ store }) => {
    await make.seedAll(store, 'a');
    const again = make.signingKey('a', 4, { kid: 'other' });
    assert.equal(await store.keys.log(again, make.entry('a', 'key.logged', 'other')), 'exists');
    const twin = {
      ...make.signingKey('b', 1, { kid: 'twin' }),
      thumbprint: make.signingKey('a', 4).thumbprint,
    };
    assert.equal(await store.keys.log(twin, make.entry('b', 'key.logged', 'twin')), 'duplicate');
    const foreign = store.keys.log(make.signingKey('a', 9), make.entry('a', 'key.logged', 'another-kid'));
    await assert.rejects(foreign, { code: 'internal' });
    assert.equal(
      await store.keys.promote('a', 'kid-4', { activatedAt: now, dueAt: 0, retiredDueAt: 0 }, noTrail),
      false,
    );
    assert.equal(await store.keys.publish('a', 'kid-3', now, now, noTrail), false);
    assert.equal(await store.keys.remove('a', 'kid-2', noTrail), false);
    assert.equal(await store.keys.defer('a', 'kid-4', now, now + 50), false);
    assert.deepEqual(
      (await store.keys.listDue(now + 15, 10)).map((key) => key.kid),
      ['kid-2', 'kid-3', 'kid-4'],
    );
    assert.equal(await store.keys.countCurrent(), 1);
  });

  rule(
    'makes the first administrator once, from a live link, and only the first (SPN-1, IAM-2)',
    async ({ store }) => {
      await store.tenants.create(make.tenant('a'), noTrail);
      await store.oneTimeTokens.create(make.oneTimeToken('a'), noTrail);
      await store.oneTimeTokens.create(make.oneTimeToken('a', 'second'), noTrail);
      const root = make.subject('a', 'USR-root');
      const grants = [
        make.grant('a', { subject: 'USR-root' }),
        make.grant('_system', { subject: 'USR-root', role: 'operator' }),
      ];
      const complete = (link: string) =>
        store.oneTimeTokens.completeSetup(hashed(link), now, root, grants, noTrail);
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => complete('link')));
      assert.equal(outcomes.filter((one) => one === 'created').length, 1);
      assert.ok(outcomes.every((one) => one === 'created' || one === 'spent'));
      assert.equal(await complete('second'), 'administrator-exists');
      assert.equal(await store.subjects.hasHolder('_system', 'operator'), true);
      assert.equal(await store.subjects.hasHolder('a', 'operator'), false);
      await store.subjects.disable('a', 'USR-root', make.revocation('a', 'subject', 'USR-root'), noTrail);
      assert.equal(await store.subjects.hasHolder('_system', 'operator'), false);
      await store.subjects.remove('a', 'USR-root', make.revocation('a', 'subject', 'USR-root'), noTrail);
      assert.deepEqual(await store.subjects.listGrants('_system', 'USR-root'), []);
    },
  );

  rule(
    'lists revocations in order of writing, after a cursor, while they matter (SPN-5)',
    async ({ store }) => {
      for (const id of ['one', 'two', 'three']) {
        await store.revocations.add(
          make.revocation('a', 'token', id, now - (id === 'two' ? 1000 : 0)),
          noTrail,
        );
      }
      const first = await store.revocations.listAfter(0, now, 1);
      assert.deepEqual(first.revocations, [make.revocation('a', 'token', 'one')]);
      const rest = await store.revocations.listAfter(first.cursor, now, 10);
      assert.deepEqual(rest.revocations, [make.revocation('a', 'token', 'three')]);
      assert.deepEqual(await store.revocations.listAfter(rest.cursor, now, 10), {
        cursor: rest.cursor,
        revocations: [],
      });
    },
  );

  rule(
    'answers when asked, and after closing refuses with `unavailable` (SPN-1)',
    async ({ store, ephemeral }) => {
      await store.check();
      await store.close();
      await store.close();
      await assert.rejects(store.check(), { code: 'unavailable' });
      await assert.rejects(store.tenants.find('a'), { code: 'unavailable' });
      await assert.rejects(ephemeral.put('k', 'v', now), { code: 'unavailable' });
    },
  );
}

type Opener = Awaited<ReturnType<Driver['create']>>['open'];
