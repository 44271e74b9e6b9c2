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

test('strict and fapi2-security take no registrations over the network, and a change to them ends those (CAP-1)', async (context) => {
  const { tenants, requester } = await openServices(context);
  await tenants.create(requester, { id: 'acme', settings: { dynamicRegistration: 'open' } });
  for (const profile of ['strict', 'fapi2-security'] as const) {
    await tenants.create(requester, { id: profile, profile });
    for (const dynamicRegistration of ['token', 'open'] as const) {
      await assert.rejects(
        tenants.change(requester, profile, { settings: { dynamicRegistration } }),
        refusedAs('invalid_tenant'),
      );
      await assert.rejects(
        tenants.change(requester, 'acme', { profile, settings: { dynamicRegistration } }),
        refusedAs('invalid_tenant'),
      );
    }
  }
  assert.equal((await tenants.get('acme')).settings.dynamicRegistration, 'open');
  const strict = await tenants.change(requester, 'acme', { profile: 'strict' });
  assert.equal(strict.settings.dynamicRegistration, 'off');
});

test('the bounds of clients that register themselves are set one by one, within their ranges (RFC 7591 §5)', async (context) => {
  const { tenants, requester, store } = await openServices(context);
  await tenants.create(requester, { id: 'acme' });
  const set = (dynamicClients: object) =>
    tenants.change(requester, 'acme', { settings: { dynamicClients: dynamicClients } });
  await set({ maxClients: 5 });
  const { settings } = await set({
    unusedSeconds: 86_400,
    allowedScope: ['openid', 'api'],
    defaultScope: ['openid'],
  });
  const { maxClients, unusedSeconds, allowedScope, neverUsedSeconds } = settings.dynamicClients;
  assert.deepEqual(
    [maxClients, unusedSeconds, allowedScope, neverUsedSeconds],
    [5, 86_400, ['openid', 'api'], 86_400],
  );
  const [entry] = await store.audit.listNewest('acme', 1);
  assert.match(String(entry?.details.members), /settings\.dynamicClients\.unusedSeconds/);
  for (const bad of [
    { maxClients: -1 },
    { maxClients: 1.5 },
    { registrationsPerHour: 0 },
    { neverUsedSeconds: 60 },
    { unusedSeconds: 3600 },
    { maxUsesPerToken: 0 },
    { allowedGrants: ['implicit' as never] },
    { defaultScope: ['profile'] },
    { allowedScope: ['a b'], defaultScope: [] },
    { allowedScope: ['a"'], defaultScope: [] },
    { allowedScope: ['a', 'a'], defaultScope: [] },
    { statementIssuers: [{ issuer: '', jwks: { keys: [] } }] },
    { statementIssuers: [{ issuer: 'https://i.example', jwks: { keys: [] } }] },
    { statementIssuers: [{ issuer: 'https://i.example', jwks: { keys: [{ kty: 'oct', k: 'AA' }] } }] },
    { statementIssuers: [{ issuer: 'https://i.example', jwksUri: 'http://i.example/jwks' }] },
    {
      statementIssuers: [
        { issuer: 'https://i.example', jwksUri: 'https://i.example/jwks' },
        { issuer: 'https://i.example', jwksUri: 'https://j.example/jwks' },
      ],
    },
  ]) {
    await assert.rejects(set(bad), refusedAs('invalid_tenant'), JSON.stringify(bad));
  }
  assert.equal((await tenants.get('acme')).settings.dynamicClients.maxClients, 5);
});
