import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { accessToken, entry, hashed, noTrail, now, tenant, trail } from '../conformance/fixtures.ts';
import type { StorageError } from '../error.ts';
import { openSqliteStore, type SqliteStoreOptions } from './open.ts';

function place(t: TestContext): { directory: string; file: string } {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-open-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return { directory, file: join(directory, 'countersign.db') };
}

async function open(t: TestContext, directory: string, change: Partial<SqliteStoreOptions> = {}) {
  const opened = await openSqliteStore({ directory, processName: 'test', clock: () => now, ...change });
  t.after(() => opened.store.close().catch(() => {}));
  return opened;
}

function raw(file: string, sql: string): void {
  const database = new DatabaseSync(file, { timeout: 2000 });
  database.exec(sql);
  database.close();
}

test('makes directory and files for the owner alone, whatever the umask and an older mode say (SPN-2)', async (t) => {
  const { directory } = place(t);
  const inner = join(directory, 'data');
  const before = process.umask(0);
  t.after(() => process.umask(before));
  const { store } = await open(t, inner);
  await store.tenants.create(tenant('a'), noTrail);
  const modes = () =>
    readdirSync(inner).map((name) => [name, (statSync(join(inner, name)).mode & 0o777).toString(8)]);
  assert.equal((statSync(inner).mode & 0o777).toString(8), '700');
  assert.deepEqual(modes(), [
    ['countersign.db', '600'],
    ['countersign.db-shm', '600'],
    ['countersign.db-wal', '600'],
  ]);
  await store.close();
  chmodSync(join(inner, 'countersign.db'), 0o644);
  await (await open(t, inner)).store.close();
  assert.deepEqual(modes(), [['countersign.db', '600']]);
});

test('keeps what was acknowledged over closing and opening (ACC-1)', async (t) => {
  const { directory } = place(t);
  const first = await open(t, directory);
  await first.store.tenants.create(tenant('a'), noTrail);
  await first.store.close();
  const { store } = await open(t, directory);
  assert.deepEqual(await store.tenants.find('a'), tenant('a'));
});

test('answers on closing every write that was accepted before (SPN-1)', async (t) => {
  const { directory } = place(t);
  const { store } = await open(t, directory);
  const writes = Array.from({ length: 1000 }, (_, index) =>
    store.accessTokens.create(accessToken('a', `${index}`), noTrail),
  );
  const closed = store.close();
  await Promise.all(writes);
  await closed;
});

test('lets many processes start at once on an empty directory: one migrates, the others wait (ACC-6)', async (t) => {
  const { directory } = place(t);
  const opened = await Promise.all(Array.from({ length: 6 }, () => open(t, directory)));
  await Promise.all(opened.map(({ store }, index) => store.tenants.create(tenant(`t${index}`), noTrail)));
  assert.equal((await opened[0]?.store.tenants.list({ limit: 10 }))?.length, 6);
});

test('refuses a file that is no database, and leaves it as it was (ACC-1)', async (t) => {
  const { directory, file } = place(t);
  writeFileSync(file, 'this is a shopping list, and not at all a database '.repeat(50));
  await assert.rejects(open(t, directory), { name: 'StorageError', code: 'corrupt' });
  assert.equal(statSync(file).size, 51 * 50);
});

test('refuses the database of another program, and a directory in the place of the file (ACC-1)', async (t) => {
  const { directory, file } = place(t);
  raw(file, 'create table shopping (item text)');
  await assert.rejects(open(t, directory), { name: 'StorageError', code: 'corrupt' });
  rmSync(file);
  mkdirSync(file);
  await assert.rejects(open(t, directory), { name: 'StorageError' });
});

test('refuses a store that a newer program made unreadable, and opens one that it did not (ACC-6)', async (t) => {
  const { directory, file } = place(t);
  await (await open(t, directory)).store.close();
  raw(file, 'update schema set version = 99, readable_from = 1');
  await (await open(t, directory)).store.close();
  raw(file, 'update schema set readable_from = 98');
  await assert.rejects(open(t, directory), (error: StorageError) => {
    assert.equal(error.code, 'incompatible');
    assert.match(error.message, /version 99.*from version 98.*newer release/s);
    return true;
  });
});

test('names a directory that cannot be written as read-only (ACC-1)', async (t) => {
  const { directory } = place(t);
  if (process.getuid?.() !== 0) {
    chmodSync(directory, 0o500);
    await assert.rejects(open(t, directory), { name: 'StorageError', code: 'read-only' });
    return;
  }
  // Root writes anywhere but where the kernel makes the files.
  await assert.rejects(open(t, '/sys/kernel'), { name: 'StorageError', code: 'read-only' });
});

test('a full disk fails writes with `full`, keeps what was acknowledged and goes on when there is room (ACC-3)', async (t) => {
  const { directory } = place(t);
  const { store } = await open(t, directory, { maxPages: 120 });
  const kept: string[] = [];
  const failed = new Set<string>();
  for (let index = 0; index < 2000 && failed.size === 0; index += 1) {
    const id = `token-${index}`;
    await store.accessTokens.create(accessToken('a', id), trail('a', 'token.issued', id)).then(
      () => kept.push(id),
      (error: StorageError) => failed.add(error.code),
    );
  }
  assert.deepEqual([...failed], ['full']);
  for (const id of kept) assert.ok((await store.accessTokens.find('a', hashed(id), now)) !== undefined);
  const before = await store.maintenance.countRows();
  assert.equal(before.access_token, before.outbox, 'a failed write left half of itself');
  await store.maintenance.sweep(now + 40 * 86_400, 1000);
  await store.accessTokens.create(accessToken('a', 'after'), trail('a'));
});

test('waits for a lock without blocking the loop, and gives up after its patience (SPN-1)', async (t) => {
  const { directory, file } = place(t);
  const { store } = await open(t, directory, { patienceMs: 400 });
  const other = new DatabaseSync(file);
  other.exec('begin immediate');
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks += 1;
  }, 10);
  const started = performance.now();
  await assert.rejects(store.tenants.create(tenant('a'), noTrail), { code: 'unavailable' });
  clearInterval(ticking);
  assert.ok(performance.now() - started >= 390);
  assert.ok(ticks > 10, `the loop turned ${ticks} times`);
  assert.equal(await store.tenants.find('a'), undefined);
  const patient = store.tenants.create(tenant('b'), noTrail);
  await sleep(100);
  other.exec('commit');
  other.close();
  assert.equal(await patient, 'created');
});

test('those who queue behind a lock all hear of it within the patience, not one after another (SPN-1)', async (t) => {
  const { directory, file } = place(t);
  const { store } = await open(t, directory, { patienceMs: 300 });
  const other = new DatabaseSync(file);
  other.exec('begin immediate');
  const started = performance.now();
  const writes = Array.from({ length: 2000 }, (_, index) =>
    store.tenants.create(tenant(`t${index}`), noTrail),
  );
  const settled = await Promise.allSettled(writes);
  assert.ok(settled.every((one) => one.status === 'rejected'));
  assert.ok(performance.now() - started < 3000);
  other.exec('commit');
  other.close();
});

test('refuses more writes than may wait, and answers those that it accepted (ACC-3)', async (t) => {
  const { directory } = place(t);
  const { ephemeral } = await open(t, directory, { maxWaiting: 100 });
  const writes = Array.from({ length: 1000 }, (_, index) => ephemeral.put(`k${index}`, 'v', now + 60));
  const settled = await Promise.allSettled(writes);
  assert.equal(settled.filter((one) => one.status === 'fulfilled').length, 100);
  const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
  assert.ok(refused.every((code) => code === 'unavailable'));
  await ephemeral.put('later', 'v', now + 60);
});

test('arguments that cannot be sent fail their own call and no other (SPN-1)', async (t) => {
  const { directory } = place(t);
  const { store } = await open(t, directory);
  const bad = { ...accessToken('a', 'bad'), claims: { run: () => {} } };
  const results = await Promise.allSettled([
    store.accessTokens.create(accessToken('a', 'one'), noTrail),
    store.accessTokens.create(bad, noTrail),
    store.accessTokens.create(accessToken('a', 'two'), noTrail),
  ]);
  assert.deepEqual(
    results.map((one) => one.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('a verb that throws in a group fails alone (ACC-2)', async (t) => {
  const { directory } = place(t);
  const { store } = await open(t, directory);
  const ids = Array.from({ length: 100 }, (_, index) => `t${index % 50}`);
  const results = await Promise.allSettled(
    ids.map((id) => store.accessTokens.create(accessToken('a', id), trail('a'))),
  );
  assert.equal(results.filter((one) => one.status === 'fulfilled').length, 50);
  const rows = await store.maintenance.countRows();
  assert.deepEqual([rows.access_token, rows.outbox, rows.audit_record], [50, 50, 51]);
});

test('a writer thread that crashes fails every call with `unavailable`, readiness included, and is told once (ACC-1)', async (t) => {
  const { directory } = place(t);
  let thread: Worker | undefined;
  const post = t.mock.method(Worker.prototype, 'postMessage', function (this: Worker, message: unknown) {
    thread = this;
    post.mock.restore();
    this.postMessage(message);
  });
  const problems: string[] = [];
  const { store } = await open(t, directory, { onProblem: (error) => problems.push(error.code) });
  await store.tenants.create(tenant('a'), noTrail);
  await store.check();

  thread?.postMessage({ kind: 'group' });
  const lost = store.tenants.create(tenant('b'), noTrail);
  await assert.rejects(lost, { code: 'unavailable' });
  await assert.rejects(store.check(), { code: 'unavailable' });
  await assert.rejects(store.audit.append([entry('a', 'x')]), { code: 'unavailable' });
  assert.deepEqual(problems, ['unavailable']);
  assert.deepEqual(await store.tenants.find('a'), tenant('a'), 'what can be read is read');
  await assert.rejects(store.close(), { code: 'unavailable' });

  const again = await open(t, directory);
  await again.store.check();
  await again.store.audit.append([entry('a', 'x')]);
});

test('many rows come in transactions of a thousand, in order; the thousands before a failure stay (ACC-4)', async (t) => {
  const { directory, file } = place(t);
  const { store } = await open(t, directory);
  const many = Array.from({ length: 2500 }, (_, index) =>
    entry('a', index === 1500 ? 'boom' : 'x', `${index}`),
  );
  raw(
    file,
    "create trigger boom before insert on audit_record when new.action = 'boom' begin select raise(abort, 'boom'); end",
  );
  await assert.rejects(store.audit.append(many), { code: 'internal' });
  const kept = (await store.audit.listNewest('a', 5000)).filter(({ action }) => action === 'x').reverse();
  assert.deepEqual(
    kept.map(({ target }) => target?.id),
    many.slice(0, 1000).map(({ target }) => target?.id),
  );
  // Two batches that together are more than a thousand rows do not share a transaction, and so no failure.
  const [first, second] = await Promise.allSettled([
    store.audit.append(Array.from({ length: 600 }, () => entry('b', 'x'))),
    store.audit.append(Array.from({ length: 600 }, () => entry('b', 'boom'))),
  ]);
  assert.deepEqual([first?.status, second?.status], ['fulfilled', 'rejected']);
});

test('no message of an error carries a value that was to be stored (SPN-2)', async (t) => {
  const { directory } = place(t);
  const { store } = await open(t, directory);
  const token = accessToken('a', 'canary-7f3a', { claims: { email: 'canary-7f3a@example.org' } });
  await store.accessTokens.create(token, noTrail);
  await assert.rejects(store.accessTokens.create(token, noTrail), (error: StorageError) => {
    assert.ok(!JSON.stringify([error.message, error.stack, String(error.cause)]).includes('canary'));
    return true;
  });
});

test('a file that is damaged while it is used fails with `corrupt` (ACC-1)', async (t) => {
  const { directory, file } = place(t);
  const first = await open(t, directory);
  for (let index = 0; index < 500; index += 1)
    await first.store.accessTokens.create(accessToken('a', `${index}`), noTrail);
  await first.store.close();
  const size = statSync(file).size;
  const { writeSync, openSync, closeSync } = await import('node:fs');
  const handle = openSync(file, 'r+');
  for (let page = 8192; page < size; page += 4096) writeSync(handle, Buffer.alloc(64, 0xff), 0, 64, page);
  closeSync(handle);
  await assert.rejects(
    async () => {
      const { store } = await open(t, directory);
      await store.accessTokens.find('a', hashed('1'), now);
    },
    { name: 'StorageError', code: 'corrupt' },
  );
});
