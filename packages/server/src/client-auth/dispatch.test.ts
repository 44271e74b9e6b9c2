import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClients } from '../clients/index.ts';
import { createPasswordHasher } from '../subjects/index.ts';
import { systemRandom } from '../system.ts';
import { type Harness, openHarness, serviceMetadata, testIssuer } from '../testing/harness.ts';
import { addAssertionClient, assertionType } from './assertion.test-support.ts';

let harness: Harness;
let hasher: ReturnType<typeof createPasswordHasher>;
const grant = { grant_type: 'client_credentials' };

before(async () => {
  harness = await openHarness();
  hasher = createPasswordHasher({ concurrency: 1, queue: 10 });
});
after(() => harness.close());

interface Refusal {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** All that a caller sees, but for the trace id, which is new each time. */
async function seen(response: Response): Promise<Refusal> {
  const headers = [...response.headers].filter(([name]) => name !== 'x-trace-id');
  return { status: response.status, headers, body: await response.text() };
}

const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const withHeader = (authorization: string) =>
  harness.post('/oauth2/token', grant, { headers: { authorization } });

async function add(id: string, method: string): Promise<string> {
  const { secret } = await harness.addClient(id, { ...serviceMetadata, token_endpoint_auth_method: method });
  assert.ok(secret);
  return secret;
}

test('client_secret_basic and client_secret_post authenticate the client registered for them (RFC 6749 §2.3.1, SPN-4)', async () => {
  const one = await add('basic', 'client_secret_basic');
  const two = await add('post', 'client_secret_post');
  assert.equal((await withHeader(basic('basic', one))).status, 200);
  assert.equal(
    (await harness.post('/oauth2/token', { ...grant, client_id: 'post', client_secret: two })).status,
    200,
  );
  assert.equal(
    (await withHeader(basic('basic', one).replace('Basic', 'bASIC'))).status,
    200,
    'a scheme has no case',
  );
});

test('Basic credentials are form-decoded (RFC 6749 §2.3.1, SPN-4)', async () => {
  const id = 'a:b+c%20/d';
  const secret = await add(id, 'client_secret_basic');
  assert.equal((await withHeader(basic(encodeURIComponent(id), encodeURIComponent(secret)))).status, 200);
  assert.equal((await withHeader(basic(id, secret))).status, 401);
});

test('a chosen secret with every printable character passes both ways (RFC 6749 Appendix A.2, SPN-4)', async () => {
  const chosen = `${String.fromCharCode(...Array.from({ length: 95 }, (_, index) => index + 32))}`.trim();
  const clients = createClients({
    store: harness.store.clients,
    hasher,
    random: systemRandom,
    revocationSeconds: 360,
  });
  const requester = {
    actor: { kind: 'operator' as const, id: 'test' },
    traceId: '',
    now: harness.clock.now(),
  };
  await clients.register(requester, harness.tenant, {
    id: 'chosen',
    metadata: serviceMetadata,
    secret: chosen,
  });
  assert.equal((await withHeader(basic('chosen', encodeURIComponent(chosen)))).status, 200);
});

test('two methods at once are 400 invalid_request, whatever they hold (RFC 6749 §2.3, SPN-4)', async () => {
  const secret = await add('twice', 'client_secret_basic');
  const robot = await addAssertionClient(harness, 'robot');
  const assertion = { client_assertion_type: assertionType, client_assertion: await robot.assertion() };
  const header = { headers: { authorization: basic('twice', secret) } };
  const answers = [
    await harness.post('/oauth2/token', { ...grant, client_id: 'twice', client_secret: secret }, header),
    await harness.post('/oauth2/token', { ...grant, ...assertion }, header),
    await harness.post('/oauth2/token', { ...grant, ...assertion, client_secret: secret }),
    await harness.post('/oauth2/token', { ...grant, client_id: 'other' }, header),
    await harness.post('/oauth2/token', { ...grant, client_assertion: 'x' }),
    await harness.post('/oauth2/token', { ...grant, client_assertion_type: assertionType }),
    await harness.post('/oauth2/token', { ...grant, client_assertion: 'x', client_assertion_type: 'other' }),
  ];
  for (const answer of answers) {
    assert.equal(answer.status, 400);
    assert.equal(((await answer.json()) as { error: string }).error, 'invalid_request');
  }
  assert.equal(
    (await harness.post('/oauth2/token', { ...grant, client_id: 'twice' }, header)).status,
    200,
    'its own id is no method',
  );
});

test('every failed authentication looks the same in status, headers and body, of an unknown client as well (RFC 6749 §5.2, SPN-4)', async () => {
  const secret = await add('known', 'client_secret_basic');
  const posted = await add('known-post', 'client_secret_post');
  await harness.addClient('known-public', {
    ...serviceMetadata,
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: ['https://app.example/cb'],
    token_endpoint_auth_method: 'none',
  });
  const robot = await addAssertionClient(harness, 'known-robot');
  const post = (form: Record<string, string>) => harness.post('/oauth2/token', { ...grant, ...form });
  const disabled = await add('known-disabled', 'client_secret_basic');
  const record = await harness.store.clients.find('default', 'known-disabled');
  assert.ok(record);
  await harness.store.clients.replace({ ...record, disabledAt: 1, version: 2 }, 1, {});

  const answers: Readonly<Record<string, Response>> = {
    'wrong secret': await withHeader(basic('known', 'wrong')),
    'unknown client by Basic': await withHeader(basic('nobody', secret)),
    'unknown client by form': await post({ client_id: 'nobody', client_secret: secret }),
    'unknown public client': await post({ client_id: 'nobody' }),
    'unknown client by assertion': await robot.ask(await robot.assertion({ iss: 'nobody', sub: 'nobody' })),
    'wrong key': await robot.ask(`${(await robot.assertion()).slice(0, -4)}AAAA`),
    'right secret, wrong method': await post({ client_id: 'known', client_secret: secret }),
    'right secret, wrong method the other way': await withHeader(basic('known-post', posted)),
    'a secret for a public client': await post({ client_id: 'known-public', client_secret: 'x' }),
    'no secret for a confidential client': await post({ client_id: 'known' }),
    'no assertion for a client of assertions': await post({ client_id: 'known-robot' }),
    'disabled client': await withHeader(basic('known-disabled', disabled)),
    'no client at all': await post({}),
    'Basic that is none': await withHeader('Basic !!!'),
    'Basic without a colon': await withHeader(`Basic ${btoa('known')}`),
    'an empty secret': await withHeader(basic('known', '')),
    'a secret of a megabyte short of the limit': await post({
      client_id: 'known-post',
      client_secret: 'x'.repeat(60_000),
    }),
    'another scheme': await withHeader('Bearer abc'),
  };
  const expected = await seen(await withHeader(basic('nobody', 'x')));
  assert.equal(expected.status, 401);
  assert.equal(JSON.parse(expected.body).error, 'invalid_client');
  for (const [title, response] of Object.entries(answers))
    assert.deepEqual(await seen(response), expected, title);
});

test('two secrets live side by side while one replaces the other, and an expired one is refused (SPN-4)', async () => {
  const first = await add('rolling', 'client_secret_basic');
  const clients = createClients({
    store: harness.store.clients,
    hasher,
    random: systemRandom,
    revocationSeconds: 360,
  });
  const requester = () => ({
    actor: { kind: 'operator' as const, id: 'test' },
    traceId: '',
    now: harness.clock.now(),
  });
  const added = await clients.addSecret(requester(), 'default', 'rolling', {});
  assert.ok(added.secret);
  const status = async (secret: string): Promise<number> =>
    (await withHeader(basic('rolling', secret))).status;
  assert.deepEqual([await status(first), await status(added.secret)], [200, 200]);
  await assert.rejects(clients.addSecret(requester(), 'default', 'rolling', {}), {
    code: 'too_many_secrets',
  });

  const oldest = (await clients.get('default', 'rolling')).secrets.find(({ id }) => id !== added.record.id);
  assert.ok(oldest);
  await clients.expireSecret(requester(), 'default', 'rolling', oldest.id, harness.clock.now() + 100);
  assert.deepEqual([await status(first), await status(added.secret)], [200, 200], 'it has time left');
  harness.clock.advance(101);
  assert.deepEqual([await status(first), await status(added.secret)], [401, 200]);
  await clients.addSecret(requester(), 'default', 'rolling', {});
});

test('a client of one tenant is unknown in another (decision 2, SPN-4)', async () => {
  await harness.addTenant({ id: 'acme' });
  const secret = await add('mine', 'client_secret_basic');
  const credentials = { client: { id: 'mine', secret } };
  assert.equal((await harness.post('/oauth2/token', grant, credentials)).status, 200);
  assert.equal((await harness.post('/t/acme/oauth2/token', grant, credentials)).status, 401);
});

test('a client that was disabled cannot authenticate from that moment on (SPN-1)', async () => {
  const secret = await add('fading', 'client_secret_basic');
  assert.equal((await withHeader(basic('fading', secret))).status, 200);
  const clients = createClients({
    store: harness.store.clients,
    hasher,
    random: systemRandom,
    revocationSeconds: 360,
  });
  const requester = {
    actor: { kind: 'operator' as const, id: 'test' },
    traceId: '',
    now: harness.clock.now(),
  };
  await clients.setEnabled(requester, 'default', 'fading', false);
  assert.equal((await withHeader(basic('fading', secret))).status, 401);
  await clients.setEnabled(requester, 'default', 'fading', true);
  assert.equal((await withHeader(basic('fading', secret))).status, 200);
});

test('no secret and no assertion reaches the log, at any level (SPN-4)', async () => {
  harness.logged.length = 0;
  await withHeader(basic('nobody', 'CANARY-SECRET'));
  await harness.post('/oauth2/token', { ...grant, client_id: 'nobody', client_secret: 'CANARY-SECRET' });
  await harness.post('/oauth2/token', {
    ...grant,
    client_assertion_type: assertionType,
    client_assertion: 'CANARY-SECRET',
  });
  assert.ok(harness.logged.length >= 3, 'refusals are logged');
  assert.equal(harness.logged.join('').includes('CANARY'), false);
  assert.ok(harness.logged.every((line) => !line.includes(testIssuer) || !line.includes('Basic ')));
});
