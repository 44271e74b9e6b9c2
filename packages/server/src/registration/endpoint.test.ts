import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createFlow, readJwt } from '../authorize/flow.test-support.ts';
import { createInitialAccessTokens } from '../clients/index.ts';
import type { TenantRecord } from '../storage/ports.ts';
import { systemRandom } from '../system.ts';
import { type Harness, openHarness, testIssuer } from '../testing/harness.ts';
import { createRegistrant, type Registrant, registrationOf, shop } from './registration.test-support.ts';

let harness: Harness;
let registrant: Registrant;
let partners: TenantRecord;
let partner: Registrant;

before(async () => {
  harness = await openHarness();
  await harness.changeTenant({ dynamicRegistration: 'open' });
  partners = await harness.addTenant({ id: 'partners' }, { dynamicRegistration: 'token' });
  registrant = createRegistrant(harness);
  partner = createRegistrant(harness, '/t/partners');
});
after(() => harness.close());

const requester = () => ({
  actor: { kind: 'operator' as const, id: 'test' },
  traceId: '',
  now: harness.clock.now(),
});

async function initialToken(uses = 1, lifetimeSeconds = 600, tenant = partners): Promise<string> {
  const tokens = createInitialAccessTokens({
    store: harness.store.initialAccessTokens,
    random: systemRandom,
  });
  return (await tokens.add(requester(), tenant, { uses, lifetimeSeconds })).token;
}

test('a client registers itself: 201, an id and a secret of its own, and everything that is in force (RFC 7591 §3.2.1, OpenID Connect Registration §3.2)', async () => {
  const { status, headers, body } = await registrant.register(shop);
  assert.equal(status, 201);
  assert.match(headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('pragma'), 'no-cache');
  assert.match(String(body.client_id), /^[0-9a-f]{32}$/);
  assert.match(String(body.client_secret), /^[A-Za-z0-9_-]{43}$/);
  assert.equal(body.client_secret_expires_at, 0);
  assert.ok(Math.abs(Number(body.client_id_issued_at) - harness.clock.now()) <= 2);
  assert.equal(body.registration_client_uri, `${testIssuer}/oauth2/register?client_id=${body.client_id}`);
  assert.match(String(body.registration_access_token), /^cs_reg_[A-Za-z0-9_-]{43}$/);
  const inForce = {
    redirect_uris: shop.redirect_uris,
    client_name: 'Shop',
    contacts: shop.contacts,
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    application_type: 'web',
    subject_type: 'public',
    id_token_signed_response_alg: 'RS256',
    scope: 'openid profile email address phone offline_access',
    require_auth_time: false,
  };
  for (const [name, value] of Object.entries(inForce)) assert.deepEqual(body[name], value, name);
});

test('a client that has just registered signs a person in, and gets an ID token signed with RS256 (OpenID Connect Registration §2, §3.1)', async () => {
  const flow = createFlow(harness);
  const { body } = await registrant.register({ redirect_uris: ['https://app.example/cb'] });
  const id = String(body.client_id);
  const record = await harness.store.clients.find('default', id);
  assert.ok(record);
  const client = { id, secret: String(body.client_secret), record };
  const { keys } = (await (await harness.fetch('/.well-known/jwks.json')).json()) as {
    keys: readonly { kid: string; alg: string }[];
  };
  const person = await flow.person();
  const first = await flow.authorize(
    {
      client_id: id,
      response_type: 'code',
      redirect_uri: 'https://app.example/cb',
      scope: 'openid',
      prompt: 'none',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    },
    { cookie: person.cookie },
  );
  assert.match(first.headers.get('location') ?? '', /error=consent_required/, 'consent is always asked');
  await harness.store.consents.remember(
    {
      tenant: 'default',
      subject: person.subject.id,
      clientId: id,
      scope: ['openid'],
      resources: [],
      grantedAt: 1,
      updatedAt: 1,
    },
    {},
  );
  const tokens = await flow.tokens(client, person);
  const { header, claims } = readJwt(String(tokens.id_token));
  assert.deepEqual([header.alg, claims.aud], ['RS256', id]);
  assert.ok(
    keys.some(({ kid, alg }) => kid === header.kid && alg === 'RS256'),
    'its key was published before the client had its answer',
  );
});

test('a public client gets no secret, and a key is made for every algorithm that was chosen (RFC 7591 §3.2.1)', async () => {
  const tenant = await harness.addTenant({ id: 'algorithms' }, { dynamicRegistration: 'open' });
  const { body } = await createRegistrant(harness, '/t/algorithms').register({
    ...shop,
    token_endpoint_auth_method: 'none',
    id_token_signed_response_alg: 'PS256',
    userinfo_signed_response_alg: 'EdDSA',
  });
  assert.equal('client_secret' in body, false);
  assert.equal('client_secret_expires_at' in body, false);
  const algorithms = (await harness.store.keys.list(tenant.id)).map(({ algorithm }) => algorithm);
  assert.deepEqual(algorithms.sort(), ['EdDSA', 'PS256']);
});

test('every registration is another client, although the words are the same (RFC 7591 §3.2.1)', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => registrant.register(shop)));
  for (const name of ['client_id', 'client_secret', 'registration_access_token']) {
    assert.equal(new Set(answers.map(({ body }) => body[name])).size, 20, name);
  }
});

test('neither secret nor registration token nor initial token is kept or logged (RFC 7592 §5)', async () => {
  const token = await initialToken();
  harness.logged.length = 0;
  const answer = await partner.register(shop, { token });
  assert.equal(answer.status, 201);
  const { body } = answer;
  await partner.read(registrationOf(answer));
  await partner.call('GET', String(body.registration_client_uri), `${body.registration_access_token}x`);
  const stored = JSON.stringify([
    await harness.store.clients.find('partners', String(body.client_id)),
    await harness.store.initialAccessTokens.list('partners', 0),
    await harness.store.audit.listNewest('partners', 100),
    harness.logged,
  ]);
  for (const secret of [body.client_secret, body.registration_access_token, token]) {
    assert.equal(stored.includes(String(secret)), false);
  }
  assert.equal(stored.includes('team@shop.example'), true, 'the contact is in the record');
  assert.equal(JSON.stringify(harness.logged).includes('shop.example'), false, 'and not in the log');
});

test('a client cannot choose its id or secret, and grants itself nothing (RFC 7591 §3.1, §5)', async () => {
  const { status, body } = await registrant.register({
    ...shop,
    client_id: 'chosen',
    client_secret: 'chosen-secret-of-mine',
    registration_access_token: 'chosen',
    first_party: true,
    always_refresh: true,
    audiences: ['https://api.example/'],
    require_pkce: false,
    subject: 'SVC-default-x',
  });
  assert.equal(status, 201);
  assert.notEqual(body.client_id, 'chosen');
  assert.notEqual(body.client_secret, 'chosen-secret-of-mine');
  assert.deepEqual(
    [body.first_party, body.always_refresh, body.audiences, body.require_pkce],
    [false, false, [], true],
  );
});

test('a client that registers itself gets no client credentials, unless the tenant says so: nobody would have approved what it gets (RFC 7591 §5)', async () => {
  const machine = { grant_types: ['client_credentials'], response_types: [], scope: 'openid' };
  const refused = await registrant.register(machine);
  assert.deepEqual(
    [refused.status, refused.body.error, refused.body.feature],
    [400, 'invalid_client_metadata', 'grant_type'],
  );
  const mixed = await registrant.register({
    ...shop,
    grant_types: ['authorization_code', 'client_credentials'],
  });
  assert.equal(mixed.status, 400);
  await harness.addTenant(
    { id: 'machines' },
    { dynamicRegistration: 'open', dynamicClients: { allowedGrants: ['client_credentials'] } },
  );
  const machines = createRegistrant(harness, '/t/machines');
  assert.equal((await machines.register(machine)).status, 201);
  assert.equal((await machines.register(shop)).status, 400);
});

test('of the scope that it names a client gets what the tenant allows, and is told (RFC 7591 §2, §3.2.1)', async () => {
  const acme = await harness.addTenant(
    { id: 'scopes' },
    {
      dynamicRegistration: 'open',
      dynamicClients: { allowedScope: ['openid', 'email', 'orders:read'], defaultScope: ['openid'] },
    },
  );
  const scoped = createRegistrant(harness, `/t/${acme.id}`);
  const scopeOf = async (members: object) => (await scoped.register({ ...shop, ...members })).body.scope;
  assert.equal(await scopeOf({}), 'openid');
  assert.equal(await scopeOf({ scope: 'orders:read openid admin' }), 'orders:read openid');
  const narrowed = await scoped.register({
    ...shop,
    scope: 'openid introspect',
    default_scope: 'openid introspect',
  });
  assert.deepEqual([narrowed.body.scope, narrowed.body.default_scope], ['openid', 'openid']);
  const nothing = await scoped.register({ ...shop, scope: 'introspect admin' });
  assert.deepEqual([nothing.status, nothing.body.error], [400, 'invalid_client_metadata']);
});

const refusals: readonly (readonly [string, object, string, string?])[] = [
  [
    'a fragment in a redirect URI',
    { redirect_uris: ['https://a.example/#x'] },
    'invalid_redirect_uri',
    'redirect_uri',
  ],
  [
    'a wildcard in one',
    { redirect_uris: ['https://*.a.example/'] },
    'invalid_redirect_uri',
    'wildcard_redirect',
  ],
  [
    'user information in one',
    { redirect_uris: ['https://u:p@a.example/'] },
    'invalid_redirect_uri',
    'redirect_uri',
  ],
  ['a script as one', { redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri', 'redirect_uri'],
  ['data as one', { redirect_uris: ['data:text/html,x'] }, 'invalid_redirect_uri', 'redirect_uri'],
  ['http on another host', { redirect_uris: ['http://a.example/'] }, 'invalid_redirect_uri', 'redirect_uri'],
  ['a relative one', { redirect_uris: ['/callback'] }, 'invalid_redirect_uri', 'redirect_uri'],
  ['no redirect URI', { redirect_uris: [] }, 'invalid_redirect_uri', 'redirect_uri'],
  ['a redirect URI that is none', { redirect_uris: 'https://a.example/' }, 'invalid_client_metadata'],
  ['the implicit grant', { grant_types: ['implicit'] }, 'invalid_client_metadata', 'grant_type'],
  ['another response type', { response_types: ['token'] }, 'invalid_client_metadata', 'response_type'],
  ['an unsigned ID token', { id_token_signed_response_alg: 'none' }, 'invalid_client_metadata'],
  [
    'an unknown authentication',
    { token_endpoint_auth_method: 'client_secret_jwt' },
    'invalid_client_metadata',
  ],
  ['both kinds of keys', { jwks: { keys: [] }, jwks_uri: 'https://a.example/' }, 'invalid_client_metadata'],
  ['a script as logo', { logo_uri: 'javascript:alert(1)' }, 'invalid_client_metadata'],
  ['a policy over http', { policy_uri: 'http://shop.example/' }, 'invalid_client_metadata'],
  ['a name that turns the page', { client_name: 'knaB\u202e' }, 'invalid_client_metadata'],
  ['a name with a line break', { client_name: 'Bank\nof' }, 'invalid_client_metadata'],
  ['a name beyond 256 characters', { client_name: 'x'.repeat(257) }, 'invalid_client_metadata'],
];
for (const [what, members, code, feature] of refusals) {
  test(`a registration with ${what} is refused with the registered code, and nothing is written (RFC 7591 §3.2.2, OpenID Connect Registration §3.3)`, async () => {
    const count = async () => (await harness.store.clients.list('default', { limit: 10_000 })).length;
    const before = await count();
    const { status, headers, body } = await registrant.register({ ...shop, ...members });
    assert.deepEqual([status, body.error, body.feature], [400, code, feature]);
    assert.match(String(body.error_description), /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('www-authenticate'), null);
    assert.equal(await count(), before);
  });
}

test('oidcc-redirect-uri-regfrag: a redirect URI with a fragment is not registered (OpenID Connect Registration §3.3)', async () => {
  const { status, body } = await registrant.register({ redirect_uris: ['https://a.example/cb#foobar'] });
  assert.deepEqual([status, body.error], [400, 'invalid_redirect_uri']);
});

test('oidcc-registration-logo-uri, oidcc-registration-policy-uri, oidcc-registration-tos-uri: links to its own hosts are registered, others are left out of the answer (OpenID Connect Registration §2, RFC 7591 §5)', async () => {
  const own = {
    logo_uri: 'https://shop.example/logo.png',
    policy_uri: 'https://www.shop.example/policy',
    tos_uri: 'https://shop.example/terms',
  };
  const { body } = await registrant.register({ ...shop, ...own });
  for (const [name, value] of Object.entries(own)) assert.equal(body[name], value, name);
  const foreign = await registrant.register({ ...shop, logo_uri: 'https://bank.example/logo.png' });
  assert.equal(foreign.status, 201);
  assert.equal('logo_uri' in foreign.body, false);
});

test('members in several languages are no error and are not kept, as unknown ones are not (RFC 7591 §2, §2.2, OpenID Connect Registration §2.1)', async () => {
  const { status, body } = await registrant.register({
    ...shop,
    'client_name#de': 'Laden',
    'client_name#ja-Jpan-JP': '\u202e',
    shoe_size: 42,
  });
  assert.equal(status, 201);
  assert.deepEqual(
    [body.client_name, body['client_name#de'], body.shoe_size],
    ['Shop', undefined, undefined],
  );
});

test('a body that is no JSON object, or could be read in two ways, is refused (RFC 7591 §3.1)', async () => {
  for (const text of [
    '',
    '[]',
    'x',
    '{"redirect_uris":["https://a.example/"],"redirect_uris":["https://b.example/"]}',
    '{"a":{"b":1,"b":2}}',
    '{"__proto__":{}}',
  ]) {
    const { status, body } = await registrant.register(text);
    assert.deepEqual([status, body.error], [400, 'invalid_client_metadata'], text);
  }
  const form = await registrant.register('redirect_uris=x', {
    contentType: 'application/x-www-form-urlencoded',
  });
  assert.deepEqual([form.status, form.body.error], [400, 'invalid_request']);
  const charset = await registrant.register(shop, { contentType: 'application/json; charset=utf-8' });
  assert.equal(charset.status, 201);
});

test('a description beyond 64 kB is refused before it is read, and one just below has its bounds (RFC 7591 §5)', async () => {
  const huge = await registrant.register(JSON.stringify({ ...shop, software_id: 'x'.repeat(70_000) }));
  assert.equal(huge.status, 413);
  for (const members of [
    { redirect_uris: Array.from({ length: 51 }, (_, index) => `https://a.example/${index}`) },
    { contacts: Array.from({ length: 51 }, (_, index) => `c${index}`) },
    { redirect_uris: [`https://a.example/${'x'.repeat(2000)}`] },
    { scope: Array.from({ length: 101 }, (_, index) => `s${index}`).join(' ') },
    { jwks: { keys: Array.from({ length: 21 }, () => ({ kty: 'EC' })) } },
  ]) {
    const { status } = await registrant.register({ ...shop, ...members });
    assert.equal(status, 400, Object.keys(members).join());
  }
});

test('without an initial access token a tenant that asks for one answers with a challenge that names no error (RFC 7591 §3.1, RFC 6750 §3)', async () => {
  const { status, headers, body } = await partner.register(shop);
  assert.deepEqual([status, body.error], [401, 'invalid_token']);
  assert.equal(headers.get('www-authenticate'), `Bearer realm="${testIssuer}/t/partners"`);
  const basic = await harness.fetch('/t/partners/oauth2/register', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Basic eDp5' },
    body: JSON.stringify(shop),
  });
  assert.equal(basic.status, 401);
});

test('an initial access token admits as many clients as it has uses, and none that was refused (RFC 7591 §3.1)', async () => {
  const token = await initialToken(2);
  const bad = await partner.register({ redirect_uris: ['nothing'] }, { token });
  assert.deepEqual([bad.status, bad.body.error], [400, 'invalid_redirect_uri'], 'costs no use');
  assert.equal((await partner.register(shop, { token })).status, 201);
  assert.equal((await partner.register(shop, { token })).status, 201);
  const { status, headers, body } = await partner.register(shop, { token });
  assert.deepEqual([status, body.error], [401, 'invalid_token']);
  assert.match(headers.get('www-authenticate') ?? '', /^Bearer realm="[^"]+", error="invalid_token"/);
});

test('a token that is wrong, expired, revoked or of another tenant is one answer, before anything else is looked at (RFC 6750 §3.1)', async () => {
  const tokens = createInitialAccessTokens({
    store: harness.store.initialAccessTokens,
    random: systemRandom,
  });
  const expired = await initialToken(1, 60);
  const { record, token: revoked } = await tokens.add(requester(), partners, {
    uses: 1,
    lifetimeSeconds: 60,
  });
  await tokens.revoke(requester(), 'partners', record.id);
  const foreign = await initialToken(1, 600, harness.tenant);
  harness.clock.advance(61);
  const good = await partner.register(shop, { token: await initialToken() });
  const answers = [];
  for (const token of [
    'x',
    `cs_iat_${'A'.repeat(43)}`,
    expired,
    revoked,
    foreign,
    String(good.body.registration_access_token),
    String(good.body.client_secret),
  ]) {
    const { status, headers, body } = await partner.register('this is no JSON', { token });
    answers.push([status, body, headers.get('www-authenticate')]);
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(answers[0]?.[0], 401);
});

test('where anybody may register, a token that is sent counts all the same (RFC 6750 §3.1)', async () => {
  const token = await initialToken(1, 600, harness.tenant);
  assert.equal((await registrant.register(shop, { token })).status, 201);
  assert.equal((await registrant.register(shop, { token })).status, 401);
  assert.equal((await registrant.register(shop)).status, 201);
});

test('1000 parallel registrations against room for ten leave ten clients (ACC-2, RFC 7591 §5)', async () => {
  await harness.addTenant(
    { id: 'small' },
    { dynamicRegistration: 'open', dynamicClients: { maxClients: 10 } },
  );
  const small = createRegistrant(harness, '/t/small');
  const answers = await Promise.all(Array.from({ length: 1000 }, () => small.register(shop)));
  assert.equal(answers.filter(({ status }) => status === 201).length, 10);
  const full = answers.filter(({ status }) => status === 429);
  assert.equal(full.length, 990);
  assert.equal(full[0]?.body.error, 'rate_limited');
  assert.equal(full[0]?.headers.get('retry-after'), '3600');
  assert.equal((await harness.store.clients.list('small', { limit: 1000 })).length, 10);
});

test('100 parallel uses of one initial access token leave as many clients as it has uses (ACC-2, RFC 7591 §3.1)', async () => {
  const token = await initialToken(7);
  const answers = await Promise.all(Array.from({ length: 100 }, () => partner.register(shop, { token })));
  assert.deepEqual(
    [201, 401].map((wanted) => answers.filter(({ status }) => status === wanted).length),
    [7, 93],
  );
});

test('one source registers so many clients in an hour, and then waits, whatever the outcome was (RFC 7591 §3.1, SPN-18)', async () => {
  const limited = await openHarness({ COUNTERSIGN_RATE_LIMITS__ENABLED: 'true' });
  try {
    await limited.changeTenant({ dynamicRegistration: 'open', dynamicClients: { registrationsPerHour: 6 } });
    await limited.addTenant({ id: 'other' }, { dynamicRegistration: 'open' });
    const client = createRegistrant(limited);
    const from = (peer: string, description: object = shop) => client.register(description, { peer });
    for (let turn = 0; turn < 3; turn += 1) {
      assert.equal((await from('192.0.2.1')).status, 201);
      assert.equal((await from('192.0.2.1', { redirect_uris: [] })).status, 400);
    }
    const { status, headers, body } = await from('192.0.2.1');
    assert.deepEqual([status, body.error], [429, 'rate_limited']);
    assert.ok(Number(headers.get('retry-after')) > 500 && Number(headers.get('retry-after')) <= 600);
    assert.equal((await from('192.0.2.2')).status, 201, 'another source');
    const other = createRegistrant(limited, '/t/other');
    assert.equal((await other.register(shop, { peer: '192.0.2.1' })).status, 201, 'another tenant');
    assert.equal((await from('2001:db8::1')).status, 201);
    for (let turn = 0; turn < 5; turn += 1) await from(`2001:db8::${turn + 2}`);
    assert.equal((await from('2001:db8::ffff')).status, 429, 'one subscriber has a /64');
    limited.clock.advance(600);
    assert.equal((await from('192.0.2.1')).status, 201);
  } finally {
    await limited.close();
  }
});

test('a registration is audited and told as an event in its transaction, with where it came from (ACC-4, SPN-15)', async () => {
  const token = await initialToken();
  const { body } = await partner.register(shop, { token });
  const [entry] = await harness.store.audit.listNewest('partners', 1);
  assert.equal(entry?.action, 'client.registered');
  assert.deepEqual(entry?.target, { kind: 'client', id: body.client_id });
  assert.deepEqual(entry?.actor, { kind: 'anonymous', id: 'anonymous' });
  assert.equal(entry?.details.source, 'dynamic');
  const [made] = (await harness.store.audit.listNewest('partners', 20)).filter(
    ({ action }) => action === 'initial-access-token.created',
  );
  assert.equal(entry?.details.initialToken, made?.target?.id);
});

test('how registrations end is counted by outcome (SPN-17)', async () => {
  const counting = await openHarness();
  try {
    const client = createRegistrant(counting);
    await client.register(shop);
    await counting.changeTenant({ dynamicRegistration: 'token' });
    await client.register(shop);
    await counting.changeTenant({ dynamicRegistration: 'open', dynamicClients: { maxClients: 1 } });
    await client.register({ redirect_uris: [] });
    await client.register(shop);
    await client.register(shop);
    const text = await counting.metrics.registry.metrics();
    for (const [outcome, count] of Object.entries({
      off: 1,
      unauthorized: 1,
      metadata: 1,
      registered: 1,
      full: 1,
    })) {
      assert.ok(
        text.includes(`identity_client_registrations_total{outcome="${outcome}"} ${count}\n`),
        `${outcome} ${count}`,
      );
    }
  } finally {
    await counting.close();
  }
});

test('no other origin reads an answer or is invited to ask (RFC 7591 §5)', async () => {
  const origin = 'https://page.example';
  const preflight = await harness.fetch('/oauth2/register', {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  });
  assert.equal(preflight.status, 405);
  assert.equal(preflight.headers.get('access-control-allow-origin'), null);
  assert.deepEqual((preflight.headers.get('allow') ?? '').split(', ').sort(), [
    'DELETE',
    'GET',
    'HEAD',
    'POST',
    'PUT',
  ]);
  const posted = await harness.fetch('/oauth2/register', {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify(shop),
  });
  assert.equal(posted.headers.get('access-control-allow-origin'), null);
});
