/** What is answered where: a page, JSON, or the client's redirect URI. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openHarness, testIssuer } from '../testing/harness.ts';
import {
  answerOf,
  createFlow,
  encode,
  type Parameters,
  redirectUri,
  requestOf,
  webClient,
} from './flow.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const client = await flow.client();
const ada = await flow.person();

const json = { accept: 'application/json' };
const asAda = { cookie: ada.cookie };

async function refusedByRedirect(
  changes: Parameters,
  id = client.id,
): Promise<Readonly<Record<string, string>>> {
  const answer = answerOf(await flow.authorize(requestOf(id, changes), asAda));
  assert.equal(answer.code, undefined);
  assert.equal(answer.iss, testIssuer);
  return answer;
}

test('an answer has code, state and iss, and the code is long enough (RFC 6749 §4.1.2, RFC 9207 §2)', async () => {
  const response = await flow.authorize(requestOf(client.id), asAda);
  const answer = answerOf(response);
  assert.deepEqual(Object.keys(answer), ['code', 'state', 'iss']);
  assert.ok((answer.code ?? '').length >= 22, '128 bits or more');
  assert.equal(answer.state, 'af0ifjsldkj');
  assert.equal(answer.iss, testIssuer);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('referrer-policy'), 'no-referrer');
});

test('an unregistered redirect URI gets a page, never a redirect (CAP-1, RFC 6749 §4.1.2.1)', async () => {
  for (const redirect_uri of [
    'https://evil.example/cb',
    `${redirectUri}/`,
    `${redirectUri}?x`,
    'javascript:alert(1)',
  ]) {
    const response = await flow.authorize(requestOf(client.id, { redirect_uri }), asAda);
    assert.equal(response.status, 400);
    assert.equal(response.headers.get('location'), null);
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
    assert.doesNotMatch(await response.text(), /evil\.example|javascript:alert/);
  }
});

test('an unregistered redirect URI gets JSON where JSON is wanted, with feature and error_uri (CAP-1)', async () => {
  const response = await flow.authorize(requestOf(client.id, { redirect_uri: 'https://evil.example/' }), {
    headers: json,
  });
  assert.equal(response.status, 400);
  assert.equal(response.headers.get('location'), null);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const body = (await response.json()) as Record<string, string>;
  assert.equal(typeof body.error_description, 'string');
  assert.deepEqual(body, {
    error: 'invalid_profile_usage',
    error_description: body.error_description,
    description: body.error_description,
    feature: 'redirect_uri',
    error_uri: `${testIssuer}/help/redirect_uri`,
  });
  assert.equal((await harness.fetch('/help/redirect_uri')).status, 200);
});

test('an unknown or disabled client gets a page or JSON, never a redirect, and both look alike (RFC 6749 §4.1.2.1)', async () => {
  const disabled = await flow.client();
  await harness.store.clients.replace({ ...disabled.record, disabledAt: 1, version: 2 }, 1, {});
  const bodies: unknown[] = [];
  for (const id of ['nobody', disabled.id]) {
    const page = await flow.authorize(requestOf(id), asAda);
    assert.equal(page.status, 400);
    assert.equal(page.headers.get('location'), null);
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    const answer = await flow.authorize(requestOf(id), { headers: json });
    assert.equal(answer.status, 400);
    bodies.push(await answer.json());
  }
  assert.deepEqual(bodies[0], bodies[1]);
  assert.equal((bodies[0] as { error: string }).error, 'invalid_client');
});

test('a request without client_id gets a page (RFC 6749 §4.1.2.1)', async () => {
  const response = await flow.authorize(requestOf('', {}), asAda);
  assert.equal(response.status, 400);
  assert.equal(response.headers.get('location'), null);
});

for (const [rule, changes, error, feature] of [
  [
    'a request without PKCE is refused (CAP-1, RFC 7636 §4.4.1)',
    { code_challenge: undefined, code_challenge_method: undefined },
    'invalid_request',
    'pkce',
  ],
  [
    'plain PKCE is refused (CAP-1, RFC 7636 §4.4.1)',
    { code_challenge_method: 'plain' },
    'invalid_request',
    'pkce',
  ],
  [
    'response types other than code are refused at the redirect URI (CAP-1)',
    { response_type: 'code id_token' },
    'unsupported_response_type',
    'response_type',
  ],
  [
    'a missing response_type is refused (RFC 6749 §3.1.1)',
    { response_type: undefined },
    'invalid_request',
    'response_type',
  ],
  [
    'response modes other than query are refused at the redirect URI (CAP-1)',
    { response_mode: 'fragment' },
    'invalid_request',
    'response_mode',
  ],
  [
    'a request object that is none is refused (OpenID Connect Core §3.1.2.6)',
    { request: 'e30.e30.' },
    'invalid_request_object',
    undefined,
  ],
  [
    'a request_uri of somebody else is refused (OpenID Connect Core §3.1.2.6)',
    { request_uri: 'https://evil.example/r' },
    'invalid_request_uri',
    undefined,
  ],
  [
    'a scope of which nothing remains is refused (RFC 6749 §4.1.2.1)',
    { scope: 'admin root' },
    'invalid_scope',
    undefined,
  ],
  [
    'no scope without a default scope is refused (RFC 6749 §3.3)',
    { scope: undefined },
    'invalid_scope',
    undefined,
  ],
  [
    'a resource that is not registered is refused (RFC 8707 §2)',
    { resource: 'https://evil.example/' },
    'invalid_target',
    undefined,
  ],
  [
    'prompt none beside another value is refused (OpenID Connect Core §3.1.2.1)',
    { prompt: 'none login' },
    'invalid_request',
    undefined,
  ],
  [
    'a max_age that is no number is refused (OpenID Connect Core §3.1.2.1)',
    { max_age: '-1' },
    'invalid_request',
    undefined,
  ],
  [
    'a duplicate parameter is refused (RFC 6749 §3.1)',
    { scope: ['openid', 'profile'] },
    'invalid_request',
    undefined,
  ],
  ['a NUL character is refused (RFC 6749 Appendix A)', { login_hint: 'a\0b' }, 'invalid_request', undefined],
] as const) {
  test(`${rule}, by redirect with state and iss`, async () => {
    const answer = await refusedByRedirect(changes);
    assert.equal(answer.error, error);
    assert.equal(answer.state, 'af0ifjsldkj');
    assert.equal(answer.error_uri, feature === undefined ? undefined : `${testIssuer}/help/${feature}`);
    assert.match(answer.error_description ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });
}

for (const [what, suffix] of [
  ['broken percent-encoding', 'login_hint=%zz'],
  ['invalid UTF-8', 'login_hint=%ff'],
] as const) {
  test(`${what} is told at the redirect URI when client and redirect URI are readable (RFC 6749 §4.1.2.1)`, async () => {
    const response = await harness.fetch(`/oauth2/authorize?${encode(requestOf(client.id))}&${suffix}`);
    const answer = answerOf(response);
    assert.equal(answer.error, 'invalid_request');
    assert.equal(answer.state, 'af0ifjsldkj');
  });
}

test('a redirect URI or client that is sent twice gets a page, whichever is right (RFC 6749 §3.1, CAP-1)', async () => {
  for (const changes of [
    { redirect_uri: [redirectUri, 'https://evil.example/'] },
    { redirect_uri: [redirectUri, redirectUri] },
    { client_id: [client.id, 'nobody'] },
  ]) {
    const response = await flow.authorize(requestOf(client.id, changes), { headers: json });
    assert.equal(response.status, 400);
    assert.equal(response.headers.get('location'), null);
    assert.equal(((await response.json()) as { error: string }).error, 'invalid_request');
  }
});

test('refusals are counted by feature, those told by redirect too (CAP-1, SPN-17)', async () => {
  const count = async (feature: string): Promise<number> => {
    const { values } = await harness.metrics.profileRefusals.get();
    return values.find((value) => value.labels.feature === feature)?.value ?? 0;
  };
  for (const [feature, changes] of [
    ['pkce', { code_challenge_method: 'plain' }],
    ['response_type', { response_type: 'token' }],
    ['redirect_uri', { redirect_uri: 'https://evil.example/' }],
  ] as const) {
    const before = await count(feature);
    await flow.authorize(requestOf(client.id, changes));
    assert.equal(await count(feature), before + 1, feature);
  }
});

test('scopes that are not allowed are dropped and the granted scope echoed (RFC 6749 §3.3, §5.1)', async () => {
  const tokens = await flow.tokens(client, ada, { scope: 'openid admin profile' });
  assert.equal(tokens.scope, 'openid profile');
});

test('the default scope is granted where none is asked for (RFC 6749 §3.3)', async () => {
  const other = await flow.client({ ...webClient, default_scope: 'openid email' });
  assert.equal((await flow.tokens(other, ada, { scope: undefined })).scope, 'openid email');
});

test('a state of more than a thousand characters comes back whole, one beyond 4096 is refused and not echoed (protocol notes)', async () => {
  const state = `${'~s'.repeat(1500)} +&="\u00fc\u{1f980}`;
  assert.equal(answerOf(await flow.authorize(requestOf(client.id, { state }), asAda)).state, state);
  const answer = await refusedByRedirect({ state: 's'.repeat(4097) });
  assert.equal(answer.error, 'invalid_request');
  assert.equal(answer.state, undefined);
});

test('wishes never fail a request: display, ui_locales, claims_locales, login_hint, acr_values, unknown ones (OpenID Connect Core §3.1.2.1)', async () => {
  const code = await flow.code(client, ada, {
    display: 'hologram',
    ui_locales: 'tlh '.repeat(150),
    claims_locales: 'xx',
    login_hint: `${'x'.repeat(300)}\u{1f980}`,
    acr_values: 'urn:example:unreachable',
    claims: '{"id_token":{"acr":null}}',
    constructor: 'x',
    unheard_of: 'y',
  });
  assert.ok(code);
});

test('a redirect URI with a query of its own is answered after it (RFC 6749 §3.1.2)', async () => {
  const uri = 'https://app.example/cb?tenant=a%20b';
  const other = await flow.client({ ...webClient, redirect_uris: [uri] });
  const response = await flow.authorize(requestOf(other.id, { redirect_uri: uri }), asAda);
  assert.ok(response.headers.get('location')?.startsWith(`${uri}&code=`));
});

test('the code is written to the audit trail with its client, subject and scope (ACC-4)', async () => {
  await flow.code(client, ada, { scope: 'openid profile' });
  const [entry] = await flow.audited('code.issued');
  assert.deepEqual(entry?.actor, { kind: 'subject', id: ada.subject.id });
  assert.deepEqual(entry?.target, { kind: 'client', id: client.id });
  assert.equal(entry?.details.scope, 'openid profile');
});

test('no code, cookie, e-mail or state is in the log (SPN-2)', async () => {
  const state = 'canary-state-7f3a';
  const code = await flow.code(client, ada, {
    state,
    nonce: 'canary-nonce-7f3a',
    login_hint: 'canary@example.org',
  });
  await flow.authorize(requestOf(client.id, { response_type: 'token', state }), asAda);
  const logged = harness.logged.join('\n');
  const cookie = ada.cookie.split('=')[1] ?? '';
  for (const secret of [
    code,
    cookie,
    state,
    'canary-nonce-7f3a',
    'canary@example.org',
    `${ada.subject.username}@example.org`,
  ]) {
    assert.ok(!logged.includes(secret), `the log holds ${secret}`);
  }
});
