import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, Revocation, RevocationStore, Store } from '../storage/ports.ts';
import { openTestStore, type TestStore } from '../testing/store.ts';
import { createRevocations, type Revocations, type TokenOrigin } from './revocations.ts';

let opened: TestStore;
let count = 0;

before(async () => {
  opened = await openTestStore();
});
after(() => opened.close());

async function open(store: Pick<Store, 'revocations' | 'changes'> = opened.store): Promise<Revocations> {
  const revocations = createRevocations({
    store: store.revocations,
    changes: store.changes,
    clock: opened.clock,
  });
  await revocations.start();
  return revocations;
}

function origin(change: Partial<TokenOrigin> = {}): TokenOrigin {
  count += 1;
  return {
    tenant: 'default',
    jti: `jti-${count}`,
    clientId: `client-${count}`,
    subject: `subject-${count}`,
    grantId: `grant-${count}`,
    sessionId: `session-${count}`,
    issuedAt: opened.clock.now(),
    ...change,
  };
}

function revocation(kind: Revocation['kind'], id: string, change: Partial<Revocation> = {}): Revocation {
  const now = opened.clock.now();
  return { tenant: 'default', kind, id, revokedAt: now, expiresAt: now + 600, ...change };
}

const add = (made: Revocation): Promise<void> => opened.store.revocations.add(made, {});

test('a revocation by token, grant, session, subject or client covers the token before the verb resolves (RFC 7009 §2, SPN-5)', async () => {
  const revocations = await open();
  const kinds = {
    token: 'jti',
    grant: 'grantId',
    session: 'sessionId',
    subject: 'subject',
    client: 'clientId',
  } as const;
  for (const [kind, member] of Object.entries(kinds)) {
    const token = origin();
    assert.equal(await revocations.covers(token), false);
    await add(revocation(kind as Revocation['kind'], String(token[member])));
    assert.equal(await revocations.covers(token), true, kind);
    assert.equal(await revocations.covers({ ...token, tenant: 'acme' }), false, 'of this tenant alone');
    assert.equal(await revocations.covers(origin()), false);
  }
  revocations.close();
});

test('an id of one kind covers nothing of another, and a token without a grant is covered by none (SPN-5)', async () => {
  const revocations = await open();
  const token = origin({ grantId: undefined, sessionId: undefined });
  await add(revocation('grant', token.jti));
  await add(revocation('token', token.subject));
  await add(revocation('session', 'undefined'));
  assert.equal(await revocations.covers(token), false);
  revocations.close();
});

test('what was issued later than the revocation lives, what was issued in its second does not (SPN-5)', async () => {
  const revocations = await open();
  const token = origin();
  const made = revocation('subject', token.subject);
  await add(made);
  assert.equal(await revocations.covers({ ...token, issuedAt: made.revokedAt }), true);
  assert.equal(await revocations.covers({ ...token, issuedAt: made.revokedAt + 1 }), false);
  await add({ ...made, revokedAt: made.revokedAt + 10, expiresAt: made.expiresAt - 100 });
  assert.equal(await revocations.covers({ ...token, issuedAt: made.revokedAt + 10 }), true);
  await add({ ...made, revokedAt: made.revokedAt - 50 });
  assert.equal(
    await revocations.covers({ ...token, issuedAt: made.revokedAt + 10 }),
    true,
    'the latest counts',
  );
  revocations.close();
});

test('a token or grant never comes back: a token of it dated after the revocation ends too, since a later second may commit first (SPN-5, ACC-2)', async () => {
  const revocations = await open();
  for (const [kind, member] of [
    ['token', 'jti'],
    ['grant', 'grantId'],
  ] as const) {
    const token = origin({ issuedAt: opened.clock.now() + 1 });
    await add(revocation(kind, String(token[member])));
    assert.equal(await revocations.covers(token), true, kind);
  }
  revocations.close();
});

test('what was revoked before the start is known, more than a page of it (SPN-1)', async () => {
  const tokens = Array.from({ length: 1500 }, () => origin());
  await Promise.all(tokens.map((token) => add(revocation('token', token.jti))));
  const revocations = await open();
  for (const token of tokens) assert.equal(await revocations.covers(token), true);
  revocations.close();
});

test('a revocation by another process is seen within a second (SPN-1)', async () => {
  const beside = await opened.openBeside();
  const revocations = await open();
  const token = origin();
  await beside.store.revocations.add(revocation('token', token.jti), {});
  const deadline = Date.now() + 1000;
  while (!(await revocations.covers(token))) {
    assert.ok(Date.now() < deadline);
    await sleep(10);
  }
  revocations.close();
});

/** The real store behind a switch: `away` is a store that does not answer. */
function switchable(): { readonly store: RevocationStore; away: boolean; reads: number } {
  const state = {
    away: false,
    reads: 0,
    store: {
      add: opened.store.revocations.add,
      listAfter: async (...args: Parameters<RevocationStore['listAfter']>) => {
        state.reads += 1;
        await sleep(1);
        if (state.away) throw new Error('away');
        return opened.store.revocations.listAfter(...args);
      },
    },
  };
  return state;
}

test('when the store cannot answer, the check is refused, and answers again when the store does (SPN-1)', async () => {
  const world = switchable();
  const revocations = await open({ revocations: world.store, changes: opened.store.changes });
  const token = origin();
  assert.equal(await revocations.covers(token), false);
  world.away = true;
  await add(revocation('token', token.jti));
  await assert.rejects(revocations.covers(token), /away/);
  await assert.rejects(revocations.covers(origin()), /away/, 'nothing is known of any token now');
  world.away = false;
  assert.equal(await revocations.covers(token), true);
  assert.equal(await revocations.covers(origin()), false);
  revocations.close();
});

test('a start without the store fails, it does not begin empty (SPN-1)', async () => {
  const world = switchable();
  world.away = true;
  await assert.rejects(open({ revocations: world.store, changes: opened.store.changes }), /away/);
});

test('a thousand revocations at once are read together, not one by one (SPN-1)', async () => {
  const world = switchable();
  const revocations = await open({ revocations: world.store, changes: opened.store.changes });
  world.reads = 0;
  const tokens = Array.from({ length: 1000 }, () => origin());
  await Promise.all(tokens.map((token) => add(revocation('token', token.jti))));
  for (const token of tokens) assert.equal(await revocations.covers(token), true);
  assert.ok(world.reads < 100, `${world.reads} reads`);
  revocations.close();
});

test('after a gap in the change feed everything is read again (SPN-1)', async () => {
  const listeners: ((change: Change | null) => void)[] = [];
  const deaf = {
    subscribe(listener: (change: Change | null) => void) {
      listeners.push(listener);
      return () => undefined;
    },
  };
  const revocations = await open({ revocations: opened.store.revocations, changes: deaf });
  const token = origin();
  await add(revocation('token', token.jti));
  assert.equal(await revocations.covers(token), false, 'it was not told');
  for (const listener of listeners) listener(null);
  assert.equal(await revocations.covers(token), true);
  revocations.close();
});

test('revocations past their expiry leave the memory (ACC-3)', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const revocations = await open();
  const token = origin();
  await add(revocation('token', token.jti, { expiresAt: opened.clock.now() + 5 }));
  assert.equal(await revocations.covers(token), true);
  const held = revocations.size();
  opened.clock.advance(6);
  t.mock.timers.tick(60_000);
  assert.ok(revocations.size() < held);
  revocations.close();
});
