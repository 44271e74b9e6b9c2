import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Client,
  createFlow,
  type Flow,
  publicClient,
  webClient,
} from './authorize/flow.test-support.ts';
import { type Harness, openHarness, serviceMetadata } from './testing/harness.ts';

let harness: Harness;
let flow: Flow;

before(async () => {
  harness = await openHarness();
  flow = createFlow(harness);
});
after(() => harness.close());

const revoke = (client: Client, form: Record<string, string>) =>
  harness.post('/oauth2/revoke', client.secret === null ? { ...form, client_id: client.id } : form, {
    client,
  });

async function personTokens(metadata: Record<string, unknown> = webClient) {
  const [client, person] = [await flow.client(metadata), await flow.person()];
  return { client, person, ...(await flow.tokens(client, person, { scope: 'openid offline_access' })) };
}

test('revocation without authentication is refused, and revokes nothing (RFC 7009 §2.1, SPN-5)', async () => {
  const { client, access_token } = await personTokens();
  for (const response of [
    await harness.post('/oauth2/revoke', { token: access_token }),
    await harness.post('/oauth2/revoke', { token: access_token, client_id: client.id }),
    await revoke({ ...client, secret: 'wrong' }, { token: access_token }),
  ]) {
    assert.equal(response.status, 401);
    assert.equal(((await response.json()) as { error: string }).error, 'invalid_client');
  }
  assert.ok(await flow.isActive(client, access_token));
});

test('revoking answers 200 without a body: once, twice, and for a token nobody knows (RFC 7009 §2.2, SPN-5)', async () => {
  const { client, access_token, refresh_token } = await personTokens();
  for (const token of [
    access_token,
    access_token,
    refresh_token,
    refresh_token,
    'unknown',
    'cs_rt_x',
    'a.b.c',
    'cs_at_x',
  ]) {
    const response = await revoke(client, { token });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '');
    assert.equal(response.headers.get('cache-control'), 'no-store');
  }
});

test('a revoked access token is inactive at once, and its refresh token lives (RFC 7009 §2.1, SPN-5)', async () => {
  for (const format of ['jwt', 'opaque']) {
    const { client, access_token, refresh_token } = await personTokens({
      ...webClient,
      access_token_format: format,
    });
    await revoke(client, { token: access_token });
    assert.equal(await flow.isActive(client, access_token), false, format);
    assert.ok(await flow.isActive(client, refresh_token), format);
    const userinfo = await harness.fetch('/oauth2/userinfo', {
      headers: { authorization: `Bearer ${access_token}` },
    });
    assert.equal(userinfo.status, 401, format);
  }
});

test('revoking a refresh token ends its family with every access token of the grant (RFC 7009 §2.1, SPN-5)', async () => {
  const { client, access_token, refresh_token } = await personTokens();
  const renewed = (await flow.refresh(client, refresh_token)).body;
  assert.ok(await flow.isActive(client, renewed.access_token));
  await revoke(client, { token: renewed.refresh_token });
  for (const token of [access_token, renewed.access_token, renewed.refresh_token, refresh_token]) {
    assert.equal(await flow.isActive(client, token), false);
  }
  assert.equal((await flow.refresh(client, renewed.refresh_token)).body.error, 'invalid_grant');
});

test('an older refresh token of the family ends it just as well (RFC 7009 §2.1, SPN-5)', async () => {
  const { client, refresh_token } = await personTokens();
  const renewed = (await flow.refresh(client, refresh_token)).body;
  assert.equal((await revoke(client, { token: refresh_token })).status, 200);
  assert.equal(await flow.isActive(client, renewed.refresh_token), false);
  assert.equal(await flow.isActive(client, renewed.access_token), false);
});

test('a public client revokes its own tokens by naming itself (RFC 7009 §2.1, SPN-5)', async () => {
  const { client, refresh_token } = await personTokens(publicClient);
  assert.equal((await revoke(client, { token: refresh_token })).status, 200);
  assert.equal((await flow.refresh(client, refresh_token)).body.error, 'invalid_grant');
});

test('the token of another client is refused, and lives on (RFC 7009 §2.1, SPN-5)', async () => {
  const { client, access_token, refresh_token } = await personTokens();
  const other = await flow.client(webClient);
  for (const token of [access_token, refresh_token]) {
    const response = await revoke(other, { token });
    assert.equal(response.status, 400);
    assert.equal(((await response.json()) as { error: string }).error, 'invalid_grant');
    assert.ok(await flow.isActive(client, token));
  }
});

test('a forged refresh token with a real family in it revokes nothing (SPN-5)', async () => {
  const { client, refresh_token } = await personTokens();
  const forged = `${refresh_token.slice(0, refresh_token.lastIndexOf('.'))}.${'A'.repeat(43)}`;
  assert.equal((await revoke(client, { token: forged })).status, 200);
  assert.ok(await flow.isActive(client, refresh_token));
});

test('a token of another tenant with an equal client id lives on (decision 2, SPN-5)', async () => {
  const acme = await harness.addTenant({ id: 'acme' });
  const here = await harness.addClient('equal', serviceMetadata);
  const there = await harness.addClient('equal', serviceMetadata, acme);
  const credentials = { client: { id: 'equal', secret: here.secret } };
  const token = (
    (await (
      await harness.post('/oauth2/token', { grant_type: 'client_credentials' }, credentials)
    ).json()) as {
      access_token: string;
    }
  ).access_token;
  const response = await harness.post(
    '/t/acme/oauth2/revoke',
    { token },
    { client: { id: 'equal', secret: there.secret } },
  );
  assert.equal(response.status, 200);
  assert.ok(await flow.isActive(credentials.client, token));
});

test('a wrong or unknown hint changes nothing; an ID token is unsupported_token_type (RFC 7009 §2.1, §2.2.1, SPN-5)', async () => {
  const { client, access_token, refresh_token, id_token } = await personTokens();
  await revoke(client, { token: access_token, token_type_hint: 'refresh_token' });
  assert.equal(await flow.isActive(client, access_token), false);
  await revoke(client, { token: refresh_token, token_type_hint: 'nonsense' });
  assert.equal(await flow.isActive(client, refresh_token), false);
  const response = await revoke(client, { token: id_token, token_type_hint: 'id_token' });
  assert.equal(response.status, 400);
  assert.equal(((await response.json()) as { error: string }).error, 'unsupported_token_type');
  assert.equal((await revoke(client, {})).status, 400);
});

test('a revocation is in the audit chain with who asked, and in the outbox (ACC-4, SPN-5)', async () => {
  const { client, access_token } = await personTokens();
  await revoke(client, { token: access_token });
  const [entry] = await flow.audited('token.revoked');
  assert.deepEqual(entry?.actor, { kind: 'client', id: client.id });
});
