import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Client,
  createFlow,
  type Flow,
  publicClient,
  readJwt,
  webClient,
} from './authorize/flow.test-support.ts';
import { createClients } from './clients/index.ts';
import { createPasswordHasher } from './subjects/index.ts';
import { systemRandom } from './system.ts';
import { type Harness, openHarness, serviceMetadata, testIssuer } from './testing/harness.ts';

const api = 'https://api.example';
const inactive = '{"active":false}';

let harness: Harness;
let flow: Flow;
/** A client that owns nothing, and the one that the tokens are meant for. */
let stranger: Client;
let resource: Client;

before(async () => {
  harness = await openHarness();
  flow = createFlow(harness);
  stranger = await flow.client(serviceMetadata);
  resource = await flow.client({ ...serviceMetadata, audiences: [api] });
});
after(() => harness.close());

const ask = (client: Client, token: string, extra: Record<string, string> = {}) =>
  harness.post('/oauth2/introspect', { token, ...extra }, { client });
const bodyOf = async (client: Client, token: string): Promise<string> => (await ask(client, token)).text();

async function serviceToken(
  metadata: Record<string, unknown> = {},
): Promise<{ client: Client; token: string }> {
  const client = await flow.client({ ...serviceMetadata, ...metadata });
  const answer = await flow.token(client, { grant_type: 'client_credentials' });
  assert.equal(answer.status, 200);
  return { client, token: answer.body.access_token };
}

async function personTokens(metadata: Record<string, unknown> = webClient) {
  const [client, person] = [await flow.client(metadata), await flow.person()];
  return { client, person, ...(await flow.tokens(client, person, { scope: 'openid offline_access' })) };
}

test('introspection without authentication is refused, and a public client has proven nothing (RFC 7662 §2.1, §4, SPN-4)', async () => {
  const { token } = await serviceToken();
  const open = await flow.client(publicClient);
  const wrong = { ...stranger, secret: 'wrong' };
  for (const response of [
    await harness.post('/oauth2/introspect', { token }),
    await harness.post('/oauth2/introspect', { token, client_id: open.id }),
    await ask(wrong, token),
  ]) {
    assert.equal(response.status, 401);
    assert.match(response.headers.get('www-authenticate') ?? '', /^Basic /);
    assert.equal(((await response.json()) as { error: string }).error, 'invalid_client');
  }
});

test('introspection answers the members of an access token with the kind of its subject (RFC 7662 §2.2, SPN-4)', async () => {
  const { client, token } = await serviceToken({ audiences: [api] });
  const response = await ask(client, token);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const { claims } = readJwt(token);
  assert.deepEqual(await response.json(), {
    active: true,
    iss: testIssuer,
    sub: client.record.subject,
    aud: api,
    client_id: client.id,
    scope: 'api:read',
    token_type: 'Bearer',
    exp: claims.exp,
    iat: claims.iat,
    jti: claims.jti,
    typ: 'svc',
  });
});

test('introspection answers how and when a person signed in (RFC 7662 §2.2, SPN-4)', async () => {
  const { client, person, access_token, refresh_token } = await personTokens();
  const access = JSON.parse(await bodyOf(client, access_token)) as Record<string, unknown>;
  assert.equal(access.sub, person.subject.id);
  assert.equal(access.typ, 'usr');
  assert.equal(access.auth_time, person.session.authTime);
  assert.deepEqual(access.amr, ['pwd']);
  const refresh = JSON.parse(await bodyOf(client, refresh_token)) as Record<string, unknown>;
  assert.equal(refresh.active, true);
  assert.equal(refresh.token_type, 'refresh_token');
  assert.equal(refresh.sub, person.subject.id);
  assert.ok(Number(refresh.exp) > harness.clock.now());
});

test('a client sees only tokens whose audience or owner it is (SPN-4)', async () => {
  const { client, token } = await serviceToken({ audiences: [api] });
  assert.match(await bodyOf(client, token), /"active":true/);
  assert.match(await bodyOf(resource, token), /"active":true/);
  assert.equal(await bodyOf(stranger, token), inactive);
  const named = await serviceToken({ audiences: [`urn:${stranger.id}`] });
  assert.equal(await bodyOf(stranger, named.token), inactive);
});

test('a refresh token is shown to its own client only, whatever the audience (SPN-4)', async () => {
  const { client, refresh_token } = await personTokens({ ...webClient, audiences: [api] });
  assert.match(await bodyOf(client, refresh_token), /"active":true/);
  assert.equal(await bodyOf(resource, refresh_token), inactive);
  assert.equal(await bodyOf(stranger, refresh_token), inactive);
});

test('unknown, expired, revoked and foreign tokens look the same, to the byte (RFC 7662 §2.2, SPN-4)', async () => {
  const alive = await serviceToken();
  const revoked = await serviceToken();
  await harness.post('/oauth2/revoke', { token: revoked.token }, { client: revoked.client });
  const tokens = await personTokens();
  await harness.post('/oauth2/revoke', { token: tokens.refresh_token }, { client: tokens.client });
  const globex = await harness.addTenant({ id: 'globex' });
  const other = await flow.client(serviceMetadata, globex);
  const abroad = (await flow.token(other, { grant_type: 'client_credentials' }, '/t/globex')).body
    .access_token;
  const [header = '', payload = '', signature = ''] = alive.token.split('.');
  const opaque = await serviceToken({ access_token_format: 'opaque' });
  const short = await serviceToken();
  harness.clock.advance(10);
  const cases: readonly (readonly [string, Client, string])[] = [
    ['rubbish', alive.client, 'rubbish'],
    ['foreign', stranger, alive.token],
    ['revoked', revoked.client, revoked.token],
    ['revoked refresh token', tokens.client, tokens.refresh_token],
    ['access token of a revoked grant', tokens.client, tokens.access_token],
    ['ID token', tokens.client, tokens.id_token],
    ['another tenant’s', alive.client, abroad],
    ['forged', alive.client, `${header}.${payload}.${signature.slice(0, -4)}AAAA`],
    [
      'alg none',
      alive.client,
      `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`,
    ],
    ['unknown opaque token', opaque.client, `cs_at_${'A'.repeat(43)}`],
    ['foreign opaque token', stranger, opaque.token],
    ['unknown refresh token', alive.client, `cs_rt_${'A'.repeat(22)}.0.${'A'.repeat(43)}`],
    ['long', alive.client, 'x'.repeat(50_000)],
  ];
  const headersOf = (response: Response): unknown =>
    [...response.headers].filter(([name]) => name !== 'x-trace-id');
  const expected = headersOf(await ask(stranger, 'unknown'));
  for (const [title, client, token] of cases) {
    const response = await ask(client, token);
    assert.equal(response.status, 200, title);
    assert.deepEqual(headersOf(response), expected, title);
    assert.equal(await response.text(), inactive, title);
  }
  harness.clock.advance(300);
  assert.equal(await bodyOf(short.client, short.token), inactive, 'a token past its expiry (SPN-1)');
  assert.equal(await bodyOf(opaque.client, opaque.token), inactive);
});

test('a wrong hint changes nothing, and a missing token is invalid_request (RFC 7662 §2.1, SPN-4)', async () => {
  const { client, token } = await serviceToken();
  for (const token_type_hint of ['refresh_token', 'access_token', 'nonsense']) {
    assert.match(await (await ask(client, token, { token_type_hint })).text(), /"active":true/);
  }
  const response = await harness.post('/oauth2/introspect', {}, { client });
  assert.equal(response.status, 400);
});

test('a token of a disabled person is inactive at once, access and refresh (SPN-1, SPN-4)', async () => {
  const { client, person, access_token, refresh_token } = await personTokens();
  const { id, tenant } = person.subject;
  const now = harness.clock.now();
  await harness.store.subjects.disable(
    tenant,
    id,
    { tenant, kind: 'subject', id, revokedAt: now, expiresAt: now + 600 },
    {},
  );
  assert.equal(await bodyOf(client, access_token), inactive);
  assert.equal(await bodyOf(client, refresh_token), inactive);
  await harness.store.subjects.enable(tenant, id, now + 1, {});
  assert.equal(await bodyOf(client, access_token), inactive, 'and stays so when the person is enabled again');
});

test('a token of a disabled or removed client is inactive at once (SPN-1, SPN-4)', async () => {
  const clients = createClients({
    store: harness.store.clients,
    hasher: createPasswordHasher({ concurrency: 1, queue: 10 }),
    random: systemRandom,
    revocationSeconds: 360,
  });
  const requester = {
    actor: { kind: 'operator' as const, id: 'test' },
    traceId: '',
    now: harness.clock.now(),
  };
  const { client, token } = await serviceToken({ audiences: [api] });
  assert.match(await bodyOf(resource, token), /"active":true/);
  await clients.setEnabled(requester, 'default', client.id, false);
  assert.equal(await bodyOf(resource, token), inactive);
  await clients.setEnabled(requester, 'default', client.id, true);
  assert.match(await bodyOf(resource, token), /"active":true/);
  await clients.remove(requester, 'default', client.id);
  assert.equal(await bodyOf(resource, token), inactive);
});

for (const kind of ['token', 'grant', 'session', 'subject', 'client'] as const) {
  for (const format of ['jwt', 'opaque'] as const) {
    test(`a revocation by ${kind} makes the ${format} access token inactive at once (SPN-1, SPN-4)`, async () => {
      const { client, access_token } = await personTokens({
        ...webClient,
        access_token_format: format,
        audiences: [api],
      });
      const seen = JSON.parse(await bodyOf(resource, access_token)) as Record<string, unknown>;
      assert.equal(seen.active, true);
      const sessions = await harness.store.sessions.listLive(
        'default',
        String(seen.sub),
        harness.clock.now(),
      );
      const families = await harness.store.refreshFamilies.listLiveBySubject(
        'default',
        String(seen.sub),
        harness.clock.now(),
      );
      const ids = {
        token: seen.jti,
        grant: families[0]?.id,
        session: sessions[0]?.id,
        subject: seen.sub,
        client: client.id,
      };
      const now = harness.clock.now();
      await harness.store.revocations.add(
        { tenant: 'default', kind, id: String(ids[kind]), revokedAt: now, expiresAt: now + 600 },
        {},
      );
      assert.equal(await bodyOf(resource, access_token), inactive);
    });
  }
}

test('when the store cannot answer, introspection is 503 and calls nothing active (SPN-1)', async () => {
  const world = await openHarness();
  const own = createFlow(world);
  const client = await own.client(serviceMetadata);
  assert.equal((await own.token(client, { grant_type: 'client_credentials' })).status, 200);
  await world.store.close();
  const response = await world.post('/oauth2/introspect', { token: 'cs_at_unknown' }, { client });
  assert.equal(response.status, 503);
  assert.doesNotMatch(await response.text(), /active/);
  await world.close();
});
