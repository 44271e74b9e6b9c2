import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import { createFlow } from '../authorize/flow.test-support.ts';
import type { SubjectRecord } from '../storage/ports.ts';
import { createAuditKey } from '../subjects/audit-key.ts';
import { systemRandom } from '../system.ts';
import { createLogger } from '../telemetry/log.ts';
import { openHarness, serviceMetadata } from '../testing/harness.ts';
import { openTestStore } from '../testing/store.ts';
import { createAuditLog } from './log.ts';

test('an issuance is audited within a moment, and at once when the process ends (ACC-4)', async () => {
  const harness = await openHarness();
  const flow = createFlow(harness);
  const client = await flow.client(serviceMetadata);
  await flow.token(client, { grant_type: 'client_credentials' });
  assert.equal((await flow.audited('token.issued')).length, 0, 'the issuing path waits for no write');
  await harness.app.stop();
  const [record] = await flow.audited('token.issued');
  assert.deepEqual(record?.actor, { kind: 'client', id: client.id });
  await harness.close();
});

test('under strict durability the record is written before the token leaves (ACC-4)', async () => {
  const harness = await openHarness();
  await harness.changeTenant({ auditDurability: 'strict' });
  const flow = createFlow(harness);
  const client = await flow.client(serviceMetadata);
  await flow.token(client, { grant_type: 'client_credentials' });
  assert.equal((await flow.audited('token.issued')).length, 1);
  await harness.store.close();
  const refused = await flow.token(client, { grant_type: 'client_credentials' });
  assert.equal(refused.status, 503);
  assert.equal(refused.body.access_token, undefined);
  await harness.close();
});

test('when records cannot be written no more tokens are issued, and those in hand are in the log at the end (ACC-4, SPN-1)', async () => {
  const harness = await openHarness();
  const flow = createFlow(harness);
  const client = await flow.client(serviceMetadata);
  assert.equal((await flow.token(client, { grant_type: 'client_credentials' })).status, 200);
  await harness.store.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const refused = await flow.token(client, { grant_type: 'client_credentials' });
  assert.equal(refused.status, 503);
  assert.equal(refused.body.access_token, undefined);
  await harness.app.stop();
  const lost = harness.logged.filter((line) => line.includes('this line stands for it'));
  assert.equal(lost.length, 1);
  await harness.close();
});

test('personal values are sealed under the key of their subject: without it, or for another row, they do not open (ACC-4)', async () => {
  const { vault, close, store } = await openTestStore();
  const log = createAuditLog({ store: store.audit, vault, log: createLogger('silent') });
  const subjectOf = (id: string): SubjectRecord =>
    ({
      id,
      tenant: 'default',
      auditKey: createAuditKey({ vault, random: systemRandom }, 'default', id),
    }) as SubjectRecord;
  const [ada, bob] = [subjectOf('USR-default-ada'), subjectOf('USR-default-bob')];
  const sealed = log.sealPersonal(ada, { device: 'CANARY browser' });
  assert.equal(sealed?.subject, ada.id);
  assert.equal(JSON.stringify(sealed).includes('CANARY'), false);
  assert.notEqual(
    log.sealPersonal(ada, { device: 'x' })?.sealed,
    log.sealPersonal(ada, { device: 'x' })?.sealed,
  );

  const keyOf = (subject: SubjectRecord): Uint8Array =>
    vault.unseal('subject-audit-key', `subject-audit-key default ${subject.id}`, subject.auditKey);
  const open = (key: Uint8Array, subject: string): unknown => {
    const [, nonce = '', body = ''] = String(sealed?.sealed).split('.');
    const bytes = Buffer.from(body, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'));
    decipher.setAAD(Buffer.from(`audit default ${subject}`));
    decipher.setAuthTag(bytes.subarray(-16));
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString());
  };
  assert.deepEqual(open(keyOf(ada), ada.id), { device: 'CANARY browser' });
  assert.throws(() => open(keyOf(bob), ada.id));
  assert.throws(() => open(keyOf(ada), bob.id));
  // A key sealed for one person's record is no key in another's.
  assert.throws(() => log.sealPersonal({ ...ada, auditKey: bob.auditKey }, {}));
  await close();
});
