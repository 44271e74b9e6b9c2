import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openHarness, testIssuer } from '../testing/harness.ts';
import { hashSecret } from '../tokens/index.ts';
import {
  answerOf,
  type Client,
  createFlow,
  encode,
  type Parameters,
  publicClient,
  requestOf,
  webClient,
} from './flow.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const ada = await flow.person();
const client = await flow.client();
const other = await flow.client();
const prefix = 'urn:ietf:params:oauth:request_uri:';

async function push(as: Client, parameters: Parameters) {
  const form = new URLSearchParams(encode(parameters));
  const response = await harness.post('/oauth2/par', form, { client: as });
  const body = (await response.json()) as {
    request_uri: string;
    expires_in: number;
    error: string;
    feature: string;
  };
  return { response, status: response.status, body };
}

async function pushed(as: Client = client, changes: Parameters = {}): Promise<string> {
  const { status, body } = await push(as, requestOf(as.id, changes));
  assert.equal(status, 201, body.error);
  return body.request_uri;
}

/** What a browser sends: client_id, the reference, and what is said beside them. */
const follow = (reference: string, changes: Parameters = {}, id = client.id) =>
  flow.authorize(
    { client_id: id, request_uri: reference, ...changes },
    { cookie: ada.cookie, headers: { accept: 'application/json' } },
  );

async function refusedAsUnknown(response: Response): Promise<void> {
  assert.equal(response.status, 400);
  assert.equal(response.headers.get('location'), null);
  assert.equal(((await response.json()) as { error: string }).error, 'invalid_request_uri');
}

test('a pushed request is answered 201 with a reference of 128 bits or more and its lifetime, not to be stored (RFC 9126 §2.2)', async () => {
  const { response, body } = await push(client, requestOf(client.id));
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.ok(body.request_uri.startsWith(prefix));
  assert.ok(body.request_uri.length >= prefix.length + 22);
  assert.equal(body.expires_in, 300);
});

test('a reference is redeemed for what was pushed (RFC 9126 §4)', async () => {
  const answer = answerOf(await follow(await pushed(client, { state: 'pushed' })));
  assert.equal(answer.state, 'pushed');
  assert.equal((await flow.redeem(client, answer.code ?? '')).status, 200);
});

test('parameters beside a reference are ignored (RFC 9126 §4, RFC 9101 §5)', async () => {
  const reference = await pushed(client, { state: 'pushed', scope: 'openid' });
  const answer = answerOf(
    await follow(reference, {
      state: 'outside',
      scope: 'openid email',
      redirect_uri: 'https://evil.example/',
      response_type: 'token',
      prompt: 'login',
      code_challenge: 'x',
      nonce: ['a', 'b'],
    }),
  );
  assert.equal(answer.state, 'pushed');
  assert.equal((await flow.redeem(client, answer.code ?? '')).body.scope, 'openid');
});

test('the pushed request is spent when its code is issued, and may be loaded again until then (ACC-2, RFC 9126 §7.3)', async () => {
  const reference = await pushed();
  const load = () => flow.authorize({ client_id: client.id, request_uri: reference });
  assert.match((await load()).headers.get('location') ?? '', /^\/login/);
  assert.match((await load()).headers.get('location') ?? '', /^\/login/);
  assert.ok(answerOf(await follow(reference)).code);
  await refusedAsUnknown(await follow(reference));
});

test('of many completions of one pushed request one gets a code: the pushed request is spent once (ACC-2)', async () => {
  const reference = await pushed();
  const answers = await Promise.all(Array.from({ length: 20 }, () => follow(reference)));
  const codes = answers.filter((answer) => answer.status === 303 && answerOf(answer).code !== undefined);
  assert.equal(codes.length, 1);
  for (const answer of answers.filter((one) => one.status === 303 && !codes.includes(one))) {
    assert.equal(answerOf(answer).error, 'invalid_request_uri');
  }
});

test('a refusal by the person does not spend the reference for one who comes back', async () => {
  const reference = await pushed(client, { prompt: 'none' });
  const silent = await flow.authorize({ client_id: client.id, request_uri: reference });
  assert.equal(answerOf(silent).error, 'login_required');
  assert.ok(answerOf(await follow(reference)).code);
});

test('a reference of another client, an unknown and an expired one look the same (RFC 9126 §4)', async () => {
  const reference = await pushed();
  await refusedAsUnknown(await follow(reference, {}, other.id));
  await refusedAsUnknown(await follow(`${prefix}unknown`));
  await refusedAsUnknown(await follow(prefix));
  await refusedAsUnknown(await follow(reference.toUpperCase().replace(prefix.toUpperCase(), prefix)));
  assert.ok(answerOf(await follow(reference)).code, 'and the attempts did not spend it');
});

test('a reference expires after its lifetime, no skew (RFC 9126 §2.2)', async () => {
  const last = await pushed();
  const late = await pushed();
  // The clock goes on by itself: a slow machine has some seconds.
  harness.clock.advance(295);
  assert.ok(answerOf(await follow(last)).code);
  harness.clock.advance(5);
  await refusedAsUnknown(await follow(late));
});

test('a person who began in time may take longer than the reference lives to sign in (architecture, decision 3)', async () => {
  const browser = flow.visitor();
  const query = encode({ client_id: client.id, request_uri: await pushed() });
  harness.clock.advance(299);
  const page = await browser.follow(await browser.get(`/oauth2/authorize?${query}`));
  harness.clock.advance(590);
  assert.ok(answerOf(await browser.signIn(page, ada.subject.username ?? '')).code);
});

test('request_uri cannot itself be pushed (RFC 9126 §2.1)', async () => {
  const { status, body } = await push(client, requestOf(client.id, { request_uri: await pushed() }));
  assert.equal(status, 400);
  assert.equal(body.error, 'invalid_request');
});

test('GET is 405 and names POST (RFC 9126 §2.3)', async () => {
  const response = await harness.fetch(`/oauth2/par?${encode(requestOf(client.id))}`);
  assert.equal(response.status, 405);
  assert.match(response.headers.get('allow') ?? '', /\bPOST\b/);
  assert.doesNotMatch(response.headers.get('allow') ?? '', /\bGET\b/);
});

for (const [what, changes, error] of [
  [
    'an unregistered redirect URI (CAP-1)',
    { redirect_uri: 'https://evil.example/' },
    'invalid_profile_usage',
  ],
  [
    'a request without PKCE (CAP-1)',
    { code_challenge: undefined, code_challenge_method: undefined },
    'invalid_request',
  ],
  ['plain PKCE (CAP-1)', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
  ['a scope of which nothing remains', { scope: 'admin' }, 'invalid_scope'],
  ['an unknown resource', { resource: 'https://evil.example/' }, 'invalid_target'],
  ['a request object that is none', { request: 'e30.e30.' }, 'invalid_request_object'],
  ['a duplicate parameter', { state: ['a', 'b'] }, 'invalid_request'],
  ['the client_id of another', { client_id: 'somebody' }, 'invalid_request'],
] as const) {
  test(`what authorize would refuse is refused when it is pushed: ${what} (RFC 9126 §2.3)`, async () => {
    const { status, body } = await push(client, requestOf(client.id, changes));
    assert.equal(status, 400);
    assert.equal(body.error, error);
    assert.equal(body.request_uri, undefined);
  });
}

test('an unauthenticated push is invalid_client (RFC 9126 §2.1)', async () => {
  const { response, body } = await push({ ...client, secret: 'wrong' }, requestOf(client.id));
  assert.equal(response.status, 401);
  assert.equal(body.error, 'invalid_client');
  const nobody = await harness.post('/oauth2/par', new URLSearchParams(encode(requestOf(client.id))));
  assert.equal(nobody.status, 401);
});

test('a public client pushes by its client_id', async () => {
  const phone = await flow.client(publicClient);
  const reference = await pushed(phone);
  assert.ok(answerOf(await follow(reference, {}, phone.id)).code);
});

test('credentials in a push are used and not kept: the stored request holds no secret (RFC 9126 §2.1)', async () => {
  const posting = await flow.client({ ...webClient, token_endpoint_auth_method: 'client_secret_post' });
  const form = new URLSearchParams(encode(requestOf(posting.id, { client_secret: posting.secret ?? '' })));
  const response = await harness.post('/oauth2/par', form);
  const { request_uri: reference } = (await response.json()) as { request_uri: string };
  assert.equal(response.status, 201);
  const stored = await harness.store.pushedRequests.find(
    'default',
    hashSecret('request-uri', reference),
    harness.clock.now(),
  );
  assert.deepEqual(stored?.parameters.map(([name]) => name).sort(), [
    'client_id',
    'code_challenge',
    'code_challenge_method',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
  ]);
});

test('a client registered to push may send nothing through the browser (RFC 9126 §6)', async () => {
  const pushing = await flow.client({ ...webClient, require_pushed_authorization_requests: true });
  const answer = answerOf(await flow.authorize(requestOf(pushing.id), { cookie: ada.cookie }));
  assert.equal(answer.error, 'invalid_request');
  assert.ok(answerOf(await follow(await pushed(pushing), {}, pushing.id)).code);
});

test('a client that lost its redirect URI after pushing gets a page (RFC 6749 §4.1.2.1)', async () => {
  const moving = await flow.client();
  const reference = await pushed(moving);
  const metadata = { ...moving.record.metadata, redirectUris: ['https://app.example/new'] };
  await harness.store.clients.replace({ ...moving.record, metadata, version: 2 }, 1, {});
  const response = await follow(reference, {}, moving.id);
  assert.equal(response.status, 400);
  assert.equal(response.headers.get('location'), null);
});

test('an error of a pushed request carries iss and state like any other (RFC 9207 §2)', async () => {
  const answer = answerOf(
    await flow.authorize({ client_id: client.id, request_uri: await pushed(client, { prompt: 'none' }) }),
  );
  assert.deepEqual(Object.keys(answer).sort(), ['error', 'error_description', 'iss', 'state']);
  assert.equal(answer.iss, testIssuer);
});
