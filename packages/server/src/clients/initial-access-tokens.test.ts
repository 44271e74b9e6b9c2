import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openServices } from '../tenants/services.test-support.ts';
import { ClientError, createInitialAccessTokens } from './index.ts';

const refusedAs = (code: string) => (error: unknown) => error instanceof ClientError && error.code === code;

test('an initial access token has 256 bits, is kept as a hash, and is found while it has uses and time (RFC 7591 §3.1)', async (context) => {
  const { store, random, requester, tenant, actions } = await openServices(context);
  const tokens = createInitialAccessTokens({ store: store.initialAccessTokens, random });
  const { record, token } = await tokens.add(requester, tenant, { uses: 2, lifetimeSeconds: 60 });
  assert.match(token, /^cs_iat_[A-Za-z0-9_-]{43}$/);
  assert.match(record.id, /^[0-9a-f]{16}$/);
  assert.equal(JSON.stringify(await tokens.list('default', requester.now)).includes(token), false);
  const { now } = requester;
  assert.equal((await tokens.findLive('default', token, now + 59))?.id, record.id);
  assert.equal(await tokens.findLive('default', token, now + 60), undefined);
  for (const other of ['', token.slice(0, -1), `${token}A`, token.toUpperCase(), record.hash, record.id]) {
    assert.equal(await tokens.findLive('default', other, now), undefined, other);
  }
  await tokens.revoke(requester, 'default', record.id);
  assert.equal(await tokens.findLive('default', token, now), undefined);
  await assert.rejects(tokens.revoke(requester, 'default', record.id), refusedAs('unknown_token'));
  const told = (await actions()).filter((action) => action.startsWith('initial'));
  assert.deepEqual(told, ['initial-access-token.revoked', 'initial-access-token.created']);
});

test('its uses and its life have bounds, and the uses those of the tenant (RFC 7591 §5)', async (context) => {
  const { store, random, requester, tenants } = await openServices(context);
  const tokens = createInitialAccessTokens({ store: store.initialAccessTokens, random });
  const tenant = await tenants.change(requester, 'default', {
    settings: { dynamicClients: { maxUsesPerToken: 3 } },
  });
  const add = (uses: number, lifetimeSeconds: number) =>
    tokens.add(requester, tenant, { uses, lifetimeSeconds });
  await add(3, 365 * 86_400);
  for (const [uses, life] of [
    [0, 60],
    [4, 60],
    [1.5, 60],
    [1, 0],
    [1, 365 * 86_400 + 1],
  ] as const) {
    await assert.rejects(add(uses, life), refusedAs('invalid_token_bounds'), `${uses} ${life}`);
  }
});
