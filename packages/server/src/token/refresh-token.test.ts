import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  answerOf,
  type Client,
  createFlow,
  encode,
  publicClient,
  readJwt,
  requestOf,
  webClient,
} from '../authorize/flow.test-support.ts';
import { clientWith } from '../authorize/steps/step-input.test-support.ts';
import { openHarness, testIssuer } from '../testing/harness.ts';
import { rotatesOnUse } from './refresh-token.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const ada = await flow.person();
const client = await flow.client();
const phone = await flow.client(publicClient);
const scope = 'openid profile offline_access';

const begin = (of: Client = client, changes = {}) => flow.tokens(of, ada, { scope, ...changes });

async function userinfoStatus(token: string): Promise<number> {
  return (await harness.fetch('/oauth2/userinfo', { headers: { authorization: `Bearer ${token}` } })).status;
}

/** Runs with a grace of `seconds`, which other tests must not see. */
async function withGrace(seconds: number, run: () => Promise<void>): Promise<void> {
  await harness.changeTenant({ refreshGraceSeconds: seconds });
  try {
    await run();
  } finally {
    await harness.changeTenant({ refreshGraceSeconds: 0 });
  }
}

test('a refresh token rotates on every use of a public client (SPN-6, RFC 9700 §2.2.2, §4.14.2)', async () => {
  const seen = new Set<string>();
  let { refresh_token: token } = await begin(phone);
  for (let use = 0; use < 4; use += 1) {
    seen.add(token);
    const { status, body } = await flow.refresh(phone, token);
    assert.equal(status, 200);
    token = body.refresh_token;
  }
  assert.equal(seen.has(token), false);
  assert.equal(seen.size, 4);
});

test('a confidential client rotates by default, and keeps its token if it is registered so (architecture, decision 6)', async () => {
  const first = await begin();
  assert.notEqual((await flow.refresh(client, first.refresh_token)).body.refresh_token, first.refresh_token);
  const keeping = await flow.client({ ...webClient, rotate_refresh_tokens: false });
  const kept = await begin(keeping);
  for (let use = 0; use < 3; use += 1) {
    const { status, body } = await flow.refresh(keeping, kept.refresh_token);
    assert.equal(status, 200);
    assert.equal(body.refresh_token, kept.refresh_token);
  }
});

test('nobody rotates under fapi2-security, and a public client rotates everywhere else (FAPI 2.0 Security Profile §5.3.2.1)', () => {
  const confidential = clientWith();
  const keeping = clientWith({ rotate_refresh_tokens: false });
  const open = clientWith({ token_endpoint_auth_method: 'none' });
  const doctored = { metadata: { ...open.metadata, rotateRefreshTokens: false } };
  for (const profile of ['standard', 'strict', 'oidc-core'] as const) {
    assert.equal(rotatesOnUse(confidential, profile), true);
    assert.equal(rotatesOnUse(keeping, profile), false);
    assert.equal(rotatesOnUse(open, profile), true);
    assert.equal(rotatesOnUse(doctored, profile), true);
  }
  for (const one of [confidential, keeping, open]) assert.equal(rotatesOnUse(one, 'fapi2-security'), false);
});

test('reuse of a rotated token revokes the family, the winner’s tokens included (SPN-6, RFC 9700 §4.14.2)', async () => {
  const first = await begin(phone);
  const second = (await flow.refresh(phone, first.refresh_token)).body;
  const third = (await flow.refresh(phone, second.refresh_token)).body;
  assert.equal(await userinfoStatus(third.access_token), 200);
  const reused = await flow.refresh(phone, first.refresh_token);
  assert.equal(reused.status, 400);
  assert.equal(reused.body.error, 'invalid_grant');
  for (const { access_token } of [first, second, third])
    assert.equal(await userinfoStatus(access_token), 401);
  for (const { refresh_token } of [first, second, third]) {
    assert.equal((await flow.refresh(phone, refresh_token)).body.error, 'invalid_grant');
  }
});

test('reuse is audited with its family (SPN-6)', async () => {
  const first = await begin();
  await flow.refresh(client, first.refresh_token);
  await flow.refresh(client, first.refresh_token);
  const [entry] = await flow.audited('refresh.reused');
  assert.equal(entry?.outcome, 'refused');
  assert.equal(entry?.reason, 'refresh_reused');
  assert.deepEqual(entry?.target, { kind: 'grant', id: readJwt(first.access_token).claims.grant_id });
});

test('reuse ends the session too where the tenant says so (architecture, decision 6)', async () => {
  const person = await flow.person();
  await harness.changeTenant({ refreshOnReuse: 'session' });
  try {
    const first = await flow.tokens(client, person, { scope });
    await flow.refresh(client, first.refresh_token);
    await flow.refresh(client, first.refresh_token);
    assert.equal(
      await harness.store.sessions.findLiveById('default', person.session.id, harness.clock.now()),
      undefined,
    );
  } finally {
    await harness.changeTenant({ refreshOnReuse: 'family' });
  }
});

test('a token of another client is refused and its family lives on (SPN-6, RFC 6749 §6)', async () => {
  const first = await begin();
  const refused = await flow.refresh(phone, first.refresh_token);
  assert.equal(refused.body.error, 'invalid_grant');
  const second = (await flow.refresh(client, first.refresh_token)).body;
  assert.ok(second.access_token);
  assert.equal(
    (await flow.refresh(phone, first.refresh_token)).body.error,
    'invalid_grant',
    'an old one neither',
  );
  assert.equal(await flow.isActive(client, second.access_token), true);
});

test('within a grace the same client gets the same successor, and a fresh access token (SPN-6, architecture, decision 6)', async () => {
  await withGrace(30, async () => {
    const first = await begin(phone);
    const once = (await flow.refresh(phone, first.refresh_token)).body;
    harness.clock.advance(20);
    const twice = (await flow.refresh(phone, first.refresh_token)).body;
    assert.equal(twice.refresh_token, once.refresh_token);
    assert.notEqual(twice.access_token, once.access_token);
    assert.equal((await flow.refresh(phone, once.refresh_token)).status, 200, 'and the family lives on');
  });
});

test('a grace is over after its seconds, after two generations, and for another client: reuse revokes the family (SPN-6)', async () => {
  await withGrace(30, async () => {
    const late = await begin(phone);
    const successor = (await flow.refresh(phone, late.refresh_token)).body;
    harness.clock.advance(31);
    assert.equal((await flow.refresh(phone, late.refresh_token)).status, 400);
    assert.equal((await flow.refresh(phone, successor.refresh_token)).status, 400);

    const old = await begin(phone);
    const next = (await flow.refresh(phone, old.refresh_token)).body;
    const last = (await flow.refresh(phone, next.refresh_token)).body;
    assert.equal((await flow.refresh(phone, old.refresh_token)).status, 400);
    assert.equal((await flow.refresh(phone, last.refresh_token)).status, 400);

    const owned = await begin(phone);
    const kept = (await flow.refresh(phone, owned.refresh_token)).body;
    assert.equal((await flow.refresh(client, owned.refresh_token)).body.error, 'invalid_grant');
    assert.equal((await flow.refresh(phone, kept.refresh_token)).status, 200);
  });
});

test('20 parallel uses of one refresh token: at most one successor, and without a grace the family ends (ACC-2, SPN-6)', async () => {
  const first = await begin(phone);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => flow.refresh(phone, first.refresh_token)),
  );
  const won = answers.filter(({ status }) => status === 200);
  assert.equal(won.length, 1, 'one successor');
  assert.equal(await userinfoStatus(won[0]?.body.access_token ?? ''), 401);
});

test('20 parallel uses within a grace: all succeed with one successor (ACC-2, SPN-6)', async () => {
  await withGrace(30, async () => {
    const first = await begin(phone);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => flow.refresh(phone, first.refresh_token)),
    );
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 1);
  });
});

test('a refresh without scope keeps the original one, also after a narrower refresh (RFC 6749 §6)', async () => {
  const first = await begin();
  const narrow = (await flow.refresh(client, first.refresh_token, { scope: 'profile' })).body;
  assert.equal(narrow.scope, 'profile');
  assert.equal(narrow.id_token, undefined);
  const again = (await flow.refresh(client, narrow.refresh_token)).body;
  assert.equal(again.scope, scope);
  assert.ok(again.id_token);
});

test('a refresh for more than the grant, or for nothing, is invalid_scope and spends nothing (RFC 6749 §6)', async () => {
  const first = await begin();
  for (const wider of ['openid email', 'admin', '  ', '"']) {
    const { status, body } = await flow.refresh(client, first.refresh_token, { scope: wider });
    assert.equal(status, 400);
    assert.equal(body.error, 'invalid_scope');
  }
  assert.equal((await flow.refresh(client, first.refresh_token)).status, 200);
});

test('what is taken from the client’s registration is not issued again from an old grant', async () => {
  const shrinking = await flow.client({
    ...webClient,
    audiences: ['https://a.example/', 'https://b.example/'],
  });
  const resource = ['https://a.example/', 'https://b.example/'];
  const first = await begin(shrinking, { resource });
  const change = async (version: number, metadata: object) =>
    harness.store.clients.replace(
      { ...shrinking.record, metadata: { ...shrinking.record.metadata, ...metadata }, version: version + 1 },
      version,
      {},
    );
  await change(1, { scope: ['openid', 'offline_access'], audiences: ['https://b.example/'] });
  const { body } = await flow.refresh(shrinking, first.refresh_token);
  assert.equal(body.scope, 'openid offline_access');
  assert.deepEqual(readJwt(body.access_token).claims.aud, ['https://b.example/', testIssuer]);
  await change(2, { scope: ['email'] });
  assert.equal((await flow.refresh(shrinking, body.refresh_token)).body.error, 'invalid_scope');
  await change(3, { audiences: [] });
  assert.equal((await flow.refresh(shrinking, body.refresh_token)).body.error, 'invalid_target');
});

test('resources: a code and its refreshes are for those granted, or fewer, and never for others (RFC 8707 §2.2)', async () => {
  const audiences = ['https://a.example/', 'https://b.example/', 'https://c.example/'];
  const api = await flow.client({ ...webClient, audiences });
  const [a, b] = audiences;
  const granted = { scope: 'api:read offline_access', resource: [a ?? '', b ?? ''] };
  const audOf = (token: string) => readJwt(token).claims.aud;

  const code = await flow.code(api, ada, granted);
  assert.equal(
    (await flow.redeem(api, code, { resource: 'https://c.example/' })).body.error,
    'invalid_target',
  );
  assert.equal((await flow.redeem(api, code, { resource: 'not a uri' })).body.error, 'invalid_target');
  const first = (await flow.redeem(api, code, { resource: a })).body;
  assert.equal(audOf(first.access_token), a, 'narrowed for this token');

  const whole = (await flow.refresh(api, first.refresh_token)).body;
  assert.deepEqual(audOf(whole.access_token), [a, b], 'the grant is as wide as it was');
  const narrow = (await flow.refresh(api, whole.refresh_token, { resource: b })).body;
  assert.equal(audOf(narrow.access_token), b);
  assert.equal(
    (await flow.refresh(api, narrow.refresh_token, { resource: 'https://c.example/' })).body.error,
    'invalid_target',
  );
  assert.equal(
    (await flow.refresh(api, narrow.refresh_token, { resource: [b ?? '', 'https://c.example/'] })).body.error,
    'invalid_target',
  );
  assert.equal((await flow.refresh(api, narrow.refresh_token)).status, 200, 'a refusal spends nothing');
});

test('a resource asked for at authorize, or pushed, travels by the code into the token and its refreshes (RFC 8707 §2.1, RFC 9126 §2)', async () => {
  const audiences = ['https://a.example/v1?x=1', 'urn:example:b'];
  const api = await flow.client({ ...webClient, audiences });
  const [a = '', b = ''] = audiences;
  const form = encode(requestOf(api.id, { scope: 'api:read offline_access', resource: [b, a, b] }));
  const pushed = await harness.post('/oauth2/par', new URLSearchParams(form), { client: api });
  const { request_uri } = (await pushed.json()) as { request_uri: string };
  const answer = await flow.authorize({ client_id: api.id, request_uri }, { cookie: ada.cookie });
  const first = (await flow.redeem(api, answerOf(answer).code ?? '')).body;
  assert.deepEqual(readJwt(first.access_token).claims.aud, [b, a]);
  const second = (await flow.refresh(api, first.refresh_token)).body;
  assert.deepEqual(readJwt(second.access_token).claims.aud, [b, a]);
  for (const resource of [`${a}/`, 'https://a.example/v1', 'URN:example:b', `${a}#f`]) {
    assert.equal(
      (await flow.refresh(api, second.refresh_token, { resource })).body.error,
      'invalid_target',
      resource,
    );
  }
});

test('a code is for no resource that was taken from the client since (RFC 8707 §2.2)', async () => {
  const api = await flow.client({ ...webClient, audiences: ['https://a.example/', 'https://b.example/'] });
  const request = { scope: 'api:read', resource: ['https://a.example/', 'https://b.example/'] };
  const [partly, wholly] = [await flow.code(api, ada, request), await flow.code(api, ada, request)];
  const lose = (audiences: readonly string[], version: number) =>
    harness.store.clients.replace(
      { ...api.record, metadata: { ...api.record.metadata, audiences }, version: version + 1 },
      version,
      {},
    );
  await lose(['https://b.example/'], 1);
  assert.equal(readJwt((await flow.redeem(api, partly)).body.access_token).claims.aud, 'https://b.example/');
  await lose(['https://c.example/'], 2);
  assert.equal((await flow.redeem(api, wholly)).body.error, 'invalid_target');
});

test('without resource the token is for all registered audiences, with openid for userinfo too (RFC 9068 §3)', async () => {
  const api = await flow.client({ ...webClient, audiences: ['https://a.example/'] });
  const { access_token } = await flow.tokens(api, ada, { scope: 'openid api:read' });
  assert.deepEqual(readJwt(access_token).claims.aud, ['https://a.example/', testIssuer]);
  assert.equal(await userinfoStatus(access_token), 200);
  const bare = await flow.tokens(api, ada, { scope: 'api:read' });
  assert.equal(readJwt(bare.access_token).claims.aud, 'https://a.example/');
  assert.equal(await userinfoStatus(bare.access_token), 401);
});

test('a refresh token needs the refresh grant, and offline_access or alwaysRefresh (architecture, decision 5)', async () => {
  assert.equal((await flow.tokens(client, ada, { scope: 'openid' })).refresh_token, undefined);
  const always = await flow.client({ ...webClient, always_refresh: true });
  const { refresh_token } = await flow.tokens(always, ada, { scope: 'openid' });
  assert.equal((await flow.refresh(always, refresh_token)).body.scope, 'openid');
  const without = await flow.client({
    ...webClient,
    always_refresh: true,
    grant_types: ['authorization_code'],
  });
  const tokens = await flow.tokens(without, ada, { scope });
  assert.equal(tokens.refresh_token, undefined);
  assert.equal(tokens.scope, 'openid profile');
});

test('a client that lost the refresh grant cannot use its tokens (RFC 6749 §5.2)', async () => {
  const losing = await flow.client();
  const { refresh_token } = await begin(losing);
  const metadata = { ...losing.record.metadata, grantTypes: ['authorization_code'] as const };
  await harness.store.clients.replace({ ...losing.record, metadata, version: 2 }, 1, {});
  assert.equal((await flow.refresh(losing, refresh_token)).body.error, 'unauthorized_client');
});

test('refresh tokens end when idle and in any case after their whole life; use pushes the idle end alone (architecture, decision 3)', async () => {
  const day = 86_400;
  const idle = await begin();
  let used = (await begin()).refresh_token;
  for (let step = 0; step < 5; step += 1) {
    harness.clock.advance(6 * day);
    const { status, body } = await flow.refresh(client, used);
    assert.equal(status, step < 4 ? 200 : 400);
    used = body.refresh_token;
  }
  assert.equal((await flow.refresh(client, idle.refresh_token)).status, 400);
});

test('a forged, malformed, unknown or missing token is refused, all but the last alike (RFC 6749 §5.2)', async () => {
  const person = await flow.person();
  const { refresh_token } = await flow.tokens(client, person, { scope });
  const [head = '', generation = '', mac = ''] = refresh_token.split('.');
  const flipped = `${mac.slice(0, -2)}${mac.endsWith('AA') ? 'BB' : 'AA'}`;
  const forged = [
    'x',
    `${head}.${generation}.${flipped}`,
    `${head}.${Number(generation) + 1}.${mac}`,
    `${head}.0${generation}.${mac}`,
    `cs_rt_${'A'.repeat(22)}.${generation}.${mac}`,
    `${refresh_token}=`,
    ` ${refresh_token}`,
  ];
  const answers = await Promise.all(forged.map((token) => flow.refresh(client, token)));
  assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
  assert.equal(answers[0]?.body.error, 'invalid_grant');
  assert.equal((await flow.refresh(client, '')).body.error, 'invalid_request');
  assert.equal((await flow.refresh(client, refresh_token)).status, 200, 'and no forgery counted as reuse');
});

test('a refresh is audited like the first grant (ACC-4)', async () => {
  const person = await flow.person();
  const first = await flow.tokens(client, person, { scope });
  await flow.refresh(client, first.refresh_token);
  const [entry] = await flow.audited('token.issued');
  const details = entry?.details ?? {};
  assert.equal(details.grant, 'refresh_token');
  assert.equal(details.grant_id, readJwt(first.access_token).claims.grant_id);
  assert.deepEqual(entry?.target, { kind: 'subject', id: person.subject.id });
});
