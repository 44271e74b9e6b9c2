import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createUserCodes } from '../device/user-codes.ts';
import { createTestContext } from '../http/pages/context.test-support.ts';
import { createFormGuard } from '../login/csrf.ts';
import { addBucketSecret, dropOldBucketSecrets, readBucketSecrets } from './bucket-secrets.ts';
import { addEnvelopeKey, createEnvelopeKeyFile, dropOldEnvelopeKeys, loadEnvelopeKeys } from './envelope.ts';
import { createLiveVault } from './live-vault.ts';
import { VaultError } from './vault.ts';

function keyFile(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'envelope.key');
  assert.ok(createEnvelopeKeyFile(path));
  return path;
}

const liveVault = (path: string) => createLiveVault(() => loadEnvelopeKeys(path));
const isUnknown = (error: unknown): boolean => error instanceof VaultError && error.code === 'unknown_key';

test('a running process opens what another one sealed under a key that was added a moment ago (SPN-2)', (context) => {
  const path = keyFile(context);
  const running = liveVault(path);
  const before = running.seal('code', 'x', Buffer.from('before'));
  const { added, commit } = addEnvelopeKey(path, 1_700_000_000);
  commit();
  const after = liveVault(path).seal('code', 'x', Buffer.from('after'));
  assert.equal(after.split('.')[1], added.id);
  assert.equal(Buffer.from(running.unseal('code', 'x', after)).toString(), 'after');
  assert.equal(Buffer.from(running.unseal('code', 'x', before)).toString(), 'before');
  assert.equal(
    running.seal('code', 'x', Buffer.from('')).split('.')[1],
    added.id,
    'and seals under it from then on',
  );
});

test('a dropped envelope key opens nothing, and its file keeps the newest alone (SPN-2)', (context) => {
  const path = keyFile(context);
  const running = liveVault(path);
  const old = running.seal('code', 'x', Buffer.from('old'));
  const { added, commit } = addEnvelopeKey(path, 1_700_000_000);
  commit();
  dropOldEnvelopeKeys(path).commit();
  assert.equal(running.refresh(), true);
  assert.equal(running.refresh(), false, 'nothing has changed since');
  assert.throws(() => running.unseal('code', 'x', old), isUnknown);
  assert.deepEqual(running.keyIds(), [added.id]);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a key file that cannot be read leaves a running process with the keys it has (SPN-2)', (context) => {
  const path = keyFile(context);
  const running = liveVault(path);
  const sealed = running.seal('code', 'x', Buffer.from('still here'));
  writeFileSync(path, 'rubbish\n');
  assert.throws(() => running.refresh(), /not an envelope key file/);
  assert.equal(Buffer.from(running.unseal('code', 'x', sealed)).toString(), 'still here');
});

test('forms that are open and device codes that are pending survive a rotation, and end when the old key is dropped (SPN-2)', (context) => {
  const path = keyFile(context);
  const running = liveVault(path);
  const guard = createFormGuard({ vault: running });
  const codes = createUserCodes({ vault: running });
  const scene = createTestContext();
  const request = new Request('http://localhost:9400/login', { method: 'POST' });
  const form = guard.issue(scene, 'cookie', 'login');
  const hash = codes.hash('default', 'WDJBMJHT');
  addEnvelopeKey(path, 1_700_000_000).commit();
  running.refresh();
  guard.verify(request, scene, 'cookie', 'login', form);
  assert.notEqual(guard.issue(scene, 'cookie', 'login'), form, 'new forms carry the new key');
  assert.notEqual(codes.hash('default', 'WDJBMJHT'), hash);
  assert.ok(codes.hashes('default', 'WDJBMJHT').includes(hash));
  dropOldEnvelopeKeys(path).commit();
  running.refresh();
  assert.throws(() => guard.verify(request, scene, 'cookie', 'login', form), /form-refused/);
  assert.equal(codes.hashes('default', 'WDJBMJHT').includes(hash), false);
});

test('of two rotations at the same moment the second is refused, and one that is given up changes nothing (SPN-2)', (context) => {
  const path = keyFile(context);
  const before = readFileSync(path, 'utf8');
  const first = addEnvelopeKey(path, 1);
  assert.throws(() => addEnvelopeKey(path, 1), { name: 'KeyFileError', code: 'busy' });
  first.abandon();
  assert.equal(readFileSync(path, 'utf8'), before);
  assert.equal(existsSync(`${path}.next`), false);
  addEnvelopeKey(path, 1).commit();
  assert.equal(loadEnvelopeKeys(path).length, 2);
});

test('the key of the buckets keeps its value through a rotation, and one that was not made here is not touched (SPN-2, SPN-18)', (context) => {
  const path = keyFile(context);
  const [before] = readBucketSecrets(path);
  assert.deepEqual(before, readFileSync(path), 'the whole file, as ever');
  addBucketSecret(path, 1_700_000_000).commit();
  const both = readBucketSecrets(path);
  assert.equal(both.length, 2);
  assert.deepEqual(both[1], before);
  dropOldBucketSecrets(path).commit();
  assert.deepEqual(
    readBucketSecrets(path),
    both.slice(0, 1).map((key) => Buffer.from(key)),
  );
  writeFileSync(path, 'a secret from elsewhere, long enough');
  assert.deepEqual(readBucketSecrets(path), [readFileSync(path)]);
  assert.throws(() => addBucketSecret(path, 1), /was not made here/);
  writeFileSync(path, 'short');
  assert.throws(() => readBucketSecrets(path), /less than 16 bytes/);
});
