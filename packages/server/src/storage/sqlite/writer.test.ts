/** The chains of the writer stay whole whatever fails between reading a head and the end of the transaction. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { AuditEntry } from '../../audit/record.ts';
import { verifyAudit } from '../../audit/verify.ts';
import { accessToken, entry, now, signingKey } from '../conformance/fixtures.ts';
import { databaseName } from './connection.ts';
import { openSqliteStore } from './open.ts';
import type { SentAnswer, SentCall } from './protocol.ts';
import { Writer } from './writer.ts';

/** `no-row`: the record cannot be inserted. `no-commit`: it can, and then the transaction cannot commit. */
const faults = `
  create trigger no_row before insert on audit_record when new.action = 'no-row'
    begin select raise(abort, 'planted'); end;
  create trigger no_transaction before insert on audit_record when new.action = 'no-transaction'
    begin select raise(rollback, 'planted'); end;
  create table parent (id integer primary key);
  create table child (parent integer references parent (id) deferrable initially deferred);
  create trigger no_commit after insert on audit_record when new.action = 'no-commit'
    begin insert into child values (1); end;`;

async function world(t: TestContext, rememberedHeads = 100) {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-writer-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, databaseName);
  const open = async (process: string): Promise<Writer> => {
    const writer = await Writer.open({ file, process, patienceMs: 1000, rememberedHeads });
    t.after(() => writer.close());
    return writer;
  };
  const writer = await open('p1');
  const sql = new DatabaseSync(file);
  sql.exec(faults);
  sql.close();
  const run = async (...calls: readonly SentCall[]): Promise<string> => outcome(await writer.run(calls, 0));
  return {
    writer,
    open,
    run,
    /** Verifies every tenant from outside, and answers the actions and ids in each one's chains in order. */
    async read(...tenants: readonly string[]): Promise<readonly string[]> {
      const { store } = await openSqliteStore({ directory, processName: 'reader', clock: () => now });
      try {
        const found: string[] = [];
        for (const tenant of tenants) {
          assert.deepEqual((await verifyAudit(store.audit, tenant)).broken, []);
          for (const chain of await store.audit.listChains(tenant)) {
            const records = await store.audit.listRecords(tenant, chain.id, -1, 10_000);
            found.push(
              ...records.map(({ action, target }) => (action === 'x' ? String(target?.id) : action)),
            );
          }
        }
        return found;
      } finally {
        await store.close();
      }
    },
  };
}

const outcome = (answers: readonly SentAnswer[]): string =>
  answers.map((answer) => (answer.ok ? String(answer.value ?? 'ok') : answer.error.code)).join(' ');

const call = (verb: string, ...args: readonly unknown[]): SentCall => ({ verb, args, now });
const append = (...entries: readonly AuditEntry[]): SentCall => call('audit.append', entries);
const wrote = (tenant: string, id: string): SentCall => append(entry(tenant, 'x', id));
const failed = (tenant: string, how: string): SentCall => append(entry(tenant, how));
const token = (id: string, ...audit: readonly AuditEntry[]): SentCall =>
  call('accessTokens.create', accessToken('a', id), { audit });

test('a verb that is rolled back leaves no gap and no second record of one place (ACC-4)', async (t) => {
  const { run, read } = await world(t);
  assert.equal(await run(wrote('a', '1'), token('t', entry('a', 'x', '2'))), 'ok ok');
  assert.equal(
    await run(wrote('a', '3'), token('t', entry('a', 'x', 'lost')), wrote('b', '4')),
    'ok internal ok',
  );
  assert.equal(await run(wrote('a', '5')), 'ok');
  assert.deepEqual(await read('a', 'b'), [
    'audit.chain_opened',
    '1',
    '2',
    '3',
    '5',
    'audit.chain_opened',
    '4',
  ]);
});

for (const how of ['no-row', 'no-commit', 'no-transaction']) {
  test(`a group that fails with ${how} writes nothing, and the next goes on where the last good one ended (ACC-4)`, async (t) => {
    const { run, read } = await world(t);
    assert.equal(await run(wrote('a', '1'), wrote('b', '2')), 'ok ok');
    assert.equal(
      await run(wrote('a', 'lost'), wrote('c', 'lost'), failed('b', how)),
      'internal internal internal',
    );
    assert.equal(await run(wrote('a', '3'), wrote('b', '4'), wrote('c', '5')), 'ok ok ok');
    const opened = 'audit.chain_opened';
    assert.deepEqual(await read('a', 'b', 'c'), [opened, '1', '3', opened, '2', '4', opened, '5']);
  });
}

test('a commit that failed and yet was kept: the next group goes on after it (ACC-4)', async (t) => {
  const { run, read } = await world(t);
  assert.equal(await run(wrote('a', '1')), 'ok');
  const original = DatabaseSync.prototype.exec;
  const broken = t.mock.method(DatabaseSync.prototype, 'exec', function (this: DatabaseSync, text: string) {
    original.call(this, text);
    if (text === 'COMMIT') throw new Error('the answer of the disk was lost');
  });
  assert.equal(await run(wrote('a', '2'), wrote('b', '3')), 'internal internal');
  broken.mock.restore();
  assert.equal(await run(wrote('a', '4'), wrote('b', '5')), 'ok ok');
  assert.deepEqual(await read('a', 'b'), [
    'audit.chain_opened',
    '1',
    '2',
    '4',
    'audit.chain_opened',
    '3',
    '5',
  ]);
});

test('more tenants than are remembered: their heads are read again (ACC-4)', async (t) => {
  const { run, read } = await world(t, 3);
  const tenants = Array.from({ length: 100 }, (_, index) => `t${index}`);
  for (let round = 0; round < 5; round += 1) {
    await run(append(...tenants.map((tenant) => entry(tenant, 'x', `${round}`))));
    await run(wrote('t1', `${round}b`));
  }
  for (const tenant of tenants) {
    const extra = tenant === 't1';
    const rounds = [0, 1, 2, 3, 4].flatMap((round) => (extra ? [`${round}`, `${round}b`] : [`${round}`]));
    assert.deepEqual(await read(tenant), ['audit.chain_opened', ...rounds]);
  }
});

test('a verb that appends by itself keeps the chain whole, rolled back or not (ACC-4)', async (t) => {
  const { run, read } = await world(t);
  const log = (version: number, action = 'x') => {
    const key = signingKey('a', version, { kid: `k${version}` });
    return call('keys.log', { ...key, state: 'logged' }, entry('a', action, key.kid));
  };
  assert.equal(await run(wrote('a', '1'), log(1), wrote('a', '2')), 'ok logged ok');
  assert.equal(await run(wrote('a', '3')), 'ok');
  assert.equal(await run(log(2, 'no-row'), wrote('a', '4'), log(3)), 'internal ok logged');
  assert.equal(await run(wrote('a', '5')), 'ok');
  // What verbs append by themselves comes before what the group appends at its end.
  assert.deepEqual(await read('a'), ['audit.chain_opened', 'k1', '1', '2', '3', 'k3', '4', '5']);
});

test('a process that was taken for dead opens new chains, and loses nothing (ACC-4)', async (t) => {
  const { run, open, read } = await world(t);
  const self = { id: 'p1', name: 'p1', host: 'h', pid: 1, started: '' };
  await run(call('processes.beat', self), wrote('a', '1'), wrote('b', '2'));
  const other = await open('p2');
  const bury = call('processes.bury', { ...self, beat_at: now });
  assert.equal(outcome(await other.run([bury], 0)), 'all');
  assert.equal(await run(wrote('a', '3'), wrote('b', '4')), 'ok ok');
  const chains = (first: string, second: string) => [
    ...['audit.chain_opened', first, 'audit.chain_recovered'],
    ...['audit.chain_opened', second],
  ];
  assert.deepEqual(await read('a', 'b'), [...chains('1', '3'), ...chains('2', '4')]);
});

test('many chains are ended over several transactions, those of the dead too (ACC-4)', async (t) => {
  const { run, open, read } = await world(t);
  const self = { id: 'p1', name: 'p1', host: 'h', pid: 1, started: '' };
  const tenants = Array.from({ length: 1100 }, (_, index) => `t${index}`);
  await run(call('processes.beat', self), append(...tenants.map((tenant) => entry(tenant, 'x'))));
  const other = await open('p2');
  await other.run([append(...tenants.map((tenant) => entry(tenant, 'x')))], 0);
  const all = async (by: Writer, each: SentCall): Promise<string> => {
    const answers: string[] = [];
    while (answers.at(-1) !== 'all') answers.push(outcome(await by.run([each], 0)));
    return answers.join(' ');
  };
  assert.equal(await all(other, call('audit.close')), 'more more all');
  assert.equal(await all(other, call('processes.bury', { ...self, beat_at: now })), 'more more all');
  for (const tenant of ['t0', 't500', 't1099']) {
    const records = await read(tenant);
    assert.ok(records.includes('audit.chain_closed') && records.includes('audit.chain_recovered'));
  }
});

test('random groups with random faults never break a chain, and keep exactly what was acknowledged (ACC-4)', async (t) => {
  const { run, read } = await world(t, 3);
  const tenants = ['a', 'b', 'c', 'd', 'e', 'f'];
  const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;
  const acknowledged = new Map<string, string[]>(tenants.map((tenant) => [tenant, []]));
  for (let round = 0; round < 300; round += 1) {
    const calls: { readonly tenant: string; readonly id: string; readonly sent: SentCall }[] = [];
    for (let index = 0; index < 1 + Math.random() * 8; index += 1) {
      const tenant = pick(tenants);
      const id = `${round}-${index}`;
      const fault = Math.random();
      if (fault < 0.05)
        calls.push({ tenant, id, sent: failed(tenant, pick(['no-row', 'no-commit', 'no-transaction'])) });
      else if (fault < 0.3) calls.push({ tenant, id, sent: token(`t${round % 40}`, entry(tenant, 'x', id)) });
      else calls.push({ tenant, id, sent: wrote(tenant, id) });
    }
    const answers = (await run(...calls.map(({ sent }) => sent))).split(' ');
    for (const [index, { tenant, id }] of calls.entries()) {
      if (answers[index] === 'ok') acknowledged.get(tenant)?.push(id);
    }
  }
  for (const [tenant, ids] of acknowledged) {
    assert.deepEqual((await read(tenant)).slice(1), ids, tenant);
  }
});
