import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import * as make from '../storage/conformance/fixtures.ts';
import type { Store } from '../storage/index.ts';
import { openSqliteStore } from '../storage/sqlite/open.ts';
import { systemClock } from '../system.ts';
import { type RunOptions, run, temporaryDirectory } from './cli.test-support.ts';

/** Owed: `waiting`, `sending` and `dead`, each a session of its own, to one client with a slash in its id. */
async function withOwed(context: TestContext) {
  const directory = join(temporaryDirectory(context), 'data');
  assert.equal((await run(['init', '--data-dir', directory])).code, 0);
  const command = (args: readonly string[], options?: RunOptions) =>
    run(['session', 'undelivered', ...args, '--data-dir', directory], options);
  const json = async (args: readonly string[], options?: RunOptions) => {
    const done = await command([...args, '--json'], options);
    assert.equal(done.code, 0, done.err);
    return JSON.parse(done.out);
  };
  const inStore = async <Result>(work: (store: Store) => Promise<Result>): Promise<Result> => {
    const { store } = await openSqliteStore({ directory, processName: 'test', clock: systemClock.now });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  };
  assert.equal((await run(['tenant', 'list', '--data-dir', directory])).code, 0);
  await inStore(async (store) => {
    const now = systemClock.now();
    const clientId = 'app/web';
    await store.clients.create(make.client('default', clientId), {});
    await store.subjects.create(make.subject('default'), [], {});
    for (const id of ['dead', 'sending', 'waiting']) {
      await store.sessions.create(make.session('default', id), {});
      await store.codes.issue(make.code('default', id, { sessionId: id, clientId }), null, now, {});
      await store.sessions.end('default', id, now, make.revocation('default', 'session', id, now), {});
      const key = { sessionId: id, clientId };
      if (id === 'waiting') continue;
      assert.ok(await store.logoutDeliveries.claim('default', key, now, now + 500));
      if (id === 'sending') continue;
      const burial = { reason: 'forbidden_address', expiresAt: now + 900 };
      assert.ok(await store.logoutDeliveries.bury('default', key, now + 500, burial, {}));
    }
  });
  return { command, json, inStore };
}

test('the list tells what is owed to whom, in what state and why, page by page', async (context) => {
  const { command, json } = await withOwed(context);
  const { undelivered, next, sealed } = await json(['list']);
  assert.deepEqual([next, sealed], [null, false]);
  assert.deepEqual(
    undelivered.map((one: Record<string, unknown>) => [
      one.session,
      one.client_id,
      one.state,
      one.attempts,
      one.reason,
    ]),
    [
      ['dead', 'app/web', 'dead', 1, 'forbidden_address'],
      ['sending', 'app/web', 'sending', 1, null],
      ['waiting', 'app/web', 'waiting', 0, null],
    ],
  );
  assert.equal(undelivered[0].due_at, null);
  const first = await json(['list', '--limit', '2']);
  assert.equal(first.next, 'sending/app/web');
  assert.equal((await json(['list', '--after', first.next])).undelivered.length, 1);
  const shown = await command(['list']);
  assert.match(shown.out, /^3 logouts not delivered in the tenant default\./);
  assert.match(shown.out, /dead +app\/web +dead .* forbidden_address/);
  assert.match(shown.out, /forbidden_address: .*countersign client set ID --backchannel-logout-uri/);
  const quiet = await command(['list'], { env: { COUNTERSIGN_OUTBOUND__SEALED: 'true' } });
  assert.match(quiet.out, /outbound\.sealed is set/);
});

test('one is tried again or dropped by its name, all that were given up by --all, with an audit row each (ACC-4)', async (context) => {
  const { command, json, inStore } = await withOwed(context);
  assert.deepEqual(await json(['retry', '--all']), { retried: [{ session: 'dead', client_id: 'app/web' }] });
  const [again] = (await json(['list'])).undelivered;
  assert.deepEqual([again.state, again.attempts], ['waiting', 0]);
  assert.match((await command(['retry', 'waiting', 'app/web'])).out, /^1 logout due at once/);
  assert.deepEqual(await json(['drop', '--all']), { dropped: [] });
  assert.match((await command(['drop', 'waiting', 'app/web'])).out, /^Dropped 1 logout\./);
  const busy = await command(['retry', 'sending', 'app/web']);
  assert.equal(busy.code, 1);
  assert.match(busy.err, /is being told at this moment/);
  const newest = await inStore((store) => store.audit.listNewest('default', 50));
  // What several processes wrote has no order within a second.
  assert.deepEqual(
    newest
      .filter(({ action }) => action.startsWith('logout.'))
      .map(({ action, target, details }) => `${action} ${target?.id} ${details.session}`)
      .sort(),
    ['logout.dropped app/web waiting', 'logout.retried app/web dead', 'logout.retried app/web waiting'],
  );
});

test('what is not owed, another tenant’s, or not named is refused with what to do', async (context) => {
  const { command } = await withOwed(context);
  for (const action of ['retry', 'drop']) {
    const unknown = await command([action, 'nothing', 'app/web']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /is owed no logout[\s\S]*session undelivered list/);
    assert.equal((await command([action])).code, 2);
    assert.equal((await command([action, 'dead'])).code, 2);
    assert.equal((await command([action, 'dead', 'app/web', '--all'])).code, 2);
    assert.equal((await command([action, 'dead', 'app/web', '--tenant', 'acme'])).code, 1);
  }
  assert.equal((await command(['list', '--after', 'nonsense'])).code, 2);
  const elsewhere = await command(['list', '--tenant', '_system']);
  assert.match(elsewhere.out, /^Every client in the tenant _system has been told/);
});
