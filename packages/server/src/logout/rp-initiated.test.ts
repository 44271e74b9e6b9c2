/** OpenID Connect RP-Initiated Logout 1.0: the modules of its certification plan by name, then the rules between them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { exportPKCS8, generateKeyPair, importPKCS8, SignJWT } from 'jose';
import { answerOf, readJwt, webClient } from '../authorize/flow.test-support.ts';
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
const state = 'Zx-9_~.'.repeat(19).slice(0, 128);

/** The same claims, signed by somebody else under our key id; or by nobody. */
async function forged(idToken: string): Promise<string> {
  const { header, claims } = readJwt(idToken);
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const key = await importPKCS8(await exportPKCS8(privateKey), 'ES256');
  return new SignJWT({ ...claims }).setProtectedHeader({ ...header, alg: 'ES256' }).sign(key);
}

function unsigned(idToken: string): string {
  const { header, claims } = readJwt(idToken);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ ...header, alg: 'none' })}.${part(claims)}.`;
}

test('oidcc-rp-initiated-logout-discovery-endpoint-verification: discovery names end_session_endpoint, and it answers (OpenID Connect RP-Initiated Logout §2.1)', async () => {
  const document = (await (await harness.fetch('/.well-known/openid-configuration')).json()) as {
    readonly end_session_endpoint: string;
  };
  assert.equal(document.end_session_endpoint, 'http://localhost:9400/oauth2/logout');
  await assertSignedOutPage(await harness.fetch(document.end_session_endpoint));
});

test('oidcc-rp-initiated-logout: with the ID token of this session the browser is sent back at once with its state, and is signed out (OpenID Connect RP-Initiated Logout §2, §3)', async () => {
  const { browser, tokens } = await signIn(client);
  assert.equal(await isSignedIn(browser, client), true);
  const answer = await requestLogout(browser, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: returnUri,
    state,
  });
  assert.deepEqual(answerOf(answer, returnUri), { state }, 'state and nothing else');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(browser.cookies.has('cs-session-default'), false);
  assert.equal(await isSignedIn(browser, client), false);
});

test('oidcc-rp-initiated-logout-no-state: without state there is none in the redirect (OpenID Connect RP-Initiated Logout §3)', async () => {
  const { browser, tokens } = await signIn(client);
  const answer = await requestLogout(browser, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: returnUri,
  });
  assert.deepEqual([answer.status, answer.headers.get('location')], [303, returnUri]);
  assert.equal(await isSignedIn(browser, client), false);
});

test('oidcc-rp-initiated-logout-no-post-logout-redirect-uri: the person is signed out and sees it (OpenID Connect RP-Initiated Logout §2)', async () => {
  const { browser, tokens } = await signIn(client);
  const page = await assertSignedOutPage(
    await requestLogout(browser, { id_token_hint: tokens.id_token, state }),
  );
  assert.equal(page.includes(state), false);
  assert.equal(await isSignedIn(browser, client), false);
});

for (const [module, parameters] of [
  ['oidcc-rp-initiated-logout-no-params', {}],
  ['oidcc-rp-initiated-logout-only-state', { state }],
] as const) {
  test(`${module}: the person is asked, and is signed out and sees it (OpenID Connect RP-Initiated Logout §2)`, async () => {
    const { browser } = await signIn(client);
    const page = await questionOf(await requestLogout(browser, parameters));
    assert.match(page, /Do you want to sign out\?/);
    assert.equal(await isSignedIn(browser, client), true, 'a question ends nothing');
    const answer = await decide(browser, page, 'sign-out');
    assert.equal((await assertSignedOutPage(answer)).includes(state), false);
    assert.equal(await isSignedIn(browser, client), false);
  });
}

const doubtful: Readonly<
  Record<
    string,
    (idToken: string) => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>
  >
> = {
  'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri': (hint) => ({
    id_token_hint: hint,
    post_logout_redirect_uri: 'https://app.example/another_page',
  }),
  'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri': (hint) => ({
    id_token_hint: hint,
    post_logout_redirect_uri: `${returnUri}?foo=bar`,
  }),
  'oidcc-rp-initiated-logout-no-id-token-hint': () => ({ post_logout_redirect_uri: returnUri }),
  'oidcc-rp-initiated-logout-modified-id-token-hint': (hint) => ({
    id_token_hint: unsigned(hint),
    post_logout_redirect_uri: returnUri,
  }),
  'oidcc-rp-initiated-logout-bad-id-token-hint': async (hint) => ({
    id_token_hint: await forged(hint),
    post_logout_redirect_uri: returnUri,
  }),
};
for (const [module, parametersFor] of Object.entries(doubtful)) {
  test(`${module}: the person is asked and told, and nobody is redirected, before or after (OpenID Connect RP-Initiated Logout §2, §3, §4)`, async () => {
    const { browser, tokens } = await signIn(client);
    const answer = await requestLogout(browser, { ...(await parametersFor(tokens.id_token)), state });
    assert.match(answer.headers.get('content-security-policy') ?? '', /form-action 'self';/);
    const page = await questionOf(answer);
    assert.match(page, /could not be checked, so you stay here/);
    assert.doesNotMatch(page, /app\.example/);
    assert.equal(await isSignedIn(browser, client), true);
    const after = await assertSignedOutPage(await decide(browser, page, 'sign-out'));
    assert.doesNotMatch(after, /app\.example/);
    assert.equal(await isSignedIn(browser, client), false);
  });
}

test('an expired ID token is as good a hint as a fresh one, also by POST (OpenID Connect RP-Initiated Logout §2)', async () => {
  const { browser, person, tokens } = await signIn(client);
  harness.clock.advance(1000);
  // A form on the client's site: the browser withholds our Lax cookies from it …
  const stranger = flow.visitor();
  const posted = await stranger.post('/oauth2/logout', {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: returnUri,
    state,
  });
  assert.equal(posted.status, 303);
  assert.match(posted.headers.get('location') ?? '', /^\/oauth2\/logout\/resume\?interaction=[\w-]{32}$/);
  assert.equal(await isSignedIn(browser, client), true);
  // … and sends them with the GET that the answer redirects to.
  stranger.takeCookie(person.cookie);
  assert.deepEqual(answerOf(await stranger.follow(posted), returnUri), { state });
  assert.equal(await isSignedIn(browser, client), false);
});

test('a POST is read from its body alone, and what was registered is looked up again when it comes back (OpenID Connect RP-Initiated Logout §2, §3)', async () => {
  const own = await flow.client(returningClient);
  const { browser, tokens } = await signIn(own);
  const post = (form: Readonly<Record<string, string>>) =>
    browser.post(
      `/oauth2/logout?id_token_hint=${tokens.id_token}&post_logout_redirect_uri=${returnUri}`,
      form,
    );
  const page = await questionOf(await browser.follow(await post({ state })));
  assert.doesNotMatch(page, /asks you to sign out|app\.example/);
  const posted = await post({ id_token_hint: tokens.id_token, post_logout_redirect_uri: returnUri });
  const { record } = own;
  const metadata = { ...record.metadata, postLogoutRedirectUris: [] };
  await harness.store.clients.replace({ ...record, metadata, version: 2 }, 1, {});
  assert.match(await questionOf(await browser.follow(posted)), /could not be checked/);
});

test('a POST that can no longer be read leads to the question, not to a dead end (OpenID Connect RP-Initiated Logout §4)', async () => {
  const { browser } = await signIn(client);
  await questionOf(await browser.get(`/oauth2/logout/resume?interaction=${'x'.repeat(32)}`));
  await assertSignedOutPage(await flow.visitor().get('/oauth2/logout/resume'));
});

test('the page tells who asks, where to, who is signed in, and what it ends and what goes on; the redirect after it carries the state (OpenID Connect RP-Initiated Logout §2, §3)', async () => {
  const other = await flow.client({ ...webClient, client_name: 'Harbour Mail' });
  const { browser, person } = await signIn(client);
  await flow.code(other, person);
  const request = { client_id: client.id, post_logout_redirect_uri: returnUri, state };
  const first = await questionOf(await requestLogout(browser, request));
  assert.doesNotMatch(first, /allowed to go on/);
  await flow.tokens(client, person, { scope: 'openid offline_access' });
  const asked = await requestLogout(browser, request);
  assert.match(asked.headers.get('content-security-policy') ?? '', /form-action 'self' https:;/);
  const page = await questionOf(asked);
  assert.match(page, new RegExp(`<strong>${client.id}</strong></bdi> asks you to sign out`));
  assert.match(page, /<code>https:\/\/app\.example<\/code>/);
  assert.match(page, new RegExp(`<strong>${person.subject.username}</strong>`));
  assert.match(page, /Harbour Mail/);
  assert.match(page, /Access that you allowed to go on/);
  assert.ok(page.length < 20_000);
  assert.deepEqual(answerOf(await decide(browser, page, 'sign-out'), returnUri), { state });
  assert.equal(await isSignedIn(browser, client), false);
});

test('whoever stays is sent nowhere and is still signed in (OpenID Connect RP-Initiated Logout §2)', async () => {
  const { browser } = await signIn(client);
  const request = { client_id: client.id, post_logout_redirect_uri: returnUri };
  const page = await questionOf(await requestLogout(browser, request));
  const stayed = await decide(browser, page, 'stay');
  assert.equal(stayed.headers.get('location'), '/account');
  assert.equal(await isSignedIn(browser, client), true);
});

test('without a session a proven request is redirected, a named client gets a link to follow, anything else the page alone (OpenID Connect RP-Initiated Logout §3, §4)', async () => {
  const { tokens } = await signIn(client);
  const nobody = flow.visitor();
  const request = { post_logout_redirect_uri: returnUri, state: 'a b&c=d' };
  const proven = await requestLogout(nobody, { ...request, id_token_hint: tokens.id_token });
  assert.deepEqual(answerOf(proven, returnUri), { state: 'a b&c=d' });
  const named = await assertSignedOutPage(await requestLogout(nobody, { ...request, client_id: client.id }));
  assert.ok(named.includes(`href="${returnUri}?state=a+b%26c%3Dd"`));
  for (const unproven of [request, { ...request, client_id: 'no-such-client' }]) {
    assert.doesNotMatch(await assertSignedOutPage(await requestLogout(nobody, unproven)), /app\.example/);
  }
});

test('state comes back intact to 4096 characters, and beyond that is refused, never cut (OpenID Connect RP-Initiated Logout §3)', async () => {
  const { browser, tokens } = await signIn(client);
  const request = { id_token_hint: tokens.id_token, post_logout_redirect_uri: returnUri };
  const tooLong = await requestLogout(browser, { ...request, state: 'x'.repeat(4097) });
  assert.deepEqual([tooLong.status, tooLong.headers.get('location')], [400, null]);
  const odd = `${'é+ %#?&"<'.repeat(100)}${'x'.repeat(3000)}`;
  assert.equal(answerOf(await requestLogout(browser, { ...request, state: odd }), returnUri).state, odd);
});

test('a registered query stays, and the state joins it (OpenID Connect RP-Initiated Logout §3)', async () => {
  const withQuery = 'https://app.example/bye?from=op&x=%2F';
  const own = await flow.client({ ...webClient, post_logout_redirect_uris: [withQuery] });
  const { browser, tokens } = await signIn(own);
  const answer = await requestLogout(browser, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: withQuery,
    state: 's',
  });
  assert.equal(answer.headers.get('location'), `${withQuery}&state=s`);
});

test('ui_locales chooses the language of the pages and never fails; logout_hint neither (OpenID Connect RP-Initiated Logout §2)', async () => {
  const { browser } = await signIn(client);
  const request = { ui_locales: 'xx de-CH en', logout_hint: 'somebody else' };
  const page = await (await requestLogout(browser, request)).text();
  assert.match(page, /<html lang="de">[\s\S]*<h1>Abmelden<\/h1>/);
  const signedOut = await decide(browser, page, 'sign-out');
  assert.match(await signedOut.text(), /<h1>Sie sind abgemeldet<\/h1>/);
  const long = await requestLogout(flow.visitor(), { ui_locales: 'zz '.repeat(500) });
  await assertSignedOutPage(long);
});

test('a logout ends the session, its access tokens and the families without offline_access; those with it go on (OpenID Connect RP-Initiated Logout §2, OpenID Connect Back-Channel Logout §2.7)', async () => {
  const always = await flow.client({ ...returningClient, always_refresh: true });
  const { browser, person, tokens: online } = await signIn(always);
  const offline = await flow.tokens(client, person, { scope: 'openid offline_access' });
  const opaque = await flow.client({ ...returningClient, access_token_format: 'opaque' });
  const { access_token: reference } = await flow.tokens(opaque, person);
  const request = { id_token_hint: online.id_token, post_logout_redirect_uri: returnUri };
  assert.equal((await requestLogout(browser, request)).status, 303);
  assert.equal(await flow.isActive(always, online.access_token), false);
  assert.equal(await flow.isActive(client, offline.access_token), false);
  assert.equal(await flow.isActive(opaque, reference), false);
  assert.equal((await flow.refresh(always, online.refresh_token)).body.error, 'invalid_grant');
  // What was allowed to go on does, in the next second: the revocation of a session covers what it issued until its own.
  harness.clock.advance(1);
  const refreshed = await flow.refresh(client, offline.refresh_token);
  assert.equal(refreshed.status, 200);
  assert.equal(await flow.isActive(client, refreshed.body.access_token), true);
  const [entry] = await flow.audited('session.ended');
  assert.deepEqual(
    [entry?.actor.id, entry?.target?.id, entry?.details],
    [person.subject.id, person.session.id, { cause: 'rp-logout', client: always.id }],
  );
});

test('sid is the same in every ID token of a session, through refresh and after its end (OpenID Connect Back-Channel Logout §2.1)', async () => {
  const { browser, person, tokens } = await signIn(client, { scope: 'openid offline_access' });
  const sidOf = (token: string) => readJwt(token).claims.sid;
  assert.equal(sidOf(tokens.id_token), person.session.id);
  const refreshed = await flow.refresh(client, tokens.refresh_token);
  assert.equal(sidOf(refreshed.body.id_token), person.session.id);
  await requestLogout(browser, { id_token_hint: tokens.id_token });
  const later = await flow.refresh(client, refreshed.body.refresh_token);
  assert.equal(sidOf(later.body.id_token), person.session.id);
});

test('a second request for the same logout is no error (OpenID Connect RP-Initiated Logout §4)', async () => {
  const { browser, tokens } = await signIn(client);
  const request = { id_token_hint: tokens.id_token, post_logout_redirect_uri: returnUri, state };
  for (let time = 0; time < 2; time += 1) {
    assert.deepEqual(answerOf(await requestLogout(browser, request), returnUri), { state });
  }
});

test('HEAD ends nothing, and the endpoint is served below the tenant (OpenID Connect RP-Initiated Logout §2)', async () => {
  const { browser, person, tokens } = await signIn(client);
  const headers = { cookie: person.cookie };
  const probe = await harness.fetch(`/oauth2/logout?id_token_hint=${tokens.id_token}`, {
    method: 'HEAD',
    headers,
  });
  assert.equal(probe.status, 405);
  assert.equal(await isSignedIn(browser, client), true);
  const tenant = await harness.addTenant({ id: 'acme' });
  const theirs = await flow.client(returningClient, tenant);
  const there = await signIn(theirs);
  const request = { id_token_hint: there.tokens.id_token, post_logout_redirect_uri: returnUri };
  assert.equal((await requestLogout(there.browser, request, '/t/acme')).headers.get('location'), returnUri);
  assert.equal(await isSignedIn(there.browser, theirs), false);
});
