import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Client, createFlow, type Flow, type Person, webClient } from './authorize/flow.test-support.ts';
import { type Harness, openHarness, serviceMetadata, testIssuer } from './testing/harness.ts';

const path = '/oauth2/userinfo';
const scope = 'openid profile email phone address offline_access';

let harness: Harness;
let flow: Flow;
let client: Client;
let person: Person;
let token: string;

before(async () => {
  harness = await openHarness();
  flow = createFlow(harness);
  client = await flow.client({ ...webClient, scope, allowed_origins: ['https://spa.example'] });
  person = await flow.person();
  token = (await flow.tokens(client, person, { scope })).access_token;
});
after(() => harness.close());

const get = (value: string, headers: Record<string, string> = {}) =>
  harness.fetch(path, { headers: { authorization: `Bearer ${value}`, ...headers } });

async function refused(response: Response, status: number, error: string): Promise<void> {
  assert.equal(response.status, status);
  assert.equal(((await response.json()) as { error: string }).error, error);
  const challenge = response.headers.get('www-authenticate') ?? '';
  assert.ok(challenge.startsWith(`Bearer realm="${testIssuer}"`), challenge);
  assert.match(challenge, new RegExp(`error="${error}"`));
  assert.equal(response.headers.get('cache-control'), 'no-store');
}

test('userinfo answers by GET and by POST, with the token in the header or the form (OpenID Connect Core §5.3.1, SPN-16)', async () => {
  const answers = [
    await get(token),
    await harness.fetch(path, { headers: { authorization: `bearer ${token}` } }),
    await harness.fetch(path, { method: 'POST', headers: { authorization: `Bearer ${token}` } }),
    await harness.post(path, { access_token: token }),
    await harness.post(path, {}, { headers: { authorization: `Bearer ${token}` } }),
  ];
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(((await answer.json()) as { sub: string }).sub, person.subject.id);
  }
});

test('a token in the query is refused, where it would be logged (RFC 9700 §4.3.2, SPN-16)', async () => {
  await refused(await harness.fetch(`${path}?access_token=${token}`), 400, 'invalid_request');
  await refused(
    await harness.fetch(`${path}?x=y&access_token=${token}`, { method: 'POST' }),
    400,
    'invalid_request',
  );
});

test('a token in two places, or a malformed one, is invalid_request (RFC 6750 §2, §3.1, SPN-16)', async () => {
  const both = await harness.post(
    path,
    { access_token: token },
    { headers: { authorization: `Bearer ${token}` } },
  );
  await refused(both, 400, 'invalid_request');
  for (const authorization of ['Bearer', 'Bearer a b', 'Bearer é', `Bearer ${token} x`]) {
    if (/^[\x20-\x7e]*$/.test(authorization))
      await refused(await harness.fetch(path, { headers: { authorization } }), 400, 'invalid_request');
  }
});

test('without a token the challenge carries no error code (RFC 6750 §3, SPN-16)', async () => {
  for (const response of [
    await harness.fetch(path),
    await harness.fetch(path, { method: 'POST' }),
    await harness.post(path, { other: 'x' }),
    await harness.fetch(path, { headers: { authorization: `Basic ${btoa('a:b')}` } }),
  ]) {
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), `Bearer realm="${testIssuer}"`);
  }
});

test('an unknown, expired, revoked or other token is invalid_token (RFC 6750 §3.1, SPN-16)', async () => {
  const world = await flow.tokens(client, person, { scope });
  await refused(await get('unknown'), 401, 'invalid_token');
  await refused(await get(world.id_token), 401, 'invalid_token');
  await refused(await get(world.refresh_token), 401, 'invalid_token');
  await harness.post('/oauth2/revoke', { token: world.access_token }, { client });
  await refused(await get(world.access_token), 401, 'invalid_token');
});

test('a token for another resource is refused, one that lists the issuer is taken (RFC 9068 §4, SPN-16)', async () => {
  const api = 'https://api.example';
  const one = await flow.client({ ...webClient, scope: 'openid api:read', audiences: [api] });
  const both = await flow.tokens(one, person, { scope: 'openid', resource: api });
  assert.equal((await get(both.access_token)).status, 200);
  const other = await flow.client({ ...serviceMetadata, audiences: [api] });
  const answer = await flow.token(other, { grant_type: 'client_credentials' });
  await refused(await get(answer.body.access_token), 401, 'invalid_token');
});

test('a token without openid is insufficient_scope, 403, and the challenge names the scope (RFC 6750 §3.1, SPN-16)', async () => {
  const service = await flow.client(serviceMetadata);
  const answer = await flow.token(service, { grant_type: 'client_credentials' });
  const response = await get(answer.body.access_token);
  assert.match(response.headers.get('www-authenticate') ?? '', /, scope="openid"$/);
  await refused(response, 403, 'insufficient_scope');
});

test('userinfo tells the claims of the granted scopes and no others (OpenID Connect Core §5.4, SPN-16)', async () => {
  const { subject } = person;
  const profile = {
    name: 'Ada Lovelace',
    givenName: 'Ada',
    phoneNumber: '+44 1',
    address: { locality: 'London', country: 'GB' },
  };
  const current = await harness.store.subjects.find(subject.tenant, subject.id);
  assert.ok(current);
  await harness.store.subjects.replace(
    { ...current, profile, version: current.version + 1 },
    current.version,
    {},
  );
  const claimsFor = async (asked: string): Promise<Record<string, unknown>> => {
    const { access_token } = await flow.tokens(client, person, { scope: asked });
    return (await (await get(access_token)).json()) as Record<string, unknown>;
  };
  assert.deepEqual(await claimsFor('openid'), { sub: subject.id });
  assert.deepEqual(await claimsFor('openid email'), {
    sub: subject.id,
    email: subject.email,
    email_verified: false,
  });
  assert.deepEqual(await claimsFor('openid phone'), {
    sub: subject.id,
    phone_number: '+44 1',
    phone_number_verified: false,
  });
  assert.deepEqual(await claimsFor('openid address'), {
    sub: subject.id,
    address: { locality: 'London', country: 'GB' },
  });
  const full = await claimsFor('openid profile');
  assert.equal(full.name, 'Ada Lovelace');
  assert.equal(full.given_name, 'Ada');
  assert.equal(full.preferred_username, subject.username);
  assert.equal(typeof full.updated_at, 'number');
  assert.equal(Object.hasOwn(full, 'email'), false);
});

test('a registered origin reads userinfo, another does not (decision 17, SPN-16)', async () => {
  const read = await get(token, { origin: 'https://spa.example' });
  assert.equal(read.headers.get('access-control-allow-origin'), 'https://spa.example');
  assert.equal(read.headers.get('access-control-expose-headers'), 'DPoP-Nonce, WWW-Authenticate');
  const other = await get(token, { origin: 'https://evil.example' });
  assert.equal(other.headers.get('access-control-allow-origin'), null);
});

test('a disabled person has no userinfo from that moment on (SPN-1)', async () => {
  const gone = await flow.person();
  const { access_token } = await flow.tokens(client, gone, { scope });
  assert.equal((await get(access_token)).status, 200);
  const { id, tenant } = gone.subject;
  const now = harness.clock.now();
  await harness.store.subjects.disable(
    tenant,
    id,
    { tenant, kind: 'subject', id, revokedAt: now, expiresAt: now + 600 },
    {},
  );
  await refused(await get(access_token), 401, 'invalid_token');
});
