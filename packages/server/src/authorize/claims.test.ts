/** The claims parameter and acr through authorize, PAR, code and refresh. Serving the claims has its own tests. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { SessionRecord } from '../storage/ports.ts';
import { openHarness, testIssuer } from '../testing/harness.ts';
import { hashSecret } from '../tokens/index.ts';
import {
  answerOf,
  createFlow,
  encode,
  type Parameters,
  readJwt,
  requestOf,
  type Visitor,
  webClient,
} from './flow.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const client = await flow.client();
const asking = await flow.client({ ...webClient, first_party: false });
const ada = await flow.person();

const claims = (value: unknown) => ({ claims: JSON.stringify(value) });
const answer = async (changes: Parameters, by = client, person = ada) =>
  answerOf(await flow.authorize(requestOf(by.id, changes), { cookie: person.cookie }));
const idTokenOf = async (changes: Parameters, by = client, person = ada) =>
  readJwt((await flow.tokens(by, person, changes)).id_token).claims;

async function visit(browser: Visitor, clientId: string, changes: Parameters): Promise<Response> {
  return browser.follow(await browser.get(`/oauth2/authorize?${encode(requestOf(clientId, changes))}`));
}

const parsed = {
  userinfo: [{ name: 'email', essential: true }],
  idToken: [
    { name: 'name', essential: false },
    { name: 'acr', essential: false },
  ],
};
const asked = {
  userinfo: { email: { essential: true }, phone_number: { essential: true }, address: null },
  id_token: { name: null, acr: null },
  verified_claims: { verification: {} },
};

test('what was asked for is kept with the code and its refresh family, without what the client may not have (OpenID Connect Core §5.5)', async () => {
  const scope = 'openid offline_access';
  const code = await flow.code(client, ada, { scope, ...claims(asked) });
  const found = await harness.store.codes.find(
    'default',
    hashSecret('authorization-code', code),
    harness.clock.now(),
  );
  assert.deepEqual(found?.record.claims, parsed);
  const first = (await flow.redeem(client, code)).body;
  const second = (await flow.refresh(client, first.refresh_token)).body;
  const family = await harness.store.refreshFamilies.find(
    'default',
    String(readJwt(second.access_token).claims.grant_id),
  );
  assert.deepEqual(family?.claims, parsed);
});

test('a request without claims keeps none (OpenID Connect Core §5.5)', async () => {
  const code = await flow.code(client, ada);
  const found = await harness.store.codes.find(
    'default',
    hashSecret('authorization-code', code),
    harness.clock.now(),
  );
  assert.equal(found?.record.claims, null);
});

test('a malformed claims parameter is invalid_request, by redirect and at PAR (OpenID Connect Core §5.5, RFC 9126 §2.3)', async () => {
  const bombs = [
    '{',
    '[]',
    '{"id_token":{"email":true}}',
    '{"id_token":{"sub":{"value":7}}}',
    '{"userinfo":{"__proto__":null}}',
    '{"id_token":{"acr":null,"acr":{"essential":true}}}',
    `{"x":"${'x'.repeat(9000)}"}`,
    `${'{"x":'.repeat(1500)}1${'}'.repeat(1500)}`,
    JSON.stringify({
      userinfo: Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`c${at}`, null])),
    }),
  ];
  for (const bomb of bombs) {
    const refused = await answer({ claims: bomb });
    assert.deepEqual([refused.error, refused.state], ['invalid_request', 'af0ifjsldkj'], bomb.slice(0, 40));
    const form = new URLSearchParams(encode(requestOf(client.id, { claims: bomb })));
    const pushed = await harness.post('/oauth2/par', form, { client });
    assert.equal(pushed.status, 400);
    assert.equal(((await pushed.json()) as { error: string }).error, 'invalid_request');
  }
});

test('the person sees what a claim asked for by name gives away, and is asked once (OpenID Connect Core §5.5)', async () => {
  const person = await flow.person();
  const browser = flow.visitor();
  browser.takeCookie(person.cookie);
  const request = {
    scope: 'openid',
    ...claims({ userinfo: { email: null }, id_token: { given_name: null } }),
  };
  assert.equal(
    answerOf(await visit(browser, asking.id, { ...request, prompt: 'none' })).error,
    'consent_required',
  );
  const page = await visit(browser, asking.id, request);
  const text = await page.clone().text();
  assert.match(text, /read your e-mail address/);
  assert.match(text, /read your name and profile/);
  assert.doesNotMatch(text, /phone number/);
  const { code = '' } = answerOf(await browser.decide(page, 'allow'));
  assert.equal((await flow.redeem(asking, code)).body.scope, 'openid', 'the scope is what was asked for');
  assert.ok(answerOf(await visit(browser, asking.id, { ...request, prompt: 'none' })).code);
  assert.equal(
    (await visit(browser, asking.id, { scope: 'openid offline_access', prompt: 'consent' })).status,
    200,
  );
});

test('auth_time asked for as a claim is told, and stays that of the sign-in after a refresh (OpenID Connect Core §5.5.1, §12.2)', async () => {
  for (const auth_time of [{ essential: true }, null]) {
    const told = await idTokenOf(claims({ id_token: { auth_time } }));
    assert.equal(told.auth_time, ada.session.authTime);
  }
  assert.equal('auth_time' in (await idTokenOf({})), false);
  const offline = {
    scope: 'openid offline_access',
    ...claims({ id_token: { auth_time: { essential: true } } }),
  };
  const { refresh_token } = await flow.tokens(client, ada, offline);
  harness.clock.advance(60);
  const { id_token } = (await flow.refresh(client, refresh_token)).body;
  assert.equal(readJwt(id_token).claims.auth_time, ada.session.authTime);
});

test('acr_values and default_acr_values are wishes: any reachable one is told, else the true one (OpenID Connect Core §3.1.2.1, Registration §2)', async () => {
  for (const acr_values of ['aal1', 'urn:example:gold aal1', 'urn:example:gold', '0', 'aal9 aal8']) {
    assert.equal((await idTokenOf({ acr_values })).acr, 'aal1', acr_values);
    assert.ok((await answer({ acr_values, prompt: 'none' })).code, 'silently too');
  }
  const defaulted = await flow.client({ ...webClient, default_acr_values: ['urn:example:gold'] });
  assert.equal((await idTokenOf({}, defaulted)).acr, 'aal1');
});

test('an essential acr is met by any of its values, or refused as unmet by redirect, before anybody signs in (OpenID Connect Core §5.5.1.1)', async () => {
  const essential = (...values: readonly string[]) =>
    claims({ id_token: { acr: { essential: true, values } } });
  assert.equal((await idTokenOf(essential('urn:example:gold', 'aal1'))).acr, 'aal1');
  assert.equal((await idTokenOf(claims({ id_token: { acr: { essential: true } } }))).acr, 'aal1');
  const refused = await answer(essential('urn:example:gold'));
  assert.equal(refused.error, 'unmet_authentication_requirements');
  assert.deepEqual([refused.iss, refused.state], [testIssuer, 'af0ifjsldkj']);
  assert.equal(
    (await answer({ ...essential('urn:example:gold'), prompt: 'none' })).error,
    'unmet_authentication_requirements',
  );
  const nobody = await flow.authorize(requestOf(client.id, essential('urn:example:gold')));
  assert.equal(answerOf(nobody).error, 'unmet_authentication_requirements');
  assert.deepEqual(nobody.headers.getSetCookie(), [], 'no sign-in was begun');
});

test('a voluntary acr claim is a wish like acr_values (OpenID Connect Core §5.5.1.1)', async () => {
  const told = await idTokenOf(claims({ id_token: { acr: { values: ['urn:example:gold'] } } }));
  assert.equal(told.acr, 'aal1');
});

/** A session of another class, as a sign-in elsewhere would leave it. */
async function inOlderClass(): Promise<{
  readonly session: SessionRecord;
  readonly browser: Visitor;
  readonly username: string;
}> {
  const { subject, session, cookie } = await flow.person();
  await harness.store.sessions.reauthenticate(
    'default',
    session.id,
    { ...session, acr: 'urn:example:older', amr: ['user'] },
    {},
  );
  const browser = flow.visitor();
  browser.takeCookie(cookie);
  return { session, browser, username: subject.username ?? '' };
}

test('a session of a lower class signs in again for a class that can be reached, and the new class is told (OpenID Connect Core §5.5.1.1, RFC 9470 §4)', async () => {
  for (const wish of [
    { acr_values: 'aal1' },
    claims({ id_token: { acr: { essential: true, values: ['aal1'] } } }),
  ]) {
    const { browser, username } = await inOlderClass();
    const page = await visit(browser, client.id, wish);
    assert.equal(page.status, 200, 'the sign-in page');
    const { code = '' } = answerOf(await browser.signIn(page, username));
    assert.equal(readJwt((await flow.redeem(client, code)).body.id_token).claims.acr, 'aal1');
  }
});

test('nothing but a sign-in raises acr or renews auth_time: not prompt none, not a wish, not a refresh (OpenID Connect Core §12.2, attack 10)', async () => {
  const { browser, session } = await inOlderClass();
  const essential = claims({ id_token: { acr: { essential: true, values: ['aal1'] } } });
  assert.equal(
    answerOf(await visit(browser, client.id, { ...essential, prompt: 'none' })).error,
    'login_required',
  );
  harness.clock.advance(120);
  const scope = 'openid offline_access';
  const silent = { scope, acr_values: 'aal1', prompt: 'none', max_age: '3600' };
  const { code = '' } = answerOf(await visit(browser, client.id, silent));
  let tokens = (await flow.redeem(client, code)).body;
  for (let round = 0; round < 3; round += 1) {
    for (const token of [tokens.id_token, tokens.access_token]) {
      const told = readJwt(token).claims;
      assert.deepEqual([told.acr, told.auth_time], ['urn:example:older', session.authTime]);
    }
    harness.clock.advance(60);
    tokens = (await flow.refresh(client, tokens.refresh_token, { acr_values: 'aal1', max_age: '0' })).body;
  }
});
