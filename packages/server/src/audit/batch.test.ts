import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../storage/error.ts';
import { createLogger } from '../telemetry/log.ts';
import { openTestStore, type TestStore } from '../testing/store.ts';
import { type AuditBatch, createAuditBatch } from './batch.ts';
import type { AuditEntry, AuditStore } from './record.ts';

let opened: TestStore;
let count = 0;

before(async () => {
  opened = await openTestStore({ patienceMs: 50 });
});
after(() => opened.close());

function entry(change: Partial<AuditEntry> = {}): AuditEntry {
  count += 1;
  return {
    tenant: 'default',
    at: opened.clock.now(),
    action: 'token.issued',
    actor: { kind: 'client', id: 'svc' },
    target: { kind: 'subject', id: `target-${count}` },
    outcome: 'ok',
    reason: null,
    traceId: '',
    details: {},
    personal: null,
    ...change,
  };
}

function world(store: Pick<AuditStore, 'append'> = opened.store.audit) {
  const lines: string[] = [];
  let writes = 0;
  const batch = createAuditBatch({
    log: createLogger('info', { write: (line) => lines.push(line) }),
    store: {
      append(entries) {
        writes += 1;
        return store.append(entries);
      },
    },
  });
  return { batch, lines, writes: () => writes };
}

/** Adds what must be taken at once. */
function take(batch: AuditBatch, entries: readonly AuditEntry[]): void {
  for (const each of entries) assert.equal(batch.add(each), undefined);
}

async function stored(entries: readonly AuditEntry[]): Promise<number> {
  const records = await opened.store.audit.listNewest('default', 100_000);
  const ids = new Set(records.map(({ target }) => target?.id));
  return entries.filter(({ target }) => ids.has(target?.id)).length;
}

/** Another process that holds the write lock: the store's patience ends, and nothing is written. */
function lockStore(): () => void {
  const sql = opened.sql();
  sql.exec('BEGIN IMMEDIATE');
  return () => sql.exec('ROLLBACK');
}

test('records are taken at once and written together within a moment, in order (ACC-4)', async () => {
  const { batch, writes } = world();
  const entries = Array.from({ length: 500 }, () => entry());
  take(batch, entries);
  assert.equal(writes(), 0);
  await sleep(200);
  assert.equal(writes(), 1);
  assert.equal(await stored(entries), 500);
  const order = (await opened.store.audit.listNewest('default', 500))
    .map(({ target }) => target?.id)
    .reverse();
  assert.deepEqual(
    order,
    entries.map(({ target }) => target?.id),
  );
  await batch.close();
});

test('a large batch is written in transactions of a thousand (ACC-4)', async () => {
  const { batch, writes } = world();
  const entries = Array.from({ length: 2500 }, () => entry());
  take(batch, entries);
  await batch.flush();
  assert.equal(writes(), 3);
  assert.equal(await stored(entries), 2500);
  await batch.close();
});

test('a flush writes what waits, also what came while another was under way (ACC-4)', async () => {
  const { batch } = world();
  const entries = Array.from({ length: 50 }, () => entry());
  const flushes: Promise<void>[] = [];
  for (const each of entries) {
    take(batch, [each]);
    flushes.push(batch.flush());
    await Promise.resolve();
  }
  await Promise.all(flushes);
  assert.equal(await stored(entries), 50);
  await batch.close();
});

test('what the store refuses waits and is written later, never dropped; meanwhile nothing more is taken (ACC-4, SPN-1)', async () => {
  const { batch, lines } = world();
  const taken = [entry(), entry(), entry()];
  const unlock = lockStore();
  for (const each of taken) assert.equal(batch.add(each), undefined);
  await assert.rejects(batch.flush(), { code: 'unavailable' });
  assert.equal(await stored(taken), 0);

  const late = entry();
  const refused = batch.add(late);
  assert.ok(refused instanceof Promise);
  await assert.rejects(refused, StorageError, 'so that the token it is about is not issued');
  assert.match(lines.join(''), /audit records cannot be written/);
  assert.equal(lines.filter((line) => line.includes('cannot be written')).length, 1, 'said once');

  unlock();
  const next = entry();
  await batch.add(next);
  assert.equal(await stored([...taken, next]), 4);
  assert.equal(await stored([late]), 0, 'what was refused was not written either');
  assert.match(lines.join(''), /written again/);
  assert.equal(batch.add(entry()), undefined);
  await batch.close();
});

test('the store is tried again without being asked (ACC-4)', async () => {
  const { batch } = world();
  const taken = entry();
  const unlock = lockStore();
  take(batch, [taken]);
  await assert.rejects(batch.flush());
  unlock();
  const deadline = Date.now() + 5000;
  while ((await stored([taken])) === 0) {
    assert.ok(Date.now() < deadline);
    await sleep(50);
  }
  await batch.close();
});

test('an entry that no store can take is logged in full and does not hold up the others (ACC-4)', async () => {
  const { batch, lines } = world();
  const poison = entry({ at: 1.5 });
  const sound = Array.from({ length: 20 }, () => entry());
  take(batch, [...sound.slice(0, 7), poison, ...sound.slice(7)]);
  await batch.flush();
  assert.equal(await stored(sound), 20);
  const [line] = lines.map((text) => JSON.parse(text) as { level: string; audit: AuditEntry });
  assert.equal(line?.level, 'error');
  assert.deepEqual(line?.audit, poison);
  await batch.close();
});

test('at the end what the store does not take is in the log, record by record (ACC-4)', async () => {
  const { batch, lines } = world();
  const taken = [entry(), entry()];
  const unlock = lockStore();
  take(batch, taken);
  await batch.close();
  unlock();
  const logged = lines
    .map((text) => JSON.parse(text) as { audit?: AuditEntry })
    .flatMap(({ audit }) => audit ?? []);
  assert.deepEqual(logged, taken);
});

test('with twenty thousand records waiting whoever brings one more waits too: memory is bounded (ACC-4)', async () => {
  const gate = Promise.withResolvers<void>();
  const { batch } = world({ append: () => gate.promise });
  let taken = 0;
  while (batch.add(entry()) === undefined) {
    taken += 1;
    assert.ok(taken <= 20_000);
  }
  assert.equal(taken, 20_000);
  gate.resolve();
  await batch.close();
});
