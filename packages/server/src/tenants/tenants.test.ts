import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TenantError } from './index.ts';
import { openServices } from './services.test-support.ts';

const refusedAs = (code: string) => (error: unknown) => error instanceof TenantError && error.code === code;

test('the built-in tenants are made once, however many ask at the same time', async (context) => {
  const { tenants, requester, actions } = await openServices(context);
  await Promise.all(Array.from({ length: 20 }, () => tenants.ensureBuiltIn(requester)));
  assert.deepEqual((await tenants.list({ limit: 10 })).map(({ id }) => id).sort(), ['_system', 'default']);
  assert.equal((await actions()).filter((action) => action === 'tenant.created').length, 1);
});

test('a tenant starts with the settings of its profile, and the change and its audit row commit together (ACC-4)', async (context) => {
  const { tenants, requester, actions } = await openServices(context);
  const acme = await tenants.create(requester, {
    id: 'acme',
    profile: 'oidc-core',
    settings: { refreshGraceSeconds: 5 },
  });
  assert.equal(acme.settings.requireNonceWithoutPkce, false);
  assert.equal(acme.settings.refreshGraceSeconds, 5);
  assert.equal((await tenants.get('acme')).profile, 'oidc-core');
  assert.ok((await actions('acme')).includes('tenant.created'));
});

test('one of many creators of one tenant succeeds, the others are told that it exists', async (context) => {
  const { tenants, requester } = await openServices(context);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, () => tenants.create(requester, { id: 'acme' })),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') assert.ok(refusedAs('duplicate_tenant')(outcome.reason));
});

test('tenant ids, names and hosts that could mislead are refused', async (context) => {
  const { tenants, requester } = await openServices(context);
  for (const id of ['', 'Acme', 'a_b', '-a', 'a-', '../x', 'a/b', 'ä', 'a'.repeat(64), 'a b']) {
    await assert.rejects(tenants.create(requester, { id }), refusedAs('invalid_tenant'), id);
  }
  await assert.rejects(tenants.create(requester, { id: '_system' }), refusedAs('reserved_tenant'));
  await assert.rejects(tenants.create(requester, { id: 'a', name: 'x\u0000' }), refusedAs('invalid_tenant'));
  for (const host of [
    'localhost',
    'https://a.example',
    'a.example:443',
    'a..example',
    '*.example.com',
    '-a.example',
  ]) {
    await assert.rejects(tenants.create(requester, { id: 'a', host }), refusedAs('invalid_tenant'), host);
  }
});

test('a host belongs to one tenant', async (context) => {
  const { tenants, requester } = await openServices(context);
  await tenants.create(requester, { id: 'a', host: 'Login.Example.com' });
  await tenants.create(requester, { id: 'b' });
  assert.equal((await tenants.get('a')).host, 'login.example.com');
  await assert.rejects(
    tenants.change(requester, 'b', { host: 'login.example.com' }),
    refusedAs('duplicate_tenant'),
  );
});

test('changes made at the same moment are all kept', async (context) => {
  const { tenants, requester } = await openServices(context);
  await Promise.all([
    tenants.change(requester, 'default', { name: 'New name' }),
    tenants.change(requester, 'default', { settings: { refreshGraceSeconds: 7 } }),
    tenants.change(requester, 'default', { settings: { auditDurability: 'strict' } }),
  ]);
  const { name, settings } = await tenants.get('default');
  assert.deepEqual([name, settings.refreshGraceSeconds, settings.auditDurability], ['New name', 7, 'strict']);
});

test('settings that contradict the profile are refused', async (context) => {
  const { tenants, requester } = await openServices(context);
  await tenants.create(requester, { id: 'bank', profile: 'fapi2-security' });
  await assert.rejects(
    tenants.change(requester, 'bank', { settings: { defaultSigningAlgorithm: 'RS256' } }),
    refusedAs('invalid_tenant'),
  );
  await assert.rejects(
    tenants.change(requester, 'bank', { settings: { requireNonceWithoutPkce: false } }),
    refusedAs('invalid_tenant'),
  );
  await assert.rejects(
    tenants.change(requester, 'bank', { settings: { refreshGraceSeconds: 61 } }),
    refusedAs('invalid_tenant'),
  );
  await assert.rejects(tenants.change(requester, 'nobody', { name: 'x' }), refusedAs('unknown_tenant'));
});
