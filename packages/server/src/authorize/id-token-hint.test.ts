/** id_token_hint, and `sub` in the claims parameter: the answer is about that person or about nobody. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { encodeJws, joinJws } from '@countersign/protocol/jose';
import { openHarness, testIssuer } from '../testing/harness.ts';
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
const other = await flow.client();
const ada = await flow.person();
const grace = await flow.person();

const hintOf = async (person = ada, by = client): Promise<string> => (await flow.tokens(by, person)).id_token;
const adaHint = await hintOf();

const answer = async (changes: Parameters, person = ada) =>
  answerOf(await flow.authorize(requestOf(client.id, changes), { cookie: person.cookie }));

async function subjectOf({ code = '' }: Readonly<Record<string, string>>): Promise<unknown> {
  return readJwt((await flow.redeem(client, code)).body.id_token).claims.sub;
}

async function visit(browser: Visitor, changes: Parameters): Promise<Response> {
  return browser.follow(await browser.get(`/oauth2/authorize?${encode(requestOf(client.id, changes))}`));
}

function browserOf(person: typeof ada): Visitor {
  const browser = flow.visitor();
  browser.takeCookie(person.cookie);
  return browser;
}

/** The two ways to name a person. */
const namings = [
  ['id_token_hint', (hint: string) => ({ id_token_hint: hint })],
  [
    'sub in the claims parameter',
    (hint: string) => ({
      claims: JSON.stringify({ id_token: { sub: { value: readJwt(hint).claims.sub } } }),
    }),
  ],
  [
    'sub among values for userinfo',
    (hint: string) => ({
      claims: JSON.stringify({ userinfo: { sub: { essential: true, values: [readJwt(hint).claims.sub] } } }),
    }),
  ],
] as const;

for (const [how, naming] of namings) {
  test(`the person named by ${how} is answered for, silently too (OpenID Connect Core §3.1.2.1, §3.1.2.2)`, async () => {
    assert.equal(await subjectOf(await answer({ ...naming(adaHint), prompt: 'none' })), ada.subject.id);
    assert.equal(await subjectOf(await answer(naming(adaHint))), ada.subject.id);
  });

  test(`somebody else than the person named by ${how} is login_required, silent or not, and gets no code (OpenID Connect Core §3.1.2.2, §5.5.1)`, async () => {
    for (const prompt of ['none', undefined, 'consent']) {
      const refused = await answer({ ...naming(adaHint), prompt }, grace);
      assert.deepEqual([refused.error, refused.code], ['login_required', undefined], `prompt ${prompt}`);
      assert.equal(refused.iss, testIssuer);
    }
  });

  test(`with nobody signed in, the person named by ${how} may sign in, and nobody else does for them (OpenID Connect Core §3.1.2.2)`, async () => {
    assert.equal(
      answerOf(await visit(flow.visitor(), { ...naming(adaHint), prompt: 'none' })).error,
      'login_required',
    );
    const right = flow.visitor();
    const page = await visit(right, naming(adaHint));
    assert.equal(page.status, 200);
    assert.equal(
      await subjectOf(answerOf(await right.signIn(page, ada.subject.username ?? ''))),
      ada.subject.id,
    );
    const wrong = flow.visitor();
    const refused = answerOf(
      await wrong.signIn(await visit(wrong, naming(adaHint)), grace.subject.username ?? ''),
    );
    assert.deepEqual([refused.error, refused.code], ['login_required', undefined]);
  });

  test(`prompt login lets the person named by ${how} take over a browser of somebody else (OpenID Connect Core §3.1.2.2)`, async () => {
    const browser = browserOf(await flow.person());
    const page = await visit(browser, { ...naming(adaHint), prompt: 'login' });
    assert.equal(page.status, 200);
    assert.equal(
      await subjectOf(answerOf(await browser.signIn(page, ada.subject.username ?? ''))),
      ada.subject.id,
    );
  });
}

test('a hint and a sub that name two people are met by nobody (OpenID Connect Core §3.1.2.2)', async () => {
  const claims = JSON.stringify({ id_token: { sub: { value: grace.subject.id } } });
  for (const person of [ada, grace]) {
    assert.equal((await answer({ id_token_hint: adaHint, claims }, person)).error, 'login_required');
  }
});

test('a hint is accepted expired, and after its key was replaced (OpenID Connect Core §3.1.2.1)', async () => {
  const person = await flow.person();
  const hint = await hintOf(person);
  await harness.app.keys.rotate('default', 'ES256', { emergency: true, traceId: '', operator: 'ada' });
  harness.clock.advance(3600);
  assert.ok((readJwt(hint).claims.exp as number) < harness.clock.now());
  assert.equal(
    await subjectOf(await answer({ id_token_hint: hint, prompt: 'none' }, person)),
    person.subject.id,
  );
});

/** The hint with changes, signed by our own key. */
async function resigned(claims: Readonly<Record<string, unknown>>, header = {}): Promise<string> {
  const key = await harness.app.keys.signingKey('default', 'ES256');
  const { signingInput } = encodeJws(
    { typ: 'JWT', alg: 'ES256', kid: key.kid, ...header },
    { ...readJwt(adaHint).claims, ...claims },
  );
  return joinJws(signingInput, await key.sign(signingInput));
}

test('a hint that was issued to another client, or is none of ours, is invalid_request: to leave it out would be to answer for anybody (OpenID Connect Core §3.1.2.2)', async () => {
  const [head, payload = ''] = adaHint.split('.');
  const { access_token } = await flow.tokens(client, ada);
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  for (const [title, id_token_hint] of [
    ['issued to another client', await hintOf(ada, other)],
    ['to us and another client', await resigned({ aud: [client.id, other.id] })],
    ['to nobody', await resigned({ aud: '' })],
    ['of another issuer', await resigned({ iss: 'https://evil.example' })],
    ['of the issuer of another tenant', await resigned({ iss: `${testIssuer}/t/acme` })],
    ['a logout token', await resigned({}, { typ: 'logout+jwt' })],
    ['an access token', access_token],
    ['unsigned', `${none}.${payload}.`],
    ['without its signature', `${head}.${payload}.`],
    ['malformed', 'a.b.c'],
    ['a subject', ada.subject.id],
  ] as const) {
    for (const prompt of ['none', undefined]) {
      const refused = await answer({ id_token_hint, prompt });
      assert.deepEqual([refused.error, refused.code], ['invalid_request', undefined], title);
    }
  }
  assert.ok(
    (await answer({ id_token_hint: await resigned({}), prompt: 'none' })).code,
    'nothing else is wrong',
  );
});

test('a hint is checked when it is pushed, and counts when the reference is used (RFC 9126 §2.1)', async () => {
  const push = (id_token_hint: string): Promise<Response> =>
    harness.post('/oauth2/par', new URLSearchParams(encode(requestOf(client.id, { id_token_hint }))), {
      client,
    });
  const refused = await push('bogus');
  assert.equal(refused.status, 400);
  assert.equal(((await refused.json()) as { error: string }).error, 'invalid_request');
  const { request_uri } = (await (await push(adaHint)).json()) as { request_uri: string };
  const use = async (cookie: string) =>
    answerOf(await flow.authorize({ client_id: client.id, request_uri }, { cookie }));
  assert.equal((await use(grace.cookie)).error, 'login_required');
  assert.equal(await subjectOf(await use(ada.cookie)), ada.subject.id);
});

test('a hint of one tenant is none at another, though client id and user name are the same (attack 9)', async () => {
  const acme = await harness.addTenant({ id: 'acme' });
  const { client: twin } = await harness.addClient(client.id, webClient, acme);
  const namesake = await harness.addUser(ada.subject.username ?? '', acme);
  const { cookie } = await harness.signIn(namesake, acme);
  const at = async (id_token_hint: string) =>
    answerOf(
      await flow.authorize(requestOf(twin.id, { id_token_hint, prompt: 'none' }), {
        cookie,
        basePath: '/t/acme',
      }),
    );
  assert.equal((await at(adaHint)).error, 'invalid_request');
  assert.equal((await at(await resigned({ iss: `${testIssuer}/t/acme` }))).error, 'invalid_request');
});

test('a client with pairwise subjects names people as it knows them, and by nothing else (OpenID Connect Core §8, §5.5.1)', async () => {
  const pairwise = await flow.client({ ...webClient, subject_type: 'pairwise' });
  const elsewhere = await flow.client({
    ...webClient,
    subject_type: 'pairwise',
    redirect_uris: ['https://other.example/cb'],
  });
  const person = await flow.person();
  const ask = async (changes: Parameters) =>
    answerOf(
      await flow.authorize(requestOf(pairwise.id, { prompt: 'none', ...changes }), { cookie: person.cookie }),
    );
  const bySub = (value: unknown) => ({ claims: JSON.stringify({ id_token: { sub: { value } } }) });
  const anybody = {
    claims: JSON.stringify({ id_token: { sub: null }, userinfo: { sub: { essential: true } } }),
  };
  assert.ok((await ask(anybody)).code, 'sub without a value names nobody, known to the client or not');
  assert.equal((await ask(bySub(person.subject.id))).error, 'login_required', 'not known to the client yet');
  const hint = await hintOf(person, pairwise);
  const { sub } = readJwt(hint).claims;
  assert.notEqual(sub, person.subject.id);
  for (const changes of [{ id_token_hint: hint }, bySub(sub), { id_token_hint: hint, ...bySub(sub) }]) {
    assert.ok((await ask(changes)).code);
  }
  const foreign = answerOf(
    await flow.authorize(requestOf(elsewhere.id, { redirect_uri: 'https://other.example/cb' }), {
      cookie: person.cookie,
    }),
    'https://other.example/cb',
  );
  const redeemed = await flow.redeem(elsewhere, foreign.code ?? '', {
    redirect_uri: 'https://other.example/cb',
  });
  assert.equal((await ask(bySub(person.subject.id))).error, 'login_required', 'the id behind it');
  assert.equal(
    (await ask(bySub(readJwt(redeemed.body.id_token).claims.sub))).error,
    'login_required',
    'the sub of another sector',
  );
  assert.equal((await ask({ id_token_hint: redeemed.body.id_token })).error, 'invalid_request');
  assert.equal((await ask({ id_token_hint: await hintOf(ada, pairwise) })).error, 'login_required');
});

test('an empty hint is an absent one (RFC 6749 §3.1)', async () => {
  assert.ok((await answer({ id_token_hint: '', prompt: 'none' })).code);
});

test('no hint is in the log, accepted or refused (SPN-2)', async () => {
  await answer({ id_token_hint: adaHint });
  await answer({ id_token_hint: `${adaHint}x` });
  const [, payload = ''] = adaHint.split('.');
  assert.ok(!harness.logged.join('\n').includes(payload));
});
