/** What somebody could try at the logout endpoint: to be redirected to, to sign others out, to pass for another. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { encode, readJwt } from '../authorize/flow.test-support.ts';
import { openHarness } from '../testing/harness.ts';
import {
  assertSignedOutPage,
  createLogoutWorld,
  decide,
  questionOf,
  requestLogout,
  returningClient,
  returnUri,
} from './logout.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const { flow, signIn, isSignedIn } = createLogoutWorld(harness);
const client = await flow.client(returningClient);
const othersUri = 'https://other.example/bye';
await flow.client({ ...returningClient, post_logout_redirect_uris: [othersUri] });

const nearMisses: Readonly<Record<string, string>> = {
  'another case of the host': 'https://APP.example/post_logout_redirect',
  'another case of the path': 'https://app.example/Post_logout_redirect',
  'a trailing slash': `${returnUri}/`,
  'a query': `${returnUri}?`,
  'a fragment': `${returnUri}#x`,
  'an explicit port': 'https://app.example:443/post_logout_redirect',
  'percent-encoding': 'https://app.example/post%5Flogout_redirect',
  'a dot segment': 'https://app.example/x/../post_logout_redirect',
  'a longer host': 'https://app.example.evil.example/post_logout_redirect',
  'user information': 'https://app.example@evil.example/post_logout_redirect',
  'a backslash': 'https://app.example\\@evil.example/post_logout_redirect',
  'another scheme': 'http://app.example/post_logout_redirect',
  'no scheme': '//app.example/post_logout_redirect',
  'white space': ` ${returnUri}`,
  'a line break': `${returnUri}\r\nset-cookie: x=y`,
  "the client's own redirect URI": 'https://app.example/cb',
  "another client's address": othersUri,
  'a script': 'javascript:alert(1)',
  'a page of data': 'data:text/html,x',
};
for (const [what, uri] of Object.entries(nearMisses)) {
  test(`no browser is redirected to ${what} instead of the registered address, signed in or not, asked or not (OpenID Connect RP-Initiated Logout §3)`, async () => {
    const { browser, tokens } = await signIn(client);
    const request = { id_token_hint: tokens.id_token, client_id: client.id, post_logout_redirect_uri: uri };
    const page = await questionOf(await requestLogout(browser, request));
    const answers = [
      await decide(browser, page, 'sign-out'),
      await requestLogout(flow.visitor(), request),
      await requestLogout(flow.visitor(), { ...request, id_token_hint: undefined }),
      await browser.follow(await browser.post('/oauth2/logout', request)),
    ];
    for (const answer of answers) {
      assert.doesNotMatch(
        await assertSignedOutPage(answer),
        /other\.example|app\.example|evil|alert|data:text/,
      );
    }
  });
}

test('a parameter that is sent twice is refused with a page, whichever it is (OpenID Connect RP-Initiated Logout §4)', async () => {
  const { browser, tokens } = await signIn(client);
  for (const twice of [
    { post_logout_redirect_uri: [returnUri, othersUri] },
    { id_token_hint: [tokens.id_token, 'x'] },
    { client_id: [client.id, 'x'], post_logout_redirect_uri: returnUri },
    { state: ['a', 'b'], id_token_hint: tokens.id_token, post_logout_redirect_uri: returnUri },
  ]) {
    const answer = await requestLogout(browser, twice);
    assert.deepEqual([answer.status, answer.headers.get('location')], [400, null]);
  }
  assert.equal(await isSignedIn(browser, client), true);
});

test('client_id and the audience of the hint must agree, else the request is one of nobody (OpenID Connect RP-Initiated Logout §2)', async () => {
  const other = await flow.client({ ...returningClient, client_name: 'Other' });
  const { browser, tokens } = await signIn(client);
  for (const client_id of [other.id, 'no-such-client', client.id.toUpperCase()]) {
    const request = { id_token_hint: tokens.id_token, client_id, post_logout_redirect_uri: returnUri };
    const page = await questionOf(await requestLogout(browser, request));
    assert.doesNotMatch(page, /asks you to sign out/);
    assert.equal((await requestLogout(flow.visitor(), request)).headers.get('location'), null);
  }
  const agreed = {
    id_token_hint: tokens.id_token,
    client_id: client.id,
    post_logout_redirect_uri: returnUri,
  };
  assert.equal((await requestLogout(browser, agreed)).headers.get('location'), returnUri);
});

test('a hint of another tenant is foreign, also with the same client id, subject claims and address (OpenID Connect RP-Initiated Logout §4, attack 9)', async () => {
  const tenant = await harness.addTenant({ id: 'acme' });
  const { client: twin, secret } = await harness.addClient(client.id, returningClient, tenant);
  const theirs = { id: twin.id, secret, record: twin };
  const [here, there] = [await signIn(client), await signIn(theirs)];
  for (const [visit, hint, basePath] of [
    [here, there.tokens.id_token, ''],
    [there, here.tokens.id_token, '/t/acme'],
  ] as const) {
    const request = { id_token_hint: hint, post_logout_redirect_uri: returnUri };
    assert.doesNotMatch(
      await questionOf(await requestLogout(visit.browser, request, basePath)),
      /asks you to sign out|app\.example/,
    );
  }
  // A cookie of one tenant is none of the other's.
  const crossed = await requestLogout(here.browser, { id_token_hint: there.tokens.id_token }, '/t/acme');
  await assertSignedOutPage(crossed);
  assert.equal(await isSignedIn(here.browser, client), true);
  assert.equal(await isSignedIn(there.browser, theirs), true);
});

test('an ID token of another session ends neither this one without a question nor that one at all (OpenID Connect RP-Initiated Logout §2)', async () => {
  const [mine, others] = [await signIn(client), await signIn(client)];
  // The same person elsewhere, too: it is the session that counts.
  const elsewhere = await harness.signIn(mine.person.subject);
  const second = flow.visitor();
  second.takeCookie(elsewhere.cookie);
  for (const [browser, hint] of [
    [mine.browser, others.tokens.id_token],
    [second, mine.tokens.id_token],
  ] as const) {
    const request = { id_token_hint: hint, post_logout_redirect_uri: returnUri };
    await questionOf(await requestLogout(browser, request));
  }
  const nobody = await requestLogout(flow.visitor(), { id_token_hint: mine.tokens.id_token });
  await assertSignedOutPage(nobody);
  for (const browser of [mine.browser, others.browser, second]) {
    assert.equal(await isSignedIn(browser, client), true);
  }
});

test('nothing but an ID token is a hint: not our access token, not one without its session (OpenID Connect RP-Initiated Logout §4, attack 1)', async () => {
  const { browser, tokens } = await signIn(client);
  const { header, claims } = readJwt(tokens.id_token);
  const key = await harness.app.keys.signingKey('default', 'ES256');
  const sign = async (typ: string, change: Readonly<Record<string, unknown>>): Promise<string> => {
    const parts = [
      { ...header, typ },
      { ...claims, ...change },
    ];
    const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${input}.${Buffer.from(await key.sign(input)).toString('base64url')}`;
  };
  const hints = [
    tokens.access_token,
    await sign('logout+jwt', {}),
    await sign('JWT', { aud: [client.id, 'other'] }),
    await sign('JWT', { iss: 'http://localhost:9400/' }),
    await sign('JWT', { sid: undefined }),
    'x'.repeat(20_000),
    'null',
  ];
  for (const hint of hints) {
    const form = { id_token_hint: hint };
    await questionOf(await browser.follow(await browser.post('/oauth2/logout', form)));
  }
  assert.equal(await isSignedIn(browser, client), true);
});

test('a disabled client is not believed, by hint or by name (OpenID Connect RP-Initiated Logout §4)', async () => {
  const own = await flow.client(returningClient);
  const { browser, tokens } = await signIn(own);
  await harness.store.clients.replace({ ...own.record, disabledAt: 1, version: 2 }, 1, {});
  for (const asker of [{ id_token_hint: tokens.id_token }, { client_id: own.id }]) {
    const request = { ...asker, post_logout_redirect_uri: returnUri };
    assert.doesNotMatch(await questionOf(await requestLogout(browser, request)), /asks you|app\.example/);
    assert.equal((await requestLogout(flow.visitor(), request)).headers.get('location'), null);
  }
});

test('nobody is signed out by a form of another site, without a token, or with that of another session or question (OpenID Connect RP-Initiated Logout §6)', async () => {
  const { browser, person } = await signIn(client);
  const named = { client_id: client.id, post_logout_redirect_uri: returnUri, state: 'mine' };
  const page = await questionOf(await requestLogout(browser, named));
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const stranger = await signIn(client);
  const strangersPage = await questionOf(await requestLogout(stranger.browser, named));
  const foreign = /name="csrf" value="([^"]+)"/.exec(strangersPage)?.[1] ?? '';
  const form = { ...named, csrf, decision: 'sign-out' };
  const post = (fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
    harness.post('/oauth2/logout/confirm', fields, { headers: { cookie: person.cookie, ...headers } });
  const refused = [
    await post({ ...form, csrf: '' }),
    await post({ ...form, csrf: foreign }),
    await post({ ...form, state: 'changed' }),
    await post({ ...form, post_logout_redirect_uri: othersUri }),
    await post({ decision: 'sign-out', csrf }),
    await post(form, { 'sec-fetch-site': 'cross-site' }),
    await post(form, { origin: 'https://evil.example' }),
  ];
  for (const answer of refused) {
    assert.deepEqual([answer.status, answer.headers.get('location')], [403, null]);
  }
  assert.equal((await post({ ...form, decision: 'whatever' })).status, 400);
  assert.equal(await isSignedIn(browser, client), true);
  const own = await post(form, { 'sec-fetch-site': 'same-origin', origin: 'null' });
  assert.equal(own.headers.get('location'), `${returnUri}?state=mine`);
  assert.equal(await isSignedIn(browser, client), false);
});

test('whoever is signed out already gets no redirect out of the form of the page (OpenID Connect RP-Initiated Logout §3)', async () => {
  const form = { client_id: client.id, post_logout_redirect_uri: returnUri, decision: 'sign-out' };
  await assertSignedOutPage(await harness.post('/oauth2/logout/confirm', form));
});

test('a waiting logout of one browser or tenant is nothing to another (attack 3, attack 9)', async () => {
  const { tokens, browser } = await signIn(client);
  const form = { id_token_hint: tokens.id_token, post_logout_redirect_uri: returnUri };
  const posted = await flow.visitor().post('/oauth2/logout', form);
  const path = posted.headers.get('location') ?? '';
  assert.doesNotMatch(await questionOf(await browser.get(path)), /asks you|app\.example/);
  await harness.addTenant({ id: 'beta' });
  await assertSignedOutPage(await browser.get(`/t/beta${path}`));
  const interaction = new URL(path, 'http://localhost').searchParams.get('interaction') ?? '';
  for (const page of ['/login', '/consent', '/oauth2/authorize/resume']) {
    assert.equal((await browser.get(`${page}?${encode({ interaction })}`)).status, 400, page);
  }
});

test('what a client is called, and what it sends, is text on the page and nothing else', async () => {
  const loud = await flow.client({ ...returningClient, client_name: '"><script>alert(1)</script>' });
  const { browser } = await signIn(loud);
  const request = {
    client_id: loud.id,
    post_logout_redirect_uri: returnUri,
    state: '"><b>bold</b>',
    ui_locales: '"><i>',
  };
  const page = await questionOf(await requestLogout(browser, request));
  assert.doesNotMatch(page, /<script>alert|<b>bold|"><i>/);
  assert.match(page, /&lt;script&gt;alert/);
  const back = await assertSignedOutPage(await requestLogout(flow.visitor(), request));
  assert.doesNotMatch(back, /<script>alert|<b>bold/);
});
