import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { run, temporaryDirectory } from './cli.test-support.ts';

async function initialised(context: TestContext) {
  const directory = join(temporaryDirectory(context), 'data');
  const command = (args: readonly string[], input = '') => run([...args, '--data-dir', directory], { input });
  const json = async (args: readonly string[], input = '') => {
    const done = await command([...args, '--json'], input);
    assert.equal(done.code, 0, done.err);
    return JSON.parse(done.out);
  };
  await json(['init']);
  await json(['key', 'rotate']);
  for (const name of ['ada', 'grace'])
    await json(['user', 'add', '--username', name, '--password-stdin'], 'kumquat teapot orbit');
  const keyFile = join(directory, 'secrets/envelope.key');
  const bucketFile = join(directory, 'secrets/rate-limit.key');
  const lines = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');
  const sql = <Row>(text: string): Row[] => {
    const database = new DatabaseSync(join(directory, 'countersign.db'));
    try {
      return database.prepare(text).all() as Row[];
    } finally {
      database.close();
    }
  };
  return { directory, command, json, keyFile, bucketFile, lines, sql };
}

/** As if the newest key had been made two hours ago. */
function age(path: string): void {
  const [newest = '', ...older] = readFileSync(path, 'utf8').split('\n');
  const [base64, since] = newest.split(' ');
  writeFileSync(path, [`${base64} ${Number(since) - 7200}`, ...older].join('\n'));
}

test('key rotate --secrets and key rewrap exchange the envelope and bucket keys with an overlap, after which the old ones are gone (SPN-2)', async (context) => {
  const { command, json, keyFile, bucketFile, lines, sql } = await initialised(context);
  const sealedUnder = () => [
    ...new Set(
      sql<{ sealed: string }>(
        'select private_key as sealed from signing_key union select audit_key from subject',
      ).map(({ sealed }) => sealed.split('.')[1]),
    ),
  ];
  const rotated = await json(['key', 'rotate', '--secrets']);
  assert.equal(rotated.buckets_rotated, true);
  assert.deepEqual([lines(keyFile).length, lines(bucketFile).length], [2, 2]);
  assert.deepEqual(sealedUnder(), [rotated.previous]);

  const tooEarly = await command(['key', 'rewrap', '--drop-old']);
  assert.equal(tooEarly.code, 1);
  assert.match(tooEarly.err, /needed for another/);
  assert.deepEqual(sealedUnder(), [rotated.envelope_key], 'sealed anew all the same');
  assert.equal(lines(keyFile).length, 2);

  const again = await json(['key', 'rewrap']);
  assert.deepEqual(
    [again.sealed_anew, Object.keys(again.rows_by_key), again.dropped],
    [0, [rotated.envelope_key], []],
    'nothing is done twice',
  );

  age(keyFile);
  const dropped = await json(['key', 'rewrap', '--drop-old']);
  assert.deepEqual(dropped.dropped, [rotated.previous]);
  assert.deepEqual([lines(keyFile).length, lines(bucketFile).length], [1, 1]);
  await json(['user', 'set', 'ada', '--name', 'Ada']);
  assert.equal((await json(['key', 'rotate', '--emergency'])).outcome, 'promoted');
  assert.equal((await json(['audit', 'verify'])).valid, true);
  const actions = (await json(['audit', 'list', '--tenant', '_system'])).records.map(
    ({ action }: { action: string }) => action,
  );
  for (const action of ['secrets.rotated', 'secrets.rewrapped', 'secrets.dropped'])
    assert.ok(actions.includes(action), action);
});

test('a row that does not open is named and left, older keys are kept for it, and the command exits 1 (SPN-2)', async (context) => {
  const { command, json, keyFile, lines, sql } = await initialised(context);
  const { previous } = await json(['key', 'rotate', '--secrets']);
  age(keyFile);
  const [broken] = sql<{ id: string; audit_key: string }>(
    "select id, audit_key from subject where username = 'ada'",
  );
  assert.ok(broken);
  sql(`update subject set audit_key = audit_key || 'AAAA' where id = '${broken.id}'`);
  const done = await command(['key', 'rewrap', '--drop-old', '--json']);
  assert.equal(done.code, 1);
  const report = JSON.parse(done.out);
  assert.deepEqual(report.unopened, [
    {
      field: 'subject-audit-key',
      tenant: 'default',
      id: broken.id,
      keyId: previous,
      reason: 'not_authentic',
    },
  ]);
  assert.equal(report.rows_by_key[previous], 1);
  assert.deepEqual(report.dropped, []);
  assert.equal(lines(keyFile).length, 2);
  const [left] = sql<{ audit_key: string }>(`select audit_key from subject where id = '${broken.id}'`);
  assert.equal(left?.audit_key, `${broken.audit_key}AAAA`);
  assert.equal(done.out.includes('kumquat') || done.err.includes(lines(keyFile)[0] ?? '-'), false);
});

test('a rotation that was cut off is named with what to do, and changes nothing (SPN-2)', async (context) => {
  const { command, keyFile } = await initialised(context);
  const before = readFileSync(keyFile, 'utf8');
  writeFileSync(`${keyFile}.next`, '');
  const refused = await command(['key', 'rotate', '--secrets']);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /envelope\.key\.next is there already.*remove that file/s);
  assert.equal(readFileSync(keyFile, 'utf8'), before);
});
