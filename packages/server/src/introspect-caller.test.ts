import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Client,
  createFlow,
  type Flow,
  publicClient,
  webClient,
} from './authorize/flow.test-support.ts';
import { type Harness, openHarness, serviceMetadata, testIssuer } from './testing/harness.ts';
import { hashSecret } from './tokens/index.ts';

const api = 'https://api.example';
const inspector = { ...serviceMetadata, scope: 'introspect api:read', default_scope: 'introspect' };

let harness: Harness;
let flow: Flow;
let owner: Client;
/** A token that the callers ask about. */
let asked: string;

before(async () => {
  harness = await openHarness();
  flow = createFlow(harness);
  owner = await flow.client({ ...serviceMetadata, audiences: [api] });
  asked = await tokenOf(owner);
});
after(() => harness.close());

async function tokenOf(client: Client, form: Record<string, string> = {}): Promise<string> {
  const { status, body } = await flow.token(client, { grant_type: 'client_credentials', ...form });
  assert.equal(status, 200);
  return body.access_token;
}

const ask = (bearer: string, form: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  harness.post(
    '/oauth2/introspect',
    { token: asked, ...form },
    { headers: { authorization: `Bearer ${bearer}`, ...headers } },
  );

test('an access token with the introspect scope authenticates a caller, and its client decides what is seen (RFC 7662 §2.1, SPN-4)', async () => {
  const resource = await flow.client({ ...inspector, audiences: [api] });
  const seen = await ask(await tokenOf(resource));
  assert.equal(seen.status, 200);
  const members = (await seen.json()) as Record<string, unknown>;
  assert.deepEqual([members.active, members.client_id], [true, owner.id]);
  const stranger = await flow.client(inspector);
  assert.equal(await (await ask(await tokenOf(stranger))).text(), '{"active":false}');
  const opaque = await flow.client({ ...inspector, audiences: [api], access_token_format: 'opaque' });
  assert.match(await (await ask(await tokenOf(opaque))).text(), /"active":true/);
});

test('a token of a person with the introspect scope sees what its client may see (RFC 7662 §2.1, SPN-4)', async () => {
  const client = await flow.client({ ...publicClient, scope: 'openid introspect', audiences: [api] });
  const { access_token } = await flow.tokens(client, await flow.person(), { scope: 'openid introspect' });
  assert.match(await (await ask(access_token)).text(), /"active":true/);
});

test('a token that does not allow introspection is refused alike, with a Bearer challenge (RFC 7662 §2.3, SPN-4)', async () => {
  const resource = await flow.client({ ...inspector, audiences: [api] });
  const revoked = await tokenOf(resource);
  await harness.post('/oauth2/revoke', { token: revoked }, { client: resource });
  const globex = await harness.addTenant({ id: 'globex' });
  const abroad = await flow.client(inspector, globex);
  const foreign = (await flow.token(abroad, { grant_type: 'client_credentials' }, '/t/globex')).body;
  const web = await flow.client({ ...webClient, scope: 'openid introspect' });
  const { id_token } = await flow.tokens(web, await flow.person(), { scope: 'openid introspect' });
  const cases: readonly (readonly [string, string, Record<string, string>])[] = [
    ['unknown', 'rubbish', {}],
    ['without the scope', asked, {}],
    ['with another scope', await tokenOf(resource, { scope: 'api:read' }), {}],
    ['revoked', revoked, {}],
    ['another tenant’s', foreign.access_token, {}],
    ['an ID token', id_token, {}],
    ['for another client_id', await tokenOf(resource), { client_id: owner.id }],
  ];
  const answers = new Set<string>();
  for (const [title, bearer, form] of cases) {
    const response = await ask(bearer, form);
    assert.equal(response.status, 401, title);
    const challenge = response.headers.get('www-authenticate') ?? '';
    assert.ok(challenge.startsWith(`Bearer realm="${testIssuer}", error="invalid_token"`), challenge);
    answers.add(await response.text());
  }
  assert.equal(answers.size, 1);
});

test('a token bound to a key does not authenticate a caller without its proof (RFC 9449 §7.1, SPN-4)', async () => {
  const resource = await flow.client({ ...inspector, audiences: [api], access_token_format: 'opaque' });
  const now = harness.clock.now();
  const claims = {
    ...{ iss: testIssuer, sub: resource.record.subject, aud: testIssuer, client_id: resource.id },
    ...{ iat: now, exp: now + 300, jti: 'bound', typ: 'svc', scope: 'introspect' },
    cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' },
  };
  const bearer = `cs_at_${'B'.repeat(43)}`;
  await harness.store.accessTokens.create(
    {
      tenant: 'default',
      hash: hashSecret('access-token', bearer),
      jti: 'bound',
      clientId: resource.id,
      subject: resource.record.subject,
      grantId: null,
      claims,
      createdAt: now,
      expiresAt: now + 300,
    },
    {},
  );
  assert.equal((await ask(bearer)).status, 401);
});

test('a caller that authenticates in two ways at once is refused (RFC 6749 §2.3, SPN-4)', async () => {
  const resource = await flow.client({ ...inspector, token_endpoint_auth_method: 'client_secret_post' });
  const { body } = await flow.token(
    { id: resource.id, secret: null },
    { grant_type: 'client_credentials', client_secret: resource.secret ?? '' },
  );
  const both = await ask(body.access_token, { client_id: resource.id, client_secret: resource.secret ?? '' });
  assert.equal(both.status, 400);
  assert.equal(((await both.json()) as { error: string }).error, 'invalid_request');
  assert.equal((await ask('a b')).status, 400);
});

test('whoever asks for the signed form without authenticating gets 400, with wrong credentials 401 (RFC 9701 §5, SPN-4)', async () => {
  const accept = { accept: 'application/token-introspection+jwt' };
  const open = await flow.client(publicClient);
  const form = { token: asked };
  const statusOf = async (
    extra: Record<string, string>,
    options: { client?: Client; headers: Record<string, string> },
  ) => {
    const response = await harness.post('/oauth2/introspect', { ...form, ...extra }, options);
    assert.equal(((await response.json()) as { error: string }).error, 'invalid_client');
    return response.status;
  };
  assert.equal(await statusOf({}, { headers: accept }), 400);
  assert.equal(await statusOf({ client_id: open.id }, { headers: accept }), 400);
  assert.equal(await statusOf({ client_id: 'nobody' }, { headers: accept }), 400);
  assert.equal(await statusOf({}, { headers: {} }), 401);
  assert.equal(await statusOf({}, { client: { ...owner, secret: 'wrong' }, headers: accept }), 401);
});
