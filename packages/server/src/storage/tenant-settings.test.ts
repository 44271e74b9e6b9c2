import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestStore } from '../testing/store.ts';
import { completeSettings, defaultDynamicClients } from './tenant-settings.ts';

const first = {
  defaultSigningAlgorithm: 'ES256',
  requireNonceWithoutPkce: true,
  refreshGraceSeconds: 0,
  refreshOnReuse: 'family',
  auditDurability: 'batched',
} as const;

test('what an older program wrote is read with the defaults of this one, and newer members stay (ACC-6)', () => {
  const completed = completeSettings(first);
  assert.deepEqual(completed, {
    ...first,
    dynamicRegistration: 'off',
    dynamicClients: defaultDynamicClients,
  });
  const partly = { ...first, dynamicRegistration: 'open', dynamicClients: { maxClients: 5 } } as const;
  assert.deepEqual(completeSettings(partly), {
    ...first,
    dynamicRegistration: 'open',
    dynamicClients: { ...defaultDynamicClients, maxClients: 5 },
  });
  assert.deepEqual(completeSettings(completed), completed);
});

test('rows of an older program beside this one are a tenant without registration and a declared client (ACC-6)', async () => {
  const opened = await openTestStore();
  try {
    const sql = opened.sql();
    sql
      .prepare(
        `insert into tenant (id, name, profile, settings, created_at, updated_at, version) values (?, ?, ?, ?, 1, 1, 1)`,
      )
      .run('old', 'Old', 'standard', JSON.stringify(first));
    sql
      .prepare(
        `insert into client (tenant, id, subject, metadata, disabled_at, created_at, updated_at, version) values (?, ?, ?, ?, 0, 1, 1, 1)`,
      )
      .run('old', 'web', 'SVC-old-web', '{}');
    assert.equal((await opened.store.tenants.find('old'))?.settings.dynamicRegistration, 'off');
    const client = await opened.store.clients.find('old', 'web');
    assert.deepEqual([client?.selfRegistration, client?.lastUsedAt], [null, 0]);
    assert.deepEqual(await opened.store.clients.listDue(9_000_000_000, 10), []);
  } finally {
    await opened.close();
  }
});
