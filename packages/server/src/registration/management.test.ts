import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createFlow } from '../authorize/flow.test-support.ts';
import { createClients } from '../clients/index.ts';
import { createPasswordHasher } from '../subjects/index.ts';
import { systemRandom } from '../system.ts';
import { type Harness, openHarness, testIssuer } from '../testing/harness.ts';
import {
  type Answer,
  createRegistrant,
  type Registrant,
  registrationOf,
  replaceable,
  shop,
} from './registration.test-support.ts';

let harness: Harness;
let registrant: Registrant;

before(async () => {
  harness = await openHarness();
  await harness.changeTenant({ dynamicRegistration: 'open' });
  registrant = createRegistrant(harness);
});
after(() => harness.close());

const requester = () => ({
  actor: { kind: 'operator' as const, id: 'test' },
  traceId: '',
  now: harness.clock.now(),
});
const operator = () =>
  createClients({
    store: harness.store.clients,
    hasher: createPasswordHasher({ concurrency: 1, queue: 100 }),
    random: systemRandom,
    revocationSeconds: 360,
  });

async function registered(members: object = {}): Promise<Answer> {
  const answer = await registrant.register({ ...shop, ...members });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer;
}

const uriOf = (id: unknown) => `${testIssuer}/oauth2/register?client_id=${id}`;

test('a client reads what is registered, with the token that manages it and without its secret (RFC 7592 §2.1, §3, OpenID Connect Registration §4.2)', async () => {
  const first = await registered();
  const read = await registrant.read(registrationOf(first));
  assert.equal(read.status, 200);
  assert.equal(read.headers.get('cache-control'), 'no-store');
  const { client_secret: _, ...expected } = first.body;
  assert.deepEqual(read.body, expected);
  const head = await harness.fetch(registrationOf(first).uri, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${registrationOf(first).token}` },
  });
  assert.equal(head.status, 200);
});

test('an unknown client, a declared one, a disabled one, another one and a wrong token are one answer, for every method (RFC 7592 §2, OpenID Connect Registration §4.4)', async () => {
  const mine = await registered();
  const other = await registered();
  const disabled = await registered();
  const removed = await registered();
  await harness.addClient('declared-shop');
  await operator().setEnabled(requester(), 'default', String(disabled.body.client_id), false);
  await registrant.remove(registrationOf(removed));
  const { token } = registrationOf(mine);
  const attempts: readonly (readonly [string, string])[] = [
    [uriOf('unknown'), token],
    [uriOf(''), token],
    [`${testIssuer}/oauth2/register`, token],
    [uriOf('declared-shop'), token],
    [uriOf(other.body.client_id), token],
    [uriOf(removed.body.client_id), registrationOf(removed).token],
    [uriOf(disabled.body.client_id), registrationOf(disabled).token],
    [uriOf(mine.body.client_id), `${token}x`],
    [uriOf(mine.body.client_id), token.slice(0, -1)],
    [uriOf(mine.body.client_id), String(mine.body.client_secret)],
    [`${testIssuer}/t/elsewhere/oauth2/register?client_id=${mine.body.client_id}`, token],
  ];
  await harness.addTenant({ id: 'elsewhere' }, { dynamicRegistration: 'open' });
  const answers = [];
  for (const method of ['GET', 'PUT', 'DELETE']) {
    for (const [uri, presented] of attempts) {
      const description = method === 'PUT' ? replaceable(mine) : undefined;
      const { status, body, headers } = await registrant.call(method, uri, presented, description);
      const challenge = headers.get('www-authenticate')?.replace('/t/elsewhere', '');
      answers.push([status, body, challenge]);
    }
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(answers[0]?.[0], 401);
  assert.match(String(answers[0]?.[2]), /^Bearer realm="[^"]+", error="invalid_token"/);
  assert.equal((await registrant.read(registrationOf(mine))).status, 200);
});

test('without a token the challenge names no error, and a token in the query is none (RFC 6750 §3, RFC 9700 §4.3.2)', async () => {
  const mine = await registered();
  const { uri, token } = registrationOf(mine);
  for (const url of [uri, `${uri}&access_token=${token}`]) {
    const { status, headers } = await registrant.call('GET', url, undefined);
    assert.equal(status, 401);
    assert.equal(headers.get('www-authenticate'), `Bearer realm="${testIssuer}"`);
  }
  const twice = await registrant.call('GET', `${uri}&client_id=other`, token);
  assert.deepEqual([twice.status, twice.body.error], [400, 'invalid_request']);
});

test('the registration token opens nothing else (RFC 7592 §5)', async () => {
  const mine = await registered();
  const { token } = registrationOf(mine);
  const userinfo = await harness.fetch('/oauth2/userinfo', { headers: { authorization: `Bearer ${token}` } });
  assert.equal(userinfo.status, 401);
  const client = { id: String(mine.body.client_id), secret: String(mine.body.client_secret) };
  const seen = await harness.post('/oauth2/introspect', { token }, { client });
  assert.deepEqual(await seen.json(), { active: false });
  const posing = await harness.post(
    '/oauth2/token',
    { grant_type: 'client_credentials' },
    { client: { id: client.id, secret: token } },
  );
  assert.equal(posing.status, 401);
});

test('what a client read it may send back, and nothing changes (RFC 7592 §2.2)', async () => {
  const mine = await registered({ scope: 'openid email', token_endpoint_auth_method: 'client_secret_post' });
  const read = await registrant.read(registrationOf(mine));
  const replaced = await registrant.replace(registrationOf(mine), replaceable(read));
  assert.equal(replaced.status, 200);
  assert.deepEqual(replaced.body, read.body);
});

test('an update replaces everything: what is not named, null or empty goes to its default (RFC 7592 §2.2)', async () => {
  const mine = await registered({
    client_uri: 'https://shop.example/',
    logo_uri: 'https://shop.example/logo.png',
    default_max_age: 60,
    scope: 'openid email',
    software_id: 'shop-1',
  });
  const { status, body } = await registrant.replace(registrationOf(mine), {
    client_id: mine.body.client_id,
    redirect_uris: ['https://shop.example/new'],
    client_uri: null,
    logo_uri: '',
  });
  assert.equal(status, 200);
  assert.deepEqual(body.redirect_uris, ['https://shop.example/new']);
  for (const gone of ['client_name', 'client_uri', 'logo_uri', 'default_max_age', 'software_id']) {
    assert.equal(gone in body, false, gone);
  }
  assert.deepEqual([body.contacts, body.scope], [[], 'openid profile email address phone offline_access']);
  const { body: after } = await registrant.read(registrationOf(mine));
  assert.deepEqual(after, body);
  for (const kept of [
    'client_id',
    'client_id_issued_at',
    'registration_access_token',
    'registration_client_uri',
  ]) {
    assert.equal(body[kept], mine.body[kept], kept);
  }
});

test('the authorization endpoint knows an update at once: the old redirect URI is refused, the new one taken (RFC 7592 §2.2)', async () => {
  const mine = await registered();
  const authorize = (redirect_uri: string) =>
    harness.fetch(
      `/oauth2/authorize?${new URLSearchParams({
        client_id: String(mine.body.client_id),
        response_type: 'code',
        redirect_uri,
        scope: 'openid',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      })}`,
    );
  assert.equal((await authorize('https://shop.example/callback')).status, 303);
  await registrant.replace(registrationOf(mine), {
    ...replaceable(mine),
    redirect_uris: ['https://shop.example/new'],
  });
  assert.equal((await authorize('https://shop.example/callback')).status, 400);
  assert.equal((await authorize('https://shop.example/new')).status, 303);
});

test('an update names its own client, the secret it has if any, and nothing that the server gives (RFC 7592 §2.2)', async () => {
  const mine = await registered();
  const { client_id: id, client_secret: secret } = mine.body;
  const base = replaceable(mine);
  const refused = [
    { ...base, client_id: undefined },
    { ...base, client_id: null },
    { ...base, client_id: 'another' },
    { ...base, client_id: [id] },
    { ...base, client_secret: `${secret}x` },
    { ...base, client_secret: 'a chosen secret of mine' },
    { ...base, client_secret: '' },
    { ...base, client_secret: 42 },
    { ...base, registration_access_token: mine.body.registration_access_token },
    { ...base, registration_access_token: null },
    { ...base, registration_client_uri: mine.body.registration_client_uri },
    { ...base, client_secret_expires_at: 0 },
    { ...base, client_id_issued_at: mine.body.client_id_issued_at },
    { ...base, redirect_uris: ['http://shop.example/'] },
    { ...base, redirect_uris: [] },
    { ...base, grant_types: ['implicit'] },
  ];
  for (const description of refused) {
    const { status, body } = await registrant.replace(registrationOf(mine), description);
    assert.equal(status, 400, JSON.stringify(description));
    assert.match(String(body.error), /^invalid_(client_metadata|redirect_uri)$/);
  }
  const { client_secret: _, ...expected } = mine.body;
  assert.deepEqual((await registrant.read(registrationOf(mine))).body, expected);
  for (const client_secret of [secret, undefined, null]) {
    const { status, body } = await registrant.replace(registrationOf(mine), { ...base, client_secret });
    assert.equal(status, 200);
    assert.equal('client_secret' in body, false, 'it stays the one it has');
  }
  const client = { id: String(id), secret: String(secret) };
  const asked = await harness.post('/oauth2/introspect', { token: 'x' }, { client });
  assert.equal(asked.status, 200);
});

test('a secret is made when the authentication comes to need one, and ends when it does not (RFC 7592 §2.2)', async () => {
  const mine = await registered({ token_endpoint_auth_method: 'none' });
  const base = { ...replaceable(mine), token_endpoint_auth_method: undefined };
  const confidential = await registrant.replace(registrationOf(mine), base);
  assert.equal(confidential.status, 200);
  assert.match(String(confidential.body.client_secret), /^[A-Za-z0-9_-]{43}$/);
  assert.equal(confidential.body.client_secret_expires_at, 0);
  const client = { id: String(mine.body.client_id), secret: String(confidential.body.client_secret) };
  const ask = async () => (await harness.post('/oauth2/introspect', { token: 'x' }, { client })).status;
  assert.equal(await ask(), 200);
  const open = await registrant.replace(registrationOf(mine), {
    ...base,
    token_endpoint_auth_method: 'none',
  });
  assert.equal('client_secret_expires_at' in open.body, false);
  assert.equal(await ask(), 401);
  const again = await registrant.replace(registrationOf(mine), base);
  assert.notEqual(again.body.client_secret, confidential.body.client_secret);
  assert.equal(await ask(), 401, 'the one that ended stays ended');
});

test('what an operator granted beside it ends with the update by which the client takes its word back (RFC 7591 §5)', async () => {
  const mine = await registered();
  await operator().change(requester(), harness.tenant, String(mine.body.client_id), {
    first_party: true,
    audiences: ['https://api.example/'],
    scope: 'openid admin',
  });
  const { body } = await registrant.read(registrationOf(mine));
  assert.deepEqual([body.first_party, body.scope], [true, 'openid admin']);
  const replaced = await registrant.replace(registrationOf(mine), {
    ...replaceable({ ...mine, body }),
    redirect_uris: ['https://shop.example/elsewhere'],
  });
  assert.deepEqual(
    [replaced.body.first_party, replaced.body.audiences, replaced.body.scope],
    [false, [], 'openid'],
  );
});

test('of many updates at once each is whole, and all are kept in some order (RFC 7592 §2.2)', async () => {
  const mine = await registered();
  const answers = await Promise.all(
    Array.from({ length: 4 }, (_, index) =>
      registrant.replace(registrationOf(mine), {
        ...replaceable(mine),
        client_name: `Shop ${index}`,
        redirect_uris: [`https://shop.example/${index}`],
      }),
    ),
  );
  for (const { status } of answers) assert.equal(status, 200);
  const { body } = await registrant.read(registrationOf(mine));
  const index = String(body.client_name).slice('Shop '.length);
  assert.deepEqual(body.redirect_uris, [`https://shop.example/${index}`]);
});

test('a client that removes itself is gone with its grants and tokens at once, and can say so once (RFC 7592 §2.3)', async () => {
  const flow = createFlow(harness);
  const mine = await registered({
    redirect_uris: ['https://app.example/cb'],
    grant_types: ['authorization_code', 'refresh_token'],
  });
  const id = String(mine.body.client_id);
  const record = await harness.store.clients.find('default', id);
  assert.ok(record);
  const client = { id, secret: String(mine.body.client_secret), record };
  const person = await flow.person();
  const scope = ['openid', 'offline_access'];
  await harness.store.consents.remember(
    {
      tenant: 'default',
      subject: person.subject.id,
      clientId: id,
      scope,
      resources: [],
      grantedAt: 1,
      updatedAt: 1,
    },
    {},
  );
  const tokens = await flow.tokens(client, person, { scope: scope.join(' ') });
  const userinfo = async () =>
    (
      await harness.fetch('/oauth2/userinfo', {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      })
    ).status;
  assert.equal(await userinfo(), 200);
  const removed = await registrant.remove(registrationOf(mine));
  assert.deepEqual([removed.status, removed.body], [204, {}]);
  assert.equal(removed.headers.get('cache-control'), 'no-store');
  assert.equal(await userinfo(), 401);
  assert.equal((await flow.refresh(client, String(tokens.refresh_token))).status, 401);
  assert.equal(await harness.store.consents.find('default', person.subject.id, id), undefined);
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const { uri, token } = registrationOf(mine);
    const again = await registrant.call(method, uri, token, method === 'PUT' ? replaceable(mine) : undefined);
    assert.equal(again.status, 401, method);
  }
  const [entry] = await flow.audited('client.removed');
  assert.deepEqual(entry?.actor, { kind: 'client', id });
  assert.deepEqual(entry?.details, { source: 'dynamic', by: 'client' });
});

test('of many removals at once one is the removal (RFC 7592 §2.3, ACC-2)', async () => {
  const mine = await registered();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => registrant.remove(registrationOf(mine))),
  );
  assert.equal(answers.filter(({ status }) => status === 204).length, 1);
  assert.equal(answers.filter(({ status }) => status === 401).length, 49);
});

test('where registration was switched off, a client may read and leave, and changes nothing (RFC 7592 §2.2, CAP-1)', async () => {
  const tenant = await harness.addTenant({ id: 'closing' }, { dynamicRegistration: 'open' });
  const closing = createRegistrant(harness, '/t/closing');
  const mine = await closing.register(shop);
  const record = await harness.store.tenants.find(tenant.id);
  assert.ok(record);
  await harness.store.tenants.replace(
    { ...record, settings: { ...record.settings, dynamicRegistration: 'off' }, version: record.version + 1 },
    record.version,
    {},
  );
  assert.equal((await closing.register(shop)).status, 400);
  assert.equal((await closing.read(registrationOf(mine))).status, 200);
  const { status, body } = await closing.replace(registrationOf(mine), replaceable(mine));
  assert.deepEqual([status, body.error, body.feature], [403, 'access_denied', 'dynamic_registration']);
  assert.equal((await closing.remove(registrationOf(mine))).status, 204);
});

test('an update is audited with the client as its actor (ACC-4)', async () => {
  const mine = await registered();
  await registrant.replace(registrationOf(mine), replaceable(mine));
  const [entry] = await harness.store.audit.listNewest('default', 1);
  assert.deepEqual(
    [entry?.action, entry?.actor, entry?.details.source],
    ['client.changed', { kind: 'client', id: mine.body.client_id }, 'dynamic'],
  );
});

test('guessing at registrations is braked like guessing at secrets, and a right token meets no bucket before (SPN-18)', async () => {
  const limited = await openHarness({ COUNTERSIGN_RATE_LIMITS__ENABLED: 'true' });
  try {
    await limited.changeTenant({ dynamicRegistration: 'open' });
    const client = createRegistrant(limited);
    const mine = registrationOf(await client.register(shop));
    for (let turn = 0; turn < 30; turn += 1) assert.equal((await client.read(mine)).status, 200);
    const statuses = [];
    for (let turn = 0; turn < 12; turn += 1) {
      statuses.push((await client.read({ ...mine, token: `cs_reg_${turn}` })).status);
    }
    assert.deepEqual(statuses, [...Array<number>(10).fill(401), 429, 429]);
  } finally {
    await limited.close();
  }
});
