/** Two tenants with equal client ids: nothing of one works at the other (attack 9). */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openHarness, testIssuer } from '../testing/harness.ts';
import { answerOf, createFlow, encode, requestOf, verifier, webClient } from './flow.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const acme = await harness.addTenant({ id: 'acme' });

async function member(tenant = harness.tenant) {
  const { client, secret } = await harness.addClient(
    'web',
    { ...webClient, token_endpoint_auth_method: 'client_secret_basic' },
    tenant,
  );
  const subject = await harness.addUser('ada', tenant);
  const { cookie, session } = await harness.signIn(subject, tenant);
  return { client: { id: client.id, secret, record: client }, person: { subject, session, cookie } };
}

const here = await member();
const there = await member(acme);
const json = { accept: 'application/json' };

test('each tenant answers with its own issuer (RFC 9207 §2, RFC 9700 §4.4)', async () => {
  const ours = await flow.authorize(requestOf('web'), { cookie: here.person.cookie });
  assert.equal(answerOf(ours).iss, testIssuer);
  const theirs = await flow.authorize(requestOf('web'), { cookie: there.person.cookie, basePath: '/t/acme' });
  assert.equal(answerOf(theirs).iss, `${testIssuer}/t/acme`);
});

test('a code of one tenant is unknown at the other, and not spent by the attempt (attack 9)', async () => {
  const code = await flow.code(here.client, here.person);
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: 'https://app.example/cb',
    code_verifier: verifier,
  };
  const refused = await flow.token(there.client, form, '/t/acme');
  assert.equal(refused.status, 400);
  assert.equal(refused.body.error, 'invalid_grant');
  assert.equal((await flow.token(here.client, form)).status, 200);
});

test('a refresh token of one tenant is unknown at the other (attack 9)', async () => {
  const { refresh_token } = await flow.tokens(here.client, here.person, { scope: 'openid offline_access' });
  const form = { grant_type: 'refresh_token', refresh_token };
  assert.equal((await flow.token(there.client, form, '/t/acme')).body.error, 'invalid_grant');
  assert.equal((await flow.token(here.client, form)).status, 200);
});

test('a secret of the client of one tenant does not authenticate its namesake (attack 9)', async () => {
  const answer = await flow.token(
    here.client,
    { grant_type: 'refresh_token', refresh_token: 'x' },
    '/t/acme',
  );
  assert.equal(answer.status, 401);
  assert.equal(answer.body.error, 'invalid_client');
});

test('a pushed reference of one tenant is unknown at the other (attack 9)', async () => {
  const response = await harness.post('/oauth2/par', new URLSearchParams(encode(requestOf('web'))), {
    client: here.client,
  });
  const { request_uri } = (await response.json()) as { request_uri: string };
  const parameters = { client_id: 'web', request_uri };
  const refused = await flow.authorize(parameters, {
    cookie: there.person.cookie,
    basePath: '/t/acme',
    headers: json,
  });
  assert.equal(refused.status, 400);
  assert.equal(((await refused.json()) as { error: string }).error, 'invalid_request_uri');
  assert.ok(answerOf(await flow.authorize(parameters, { cookie: here.person.cookie })).code);
});

test('a session cookie of one tenant signs nobody in at the other, under either name (attack 9)', async () => {
  const secret = here.person.cookie.split('=')[1] ?? '';
  for (const cookie of [here.person.cookie, `cs-session-acme=${secret}`]) {
    const response = await flow.authorize(requestOf('web', { prompt: 'none' }), {
      cookie,
      basePath: '/t/acme',
    });
    assert.equal(answerOf(response).error, 'login_required');
  }
});

test('an interaction of one tenant is unknown at the other, with the same browser secret in its cookie too (attack 9)', async () => {
  const browser = flow.visitor();
  const login =
    (await browser.get(`/oauth2/authorize?${encode(requestOf('web'))}`)).headers.get('location') ?? '';
  browser.takeCookie(`cs-browser-acme=${browser.cookies.get('cs-browser-default')}`);
  assert.equal((await browser.get(`/t/acme${login}`)).status, 400);
  const id = login.split('interaction=')[1];
  assert.equal((await browser.get(`/t/acme/oauth2/authorize/resume?interaction=${id}`)).status, 400);
  assert.equal((await browser.get(login)).status, 200);
});

test('an access token of one tenant is nothing at the other (attack 9)', async () => {
  const { access_token } = await flow.tokens(here.client, here.person);
  const form = { token: access_token };
  const seen = await harness.post('/t/acme/oauth2/introspect', form, { client: there.client });
  assert.deepEqual(await seen.json(), { active: false });
  const userinfo = await harness.fetch('/t/acme/oauth2/userinfo', {
    headers: { authorization: `Bearer ${access_token}` },
  });
  assert.equal(userinfo.status, 401);
});

for (const path of [
  '/t/default/oauth2/authorize',
  '/t/_system/oauth2/authorize',
  '/t/ACME/oauth2/authorize',
  '/t/Default/oauth2/authorize',
  '/t/acme%2foauth2/authorize',
  '/t/%61cme/oauth2/authorize',
  '/t/acme%2f..%2fdefault/oauth2/authorize',
  '/t//oauth2/authorize',
  '/t/acme//oauth2/authorize',
  '/t/acme/t/acme/oauth2/authorize',
  '/t/unknown/oauth2/authorize',
  '/OAuth2/authorize',
  '/oauth2/authorize/',
  '/oauth2/authorize;x',
]) {
  test(`there is one spelling per tenant and endpoint: ${path} is not served (attack 9)`, async () => {
    const response = await harness.fetch(`${path}?${encode(requestOf('web'))}`, {
      headers: { cookie: here.person.cookie, ...json },
    });
    assert.equal(response.status, 404);
    assert.equal(response.headers.get('location'), null);
  });
}

test('dot segments lead to the path they name, and to that tenant alone (attack 9)', async () => {
  const response = await harness.fetch(`/t/acme/../../oauth2/authorize?${encode(requestOf('web'))}`, {
    headers: { cookie: there.person.cookie },
  });
  assert.match(
    response.headers.get('location') ?? '',
    /^\/login\?/,
    'the default tenant, where nobody is signed in',
  );
});

test('a forged Host changes neither tenant nor issuer (architecture, decision 17)', async () => {
  const response = await flow.authorize(requestOf('web'), {
    cookie: here.person.cookie,
    headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
  });
  assert.equal(answerOf(response).iss, testIssuer);
});
