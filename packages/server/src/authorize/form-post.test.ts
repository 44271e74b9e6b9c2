/** response_mode=form_post from the request to the redirect URI: codes and refusals, with and without pages between. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openHarness, testIssuer } from '../testing/harness.ts';
import {
  answerOf,
  createFlow,
  encode,
  type Parameters,
  postedForm,
  readJwt,
  redirectUri,
  requestOf,
  webClient,
} from './flow.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const client = await flow.client();
const asking = await flow.client({ ...webClient, first_party: false });
const ada = await flow.person();
const asAda = { cookie: ada.cookie };
const byForm = { response_mode: 'form_post' };

const post = (changes: Parameters = {}, options = asAda) =>
  flow.authorize(requestOf(client.id, { ...byForm, ...changes }), options);

async function refusal(response: Response): Promise<Readonly<Record<string, string>>> {
  const { action, fields } = await postedForm(response);
  assert.equal(action, redirectUri);
  assert.equal(fields.code, undefined);
  assert.equal(fields.iss, testIssuer);
  return fields;
}

test('a code comes by form with state and iss, and is redeemed like any other (Form Post Response Mode §2, RFC 9207 §2)', async () => {
  const { method, action, fields } = await postedForm(await post());
  assert.equal(method, 'post');
  assert.equal(action, redirectUri);
  assert.deepEqual(Object.keys(fields), ['code', 'state', 'iss']);
  assert.deepEqual([fields.state, fields.iss], ['af0ifjsldkj', testIssuer]);
  assert.equal((await flow.redeem(client, fields.code ?? '')).status, 200);
});

for (const [rule, changes, error] of [
  ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
  ['another response_type', { response_type: 'code id_token' }, 'unsupported_response_type'],
  ['no known scope', { scope: 'admin' }, 'invalid_scope'],
  ['a foreign resource', { resource: 'https://evil.example/' }, 'invalid_target'],
  ['prompt none beside login', { prompt: 'none login' }, 'invalid_request'],
  ['a malformed claims parameter', { claims: '{' }, 'invalid_request'],
  ['a bogus id_token_hint', { id_token_hint: 'x' }, 'invalid_request'],
  ['max_age 0 under prompt none', { prompt: 'none', max_age: '0' }, 'login_required'],
  ['a duplicate parameter', { scope: ['openid', 'profile'] }, 'invalid_request'],
] as const) {
  test(`a refusal for ${rule} goes the way that was asked for, with state and iss (Form Post Response Mode §2, RFC 9207 §2)`, async () => {
    const fields = await refusal(await post(changes));
    assert.equal(fields.error, error);
    assert.equal(fields.state, 'af0ifjsldkj');
  });
}

for (const suffix of ['login_hint=%zz', 'login_hint=%ff', 'nonce=a%00b']) {
  test(`a request that cannot be read as a whole, with ${suffix}, is refused by form where that can be read (Form Post Response Mode §2)`, async () => {
    const query = encode(requestOf(client.id, byForm));
    const fields = await refusal(await harness.fetch(`/oauth2/authorize?${query}&${suffix}`));
    assert.equal(fields.error, 'invalid_request');
    assert.equal(fields.state, 'af0ifjsldkj');
  });
}

test('where two response modes were sent, or the state cannot be read, the rest still counts (RFC 6749 §3.1, §4.1.2.1)', async () => {
  const twice = answerOf(await post({ response_mode: ['form_post', 'query'] }));
  assert.deepEqual([twice.error, twice.state], ['invalid_request', 'af0ifjsldkj']);
  const stateless = await refusal(await post({ state: ['a', 'b'] }));
  assert.deepEqual([stateless.error, stateless.state], ['invalid_request', undefined]);
});

test('a mode that is not offered is refused by query, whatever else is wrong (CAP-1, OAuth 2.0 Multiple Response Types §2.1)', async () => {
  for (const response_mode of ['fragment', 'form_post.jwt', 'jwt', 'FORM_POST', 'web_message']) {
    const answer = answerOf(await flow.authorize(requestOf(client.id, { response_mode, scope: 'x' }), asAda));
    assert.equal(answer.error, 'invalid_request');
    assert.equal(answer.error_uri, `${testIssuer}/help/response_mode`);
  }
});

test('no response_mode leads to a redirect URI that is not registered: a page with no form to anywhere (CAP-1, RFC 9700 §4.11.2)', async () => {
  for (const response_mode of ['form_post', 'query', 'fragment', 'jwt']) {
    for (const redirect_uri of [
      'https://evil.example/cb',
      'https://app.example.evil.example/cb',
      'https://app.example/cb/../evil',
      'https://app.example@evil.example/cb',
      'javascript:alert(1)//https://app.example/cb',
      'data:text/html,x',
      '//evil.example',
    ]) {
      const response = await flow.authorize(requestOf(client.id, { response_mode, redirect_uri }), asAda);
      assert.equal(response.status, 400);
      assert.equal(response.headers.get('location'), null);
      const policy = response.headers.get('content-security-policy') ?? '';
      assert.match(policy, /form-action 'self';/);
      assert.doesNotMatch(await response.text(), /<form|evil|javascript:alert|data:text/);
    }
  }
});

test('a person who signs in and allows is carried back by form, once (Form Post Response Mode §2)', async () => {
  const person = await flow.person();
  const browser = flow.visitor();
  const login = await browser.get(`/oauth2/authorize?${encode(requestOf(asking.id, byForm))}`);
  const consent = await browser.signIn(await browser.follow(login), person.subject.username ?? '');
  const id = /name="interaction" value="([^"]*)"/.exec(await consent.clone().text())?.[1] ?? '';
  const { fields } = await postedForm(await browser.decide(consent, 'allow'));
  assert.equal((await flow.redeem(asking, fields.code ?? '')).status, 200);
  const again = await browser.get(`/oauth2/authorize/resume?interaction=${id}`);
  assert.equal(again.status, 400);
  assert.doesNotMatch(await again.text(), /<form/);
});

test('a person who denies is carried back by form too (Form Post Response Mode §2, RFC 6749 §4.1.2.1)', async () => {
  const person = await flow.person();
  const browser = flow.visitor();
  browser.takeCookie(person.cookie);
  const consent = await browser.get(`/oauth2/authorize?${encode(requestOf(asking.id, byForm))}`);
  const fields = await refusal(await browser.decide(await browser.follow(consent), 'deny'));
  assert.equal(fields.error, 'access_denied');
});

test('a request that is posted is answered by form like one in the query (OpenID Connect Core §3.1.2.1)', async () => {
  const browser = flow.visitor();
  const posted = await browser.post('/oauth2/authorize', requestOf(client.id, byForm));
  browser.takeCookie(ada.cookie);
  assert.ok((await postedForm(await browser.follow(posted))).fields.code);
});

test('a pushed response_mode counts, and one beside the reference does not (RFC 9126 §4, Form Post Response Mode §2)', async () => {
  const push = async (changes: Parameters): Promise<string> => {
    const form = new URLSearchParams(encode(requestOf(client.id, changes)));
    const response = await harness.post('/oauth2/par', form, { client });
    return ((await response.json()) as { request_uri: string }).request_uri;
  };
  const pushed = { client_id: client.id, request_uri: await push(byForm) };
  assert.ok((await postedForm(await flow.authorize(pushed, asAda))).fields.code);
  const beside = { client_id: client.id, request_uri: await push({}), ...byForm };
  assert.ok(answerOf(await flow.authorize(beside, asAda)).code);
});

test('a mode that is not offered is refused when it is pushed (RFC 9126 §2.3)', async () => {
  const form = new URLSearchParams(encode(requestOf(client.id, { response_mode: 'fragment' })));
  const response = await harness.post('/oauth2/par', form, { client });
  assert.equal(response.status, 400);
  const body = (await response.json()) as { error: string; feature: string };
  assert.deepEqual([body.error, body.feature], ['invalid_request', 'response_mode']);
});

test('each tenant posts its own issuer, so that a client of two can tell them apart (RFC 9207 §2.4)', async () => {
  const acme = await harness.addTenant({ id: 'acme' });
  const theirs = await flow.client(webClient, acme);
  const person = await flow.person(acme);
  const options = { cookie: person.cookie, basePath: '/t/acme' };
  const good = await postedForm(await flow.authorize(requestOf(theirs.id, byForm), options));
  assert.equal(good.fields.iss, `${testIssuer}/t/acme`);
  const bad = await flow.authorize(requestOf(theirs.id, { ...byForm, scope: 'x' }), options);
  assert.equal((await postedForm(bad)).fields.iss, `${testIssuer}/t/acme`);
});

test('a hostile state is text and nothing else in the form, refused or not (Form Post Response Mode §2)', async () => {
  const state = '"></form><form action="https://evil.example/"><script>alert(1)</script>&quot;\u{1f980}';
  for (const changes of [{ state }, { state, scope: 'x' }]) {
    const response = await post(changes);
    const text = await response.clone().text();
    assert.equal(text.match(/<form/g)?.length, 1);
    assert.equal(text.match(/<script/g)?.length, 1);
    assert.equal((await postedForm(response)).fields.state, state);
  }
});

test('a long state and nonce come back whole by form, and longer ones are refused, never cut (protocol notes, OpenID Connect Core §3.1.2.1)', async () => {
  const state = `${'~s'.repeat(2040)} +&="\u00fc\u{1f980}`;
  const nonce = `${'n'.repeat(1000)}"<>&'\u{1f980}`;
  const { fields } = await postedForm(await post({ state, nonce }));
  assert.equal(fields.state, state);
  const { id_token } = (await flow.redeem(client, fields.code ?? '')).body;
  assert.equal(readJwt(id_token).claims.nonce, nonce);
  const long = await refusal(await post({ state: 's'.repeat(4097) }));
  assert.deepEqual([long.error, long.state], ['invalid_request', undefined]);
  const much = await refusal(await post({ nonce: 'n'.repeat(1025) }));
  assert.deepEqual([much.error, much.state], ['invalid_request', 'af0ifjsldkj']);
});

test('a state that a form would change is refused, by form and without it (Form Post Response Mode §2)', async () => {
  const fields = await refusal(await post({ state: 'a\nb' }));
  assert.deepEqual([fields.error, fields.state], ['invalid_request', undefined]);
  assert.equal(answerOf(await flow.authorize(requestOf(client.id, { state: 'a\nb' }), asAda)).state, 'a\nb');
});

test('no code, state or nonce of an answer by form is in the log (SPN-2)', async () => {
  const { fields } = await postedForm(await post({ state: 'canary-state-4c1e', nonce: 'canary-nonce-4c1e' }));
  const logged = harness.logged.join('\n');
  for (const secret of [fields.code ?? '', 'canary-state-4c1e', 'canary-nonce-4c1e']) {
    assert.ok(!logged.includes(secret), `the log holds ${secret}`);
  }
});
