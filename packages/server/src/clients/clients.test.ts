import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError, parseSubjectId } from '@countersign/protocol';
import { openServices } from '../tenants/services.test-support.ts';
import { ClientError, createClientSecretVerifier, createClients } from './index.ts';

const machine = {
  grant_types: ['client_credentials'],
  scope: 'read',
  token_endpoint_auth_method: 'client_secret_basic',
};
const chosen = 'a chosen secret %:+';
const refusedAs = (code: string) => (error: unknown) => error instanceof ClientError && error.code === code;

test('a registered client gets an SVC id and a secret of 256 bits that is stored as a hash only (SPN-12)', async (context) => {
  const { clients, requester, tenant, actions } = await openServices(context);
  const { client, secret } = await clients.register(requester, tenant, { id: 'job', metadata: machine });
  assert.equal(parseSubjectId(client.subject).kind, 'svc');
  assert.match(secret ?? '', /^[A-Za-z0-9_-]{43}$/);
  const stored = await clients.get('default', 'job');
  assert.equal(JSON.stringify(stored).includes(secret ?? '-'), false);
  assert.match(stored.secrets[0]?.hash ?? '', /^[A-Za-z0-9_-]{43}$/);
  assert.ok((await actions()).includes('client.registered'));
});

test('a chosen secret is stored as Argon2id, and has at least twelve printable characters', async (context) => {
  const { clients, requester, tenant } = await openServices(context);
  const { client, secret } = await clients.register(requester, tenant, {
    id: 'job',
    metadata: machine,
    secret: chosen,
  });
  assert.equal(secret, null);
  assert.match(client.secrets[0]?.hash ?? '', /^\$argon2id\$/);
  for (const bad of ['short', 'x'.repeat(257), 'with\nline break', 'ümlaut-secret-x', 'nul\0-secret-xxxx']) {
    await assert.rejects(
      clients.register(requester, tenant, { id: 'other', metadata: machine, secret: bad }),
      refusedAs('invalid_secret'),
    );
  }
  assert.equal(await clients.find('default', 'other'), undefined);
});

test('bad ids, bad metadata and a secret without a use are refused', async (context) => {
  const { clients, requester, tenant } = await openServices(context);
  const register = (id: string, metadata: object, secret?: string) =>
    clients.register(requester, tenant, { id, metadata: { ...machine, ...metadata }, secret });
  for (const id of ['', 'a b', 'a"b', 'a<b', 'ä', 'a\n', 'x'.repeat(201)])
    await assert.rejects(register(id, {}), refusedAs('invalid_client_id'), id);
  await assert.rejects(
    register('web', { grant_types: ['authorization_code'] }),
    refusedAs('invalid_metadata'),
  );
  await assert.rejects(
    register('web', { token_endpoint_auth_method: 'none' }),
    refusedAs('invalid_metadata'),
  );
  const open = {
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    redirect_uris: ['https://a.example/cb'],
  };
  await assert.rejects(register('web', open, 'a secret for nothing'), refusedAs('invalid_secret'));
  await register('ok:client/1@x', {});
  await assert.rejects(register('ok:client/1@x', {}), refusedAs('duplicate_client'));
});

test('two secrets live side by side, a third is refused, and an ended one stops at once', async (context) => {
  const { clients, requester, tenant, hasher } = await openServices(context);
  const verify = createClientSecretVerifier({ hasher });
  const { client, secret: first } = await clients.register(requester, tenant, {
    id: 'job',
    metadata: machine,
  });
  const added = await clients.addSecret(requester, 'default', 'job', {});
  const works = async (secret: string | null, now = requester.now) =>
    verify(await clients.get('default', 'job'), secret ?? '', now);
  assert.deepEqual([await works(first), await works(added.secret)], [true, true]);
  await assert.rejects(clients.addSecret(requester, 'default', 'job', {}), refusedAs('too_many_secrets'));
  await clients.expireSecret(requester, 'default', 'job', client.secrets[0]?.id ?? '', requester.now);
  assert.deepEqual([await works(first), await works(added.secret)], [false, true]);
  await clients.addSecret(requester, 'default', 'job', { chosen });
  assert.equal(await works(chosen), true);
  await assert.rejects(
    clients.expireSecret(requester, 'default', 'job', 'nosuch', requester.now),
    refusedAs('unknown_secret'),
  );
});

test('a secret with an end works until then and not from then on', async (context) => {
  const { clients, requester, tenant, hasher } = await openServices(context);
  const verify = createClientSecretVerifier({ hasher });
  await clients.register(requester, tenant, { id: 'job', metadata: machine });
  const end = requester.now + 100;
  for (const secret of [undefined, chosen]) {
    const added = await clients.addSecret(requester, 'default', 'job', { chosen: secret, expiresAt: end });
    const client = await clients.get('default', 'job');
    const presented = secret ?? added.secret ?? '';
    assert.deepEqual(
      [await verify(client, presented, end - 1), await verify(client, presented, end)],
      [true, false],
    );
    await clients.expireSecret(requester, 'default', 'job', added.record.id, requester.now);
  }
});

test('wrong, empty, overlong and foreign secrets, and unknown clients, do not match', async (context) => {
  const { clients, requester, tenant, hasher } = await openServices(context);
  const verify = createClientSecretVerifier({ hasher });
  const { client, secret } = await clients.register(requester, tenant, { id: 'job', metadata: machine });
  const other = await clients.register(requester, tenant, { id: 'other', metadata: machine, secret: chosen });
  const presented = [
    '',
    'x',
    `${secret} `,
    secret?.slice(1) ?? '',
    chosen,
    'x'.repeat(100_000),
    client.secrets[0]?.hash ?? '',
  ];
  for (const wrong of presented) assert.equal(await verify(client, wrong, requester.now), false);
  assert.equal(await verify(undefined, secret ?? '', requester.now), false);
  assert.equal(await verify({ ...client, secrets: [] }, secret ?? '', requester.now), false);
  assert.equal(await verify(other.client, other.client.secrets[0]?.hash ?? '', requester.now), false);
});

test('a chosen secret pays Argon2id once, a wrong try always, and a removed secret is forgotten', async (context) => {
  const { clients, requester, tenant, hasher } = await openServices(context);
  let hashes = 0;
  const counting = {
    ...hasher,
    verify: (...args: Parameters<typeof hasher.verify>) => {
      hashes += 1;
      return hasher.verify(...args);
    },
  };
  const verify = createClientSecretVerifier({ hasher: counting, memoLimit: 2 });
  const { client } = await clients.register(requester, tenant, {
    id: 'job',
    metadata: machine,
    secret: chosen,
  });
  const together = await Promise.all(Array.from({ length: 20 }, () => verify(client, chosen, requester.now)));
  assert.deepEqual([together.every(Boolean), hashes], [true, 1]);
  assert.equal(await verify(client, chosen, requester.now), true);
  assert.equal(hashes, 1);
  assert.equal(await verify(client, 'a wrong secret!', requester.now), false);
  assert.equal(await verify(client, 'a wrong secret!', requester.now), false);
  assert.equal(hashes, 3);
  assert.equal(await verify({ ...client, secrets: [] }, chosen, requester.now), false);
  assert.equal(await verify({ ...client, id: 'renamed' }, chosen, requester.now), true);
  assert.equal(hashes, 4);
});

test('a change keeps what it does not name, obeys the rules, and commits with its audit row (ACC-4)', async (context) => {
  const { clients, requester, tenant, actions } = await openServices(context);
  const web = {
    grant_types: ['authorization_code'],
    redirect_uris: ['https://a.example/cb'],
    scope: 'openid',
    client_name: 'Web',
  };
  await clients.register(requester, tenant, { id: 'web', metadata: web });
  const changed = await clients.change(requester, tenant, 'web', {
    redirect_uris: ['https://b.example/cb'],
    first_party: true,
  });
  assert.deepEqual(
    [changed.metadata.redirectUris, changed.metadata.clientName, changed.metadata.firstParty],
    [['https://b.example/cb'], 'Web', true],
  );
  const again = await clients.change(requester, tenant, 'web', {
    grant_types: ['client_credentials'],
    first_party: false,
  });
  assert.deepEqual([again.metadata.responseTypes, again.metadata.firstParty], [[], false]);
  await assert.rejects(
    clients.change(requester, tenant, 'web', { redirect_uris: ['http://b.example/cb'] }),
    refusedAs('invalid_metadata'),
  );
  await assert.rejects(clients.change(requester, tenant, 'nobody', {}), refusedAs('unknown_client'));
  assert.ok((await actions()).includes('client.changed'));
});

test('a client without a secret cannot be switched to authenticate by one', async (context) => {
  const { clients, requester, tenant } = await openServices(context);
  const open = {
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    redirect_uris: ['https://a.example/cb'],
  };
  await clients.register(requester, tenant, { id: 'spa', metadata: open });
  await assert.rejects(
    clients.change(requester, tenant, 'spa', { token_endpoint_auth_method: 'client_secret_basic' }),
    refusedAs('invalid_metadata'),
  );
});

test('a check of the world outside is awaited before anything is written, at registration and at a change (RFC 7591 §3.2.2)', async (context) => {
  const { store, hasher, random, requester, tenant, actions } = await openServices(context);
  const asked: (string | undefined)[] = [];
  const clients = createClients({
    store: store.clients,
    hasher,
    random,
    revocationSeconds: 60,
    checks: [
      async ({ clientName }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        asked.push(clientName);
        if (clientName === 'bad')
          throw new OAuthError('invalid_client_metadata', 'its document is not there');
      },
    ],
  });
  const register = (id: string, client_name: string) =>
    clients.register(requester, tenant, { id, metadata: { ...machine, client_name } });
  await assert.rejects(register('job', 'bad'), refusedAs('invalid_metadata'));
  assert.equal(await clients.find('default', 'job'), undefined);
  await register('job', 'good');
  await assert.rejects(
    clients.change(requester, tenant, 'job', { client_name: 'bad' }),
    refusedAs('invalid_metadata'),
  );
  assert.equal((await clients.get('default', 'job')).metadata.clientName, 'good');
  assert.deepEqual(asked, ['bad', 'good', 'bad']);
  assert.equal((await actions()).includes('client.changed'), false);
});

test('a disabled client stays registered, a removed one is gone, in its own tenant only', async (context) => {
  const { clients, tenants, requester, tenant } = await openServices(context);
  const acme = await tenants.create(requester, { id: 'acme' });
  await clients.register(requester, tenant, { id: 'job', metadata: machine });
  await clients.register(requester, acme, { id: 'job', metadata: machine });
  assert.notEqual((await clients.setEnabled(requester, 'default', 'job', false)).disabledAt, 0);
  assert.equal((await clients.get('acme', 'job')).disabledAt, 0);
  assert.equal((await clients.setEnabled(requester, 'default', 'job', true)).disabledAt, 0);
  await clients.remove(requester, 'default', 'job');
  await assert.rejects(clients.get('default', 'job'), refusedAs('unknown_client'));
  assert.equal((await clients.get('acme', 'job')).tenant, 'acme');
});
