/** prompt, max_age and consent through the real pages. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openHarness } from '../testing/harness.ts';
import {
  answerOf,
  createFlow,
  encode,
  type Parameters,
  postedForm,
  readJwt,
  requestOf,
  type Visitor,
  webClient,
} from './flow.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const ada = await flow.person();
const grace = await flow.person();
const first = await flow.client();
const asking = await flow.client({ ...webClient, first_party: false });

async function visit(browser: Visitor, clientId: string, changes: Parameters = {}): Promise<Response> {
  return browser.follow(await browser.get(`/oauth2/authorize?${encode(requestOf(clientId, changes))}`));
}

const nameOf = ({ subject }: typeof ada): string => subject.username ?? '';

function signedIn(person = ada): Visitor {
  const browser = flow.visitor();
  browser.takeCookie(person.cookie);
  return browser;
}

async function idTokenOf(response: Response, client = first): Promise<Readonly<Record<string, unknown>>> {
  const { code = '' } = answerOf(response);
  const { status, body } = await flow.redeem(client, code);
  assert.equal(status, 200);
  return readJwt(body.id_token).claims;
}

test('prompt none without a session is login_required, and asks nobody anything (OpenID Connect Core §3.1.2.6)', async () => {
  const response = await flow.authorize(requestOf(first.id, { prompt: 'none' }));
  assert.equal(answerOf(response).error, 'login_required');
  assert.deepEqual(response.headers.getSetCookie(), []);
});

test('prompt none with a session and consent answers at once; without consent it is consent_required (OpenID Connect Core §3.1.2.6)', async () => {
  assert.ok(answerOf(await visit(signedIn(), first.id, { prompt: 'none' })).code);
  assert.equal(answerOf(await visit(signedIn(), asking.id, { prompt: 'none' })).error, 'consent_required');
});

test('prompt none with a session that is too old for max_age is login_required (OpenID Connect Core §3.1.2.1)', async () => {
  const browser = signedIn(grace);
  assert.equal(
    answerOf(await visit(browser, first.id, { prompt: 'none', max_age: '0' })).error,
    'login_required',
  );
  assert.ok(answerOf(await visit(browser, first.id, { prompt: 'none', max_age: '3600' })).code);
});

test('without a session the person signs in and the request goes on where it was (OpenID Connect Core §3.1.2.3)', async () => {
  const browser = flow.visitor();
  const page = await visit(browser, first.id, { state: 'kept' });
  assert.equal(page.status, 200);
  const answer = answerOf(await browser.signIn(page, nameOf(ada)));
  assert.ok(answer.code);
  assert.equal(answer.state, 'kept');
});

for (const prompt of ['login', 'select_account']) {
  test(`prompt ${prompt} asks for a new sign-in though there is a session, once (OpenID Connect Core §3.1.2.1)`, async () => {
    const person = await flow.person();
    const browser = signedIn(person);
    harness.clock.advance(5);
    const page = await visit(browser, first.id, { prompt, max_age: '3600' });
    assert.equal(page.status, 200);
    const claims = await idTokenOf(await browser.signIn(page, nameOf(person)));
    assert.ok((claims.auth_time as number) >= person.session.authTime + 5, 'a new auth_time');
    assert.equal(claims.sid, person.session.id, 'the same session goes on');
  });
}

test('prompt login lets another person sign in, whose code it then is', async () => {
  const browser = signedIn(await flow.person());
  const page = await visit(browser, first.id, { prompt: 'login' });
  const claims = await idTokenOf(await browser.signIn(page, nameOf(grace)));
  assert.equal(claims.sub, grace.subject.id);
});

test('a reload of the resumed request after its answer is not a second answer: the interaction is taken once', async () => {
  const browser = flow.visitor();
  const page = await visit(browser, first.id);
  const id = /name="interaction" value="([^"]*)"/.exec(await page.clone().text())?.[1] ?? '';
  assert.ok(answerOf(await browser.signIn(page, nameOf(ada))).code);
  const again = await browser.get(`/oauth2/authorize/resume?interaction=${id}`);
  assert.equal(again.status, 400);
  assert.equal(again.headers.get('location'), null);
});

test('many tabs that resume one interaction at once get one code between them', async () => {
  const browser = signedIn(await flow.person());
  const posted = await browser.post('/oauth2/authorize', requestOf(first.id));
  const resume = posted.headers.get('location') ?? '';
  const answers = await Promise.all(Array.from({ length: 20 }, () => browser.get(resume)));
  assert.equal(answers.filter((answer) => answer.status === 303 && answerOf(answer).code).length, 1);
  assert.equal(answers.filter((answer) => answer.status === 400).length, 19);
});

test('max_age 0 asks for a sign-in each time, and auth_time tells of it (OpenID Connect Core §3.1.2.1)', async () => {
  const person = await flow.person();
  const browser = signedIn(person);
  const page = await visit(browser, first.id, { max_age: '0' });
  assert.equal(page.status, 200);
  const claims = await idTokenOf(await browser.signIn(page, nameOf(person)));
  assert.equal(typeof claims.auth_time, 'number');
  assert.equal((await visit(browser, first.id, { max_age: '0' })).status, 200);
});

test('max_age asks for a sign-in when the last one is older, default_max_age counts where none is sent (Registration §2)', async () => {
  const person = await flow.person();
  const browser = signedIn(person);
  const hourly = await flow.client({ ...webClient, default_max_age: 100 });
  assert.ok(answerOf(await visit(browser, hourly.id)).code);
  harness.clock.advance(101);
  assert.equal((await visit(browser, hourly.id)).status, 200, 'the sign-in page');
  assert.ok(
    answerOf(await visit(browser, hourly.id, { max_age: '3600' })).code,
    'the request’s own max_age counts',
  );
  assert.ok(answerOf(await visit(browser, first.id)).code, 'no max_age, no question');
});

test('consent is asked once, remembered, and asked again for more (RFC 6749 §4.1.1)', async () => {
  const person = await flow.person();
  const browser = signedIn(person);
  const page = await visit(browser, asking.id, { scope: 'openid profile' });
  assert.equal(page.status, 200);
  assert.ok(answerOf(await browser.decide(page, 'allow')).code);
  assert.ok(answerOf(await visit(browser, asking.id, { scope: 'openid' })).code, 'a part of it');
  assert.ok(answerOf(await visit(browser, asking.id, { scope: 'openid', prompt: 'none' })).code);
  assert.equal(
    (await visit(browser, asking.id, { scope: 'openid email' })).status,
    200,
    'more than was allowed',
  );
});

test('prompt consent asks although consent is stored (OpenID Connect Core §3.1.2.1)', async () => {
  const browser = signedIn(await flow.person());
  assert.ok(answerOf(await browser.decide(await visit(browser, asking.id), 'allow')).code);
  const page = await visit(browser, asking.id, { prompt: 'consent' });
  assert.equal(page.status, 200);
  assert.ok(answerOf(await browser.decide(page, 'allow')).code);
});

test('prompt "login consent" asks for both, in that order (OpenID Connect Core §3.1.2.1)', async () => {
  const person = await flow.person();
  const browser = signedIn(person);
  const login = await visit(browser, asking.id, { prompt: 'login consent' });
  const consent = await browser.signIn(login, nameOf(person));
  assert.equal(consent.status, 200);
  assert.ok(answerOf(await browser.decide(consent, 'allow')).code);
});

test('a person who refuses is access_denied at the client, and may be asked again (RFC 6749 §4.1.2.1)', async () => {
  const browser = signedIn(await flow.person());
  const answer = answerOf(await browser.decide(await visit(browser, asking.id), 'deny'));
  assert.equal(answer.error, 'access_denied');
  assert.equal(answer.state, 'af0ifjsldkj');
  assert.equal((await visit(browser, asking.id)).status, 200);
});

test('offline_access is granted to a third party by a person who saw it, and to nobody silently (OpenID Connect Core §11)', async () => {
  const browser = signedIn(await flow.person());
  const page = await visit(browser, asking.id, { scope: 'openid offline_access', prompt: 'consent' });
  const { code = '' } = answerOf(await browser.decide(page, 'allow'));
  const granted = (await flow.redeem(asking, code)).body;
  assert.equal(granted.scope, 'openid offline_access');
  assert.ok(granted.refresh_token);
  const silent = answerOf(await visit(browser, asking.id, { scope: 'openid offline_access' }));
  const without = (await flow.redeem(asking, silent.code ?? '')).body;
  assert.equal(without.scope, 'openid');
  assert.equal(without.refresh_token, undefined);
});

test('consent taken back between the page and the answer is asked for again, without going round in circles', async () => {
  const person = await flow.person();
  const browser = signedIn(person);
  const page = await visit(browser, asking.id);
  const text = await page.text();
  const read = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? '';
  const form = { interaction: read('interaction'), csrf: read('csrf'), decision: 'allow' };
  const allowed = await browser.post('/consent', form);
  await harness.store.consents.revoke(
    'default',
    person.subject.id,
    asking.id,
    harness.clock.now(),
    harness.clock.now() + 1,
    {},
  );
  const asked = await browser.follow(allowed);
  assert.equal(asked.status, 200);
  assert.ok(answerOf(await browser.decide(asked, 'allow')).code);
});

for (const [prompt, pages] of [
  ['login consent', ['Sign in', 'Allow access']],
  ['consent login', ['Sign in', 'Allow access']],
  ['select_account consent', ['Sign in', 'Allow access']],
  ['login select_account', ['Sign in']],
  ['login select_account consent', ['Sign in', 'Allow access']],
  ['consent consent', ['Allow access']],
] as const) {
  test(`prompt "${prompt}" asks for ${pages.join(' and ').toLowerCase()}, each once (OpenID Connect Core §3.1.2.1)`, async () => {
    const person = await flow.person();
    const browser = signedIn(person);
    await browser.decide(await visit(browser, asking.id), 'allow');
    let page = await visit(browser, asking.id, { prompt });
    for (const heading of pages) {
      assert.match(await page.clone().text(), new RegExp(`<h1>${heading}</h1>`));
      page =
        heading === 'Sign in'
          ? await browser.signIn(page, nameOf(person))
          : await browser.decide(page, 'allow');
    }
    assert.ok(answerOf(page).code);
  });
}

for (const prompt of [
  'none login',
  'none consent',
  'select_account none',
  'none login consent select_account',
]) {
  test(`prompt "${prompt}" is refused: none stands alone (OpenID Connect Core §3.1.2.1)`, async () => {
    const answer = answerOf(await visit(signedIn(), first.id, { prompt }));
    assert.equal(answer.error, 'invalid_request');
  });
}

for (const [prompt, error] of [
  ['create', 'invalid_request'],
  ['NONE', 'invalid_request'],
  ['login\tconsent', 'invalid_request'],
] as const) {
  test(`prompt ${JSON.stringify(prompt)} is none that we know, and is refused (OpenID Connect Core §3.1.2.1)`, async () => {
    assert.equal(answerOf(await visit(signedIn(), first.id, { prompt })).error, error);
  });
}

test('max_age 1 and 10000 compare with the time of the sign-in, to the second (OpenID Connect Core §3.1.2.1)', async () => {
  const person = await flow.person();
  const browser = signedIn(person);
  assert.equal(
    (await idTokenOf(await visit(browser, first.id, { max_age: '10000' }))).auth_time,
    person.session.authTime,
  );
  harness.clock.advance(10);
  const page = await visit(browser, first.id, { max_age: '1' });
  assert.equal(page.status, 200, 'the sign-in page');
  const claims = await idTokenOf(await browser.signIn(page, nameOf(person)));
  assert.ok((claims.auth_time as number) >= person.session.authTime + 10);
});

test('a login_hint is filled in, and signs nobody in (OpenID Connect Core §3.1.2.1)', async () => {
  const page = await visit(flow.visitor(), first.id, { login_hint: 'ada@example.org' });
  assert.match(await page.text(), /name="username"[^>]* value="ada@example\.org"/);
  const answer = answerOf(await visit(flow.visitor(), first.id, { login_hint: nameOf(ada), prompt: 'none' }));
  assert.equal(answer.error, 'login_required');
});

test('display, ui_locales, claims_locales and what nobody knows never fail, signed in or not, by GET and by POST (OpenID Connect Core §3.1.2.1)', async () => {
  for (const wishes of [
    { display: 'page' },
    { display: 'popup' },
    { display: 'touch' },
    { display: 'wap' },
    { display: 'hologram' },
    { ui_locales: 'fr-CA fr en' },
    { claims_locales: 'x-klingon \u00fc' },
    { extra: 'foobar', foo: ['1'], constructor: 'x' },
  ] as const) {
    assert.ok(answerOf(await visit(signedIn(), first.id, wishes)).code, JSON.stringify(wishes));
    const page = await visit(flow.visitor(), first.id, wishes);
    assert.match(await page.text(), /<h1>Sign in<\/h1>/);
    const browser = signedIn();
    const posted = await browser.post('/oauth2/authorize', requestOf(first.id, wishes));
    assert.ok(answerOf(await browser.follow(posted)).code);
  }
});

test('display popup leaves the window that opened it able to talk to it, on every page of the way; no other display does (OpenID Connect Core §3.1.2.1)', async () => {
  const person = await flow.person();
  for (const [display, policy] of [
    ['popup', 'unsafe-none'],
    ['page', 'same-origin'],
    ['touch', 'same-origin'],
    ['POPUP', 'same-origin'],
  ] as const) {
    const browser = flow.visitor();
    const request = { display, response_mode: 'form_post', prompt: 'login consent' };
    const login = await visit(browser, asking.id, request);
    const consent = await browser.signIn(login, nameOf(person));
    const sent = await browser.decide(consent, 'allow');
    assert.ok((await postedForm(sent.clone())).fields.code);
    for (const page of [login, consent, sent]) {
      assert.equal(page.headers.get('cross-origin-opener-policy'), policy, display);
    }
  }
});
