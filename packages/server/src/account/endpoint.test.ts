import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Browser, createWorld, hiddenValue, password } from '../login/browser.test-support.ts';

const world = await createWorld({ after });
const ada = await world.addUser('ada');
const grace = await world.addUser('grace');
await world.addClient('web', { client_name: '"><b>Shop</b>' });
const chosen = 'violet kettle orbit';
const live = (subject: string) => world.store.sessions.listLive('default', subject, world.now);

async function signedIn(username: string, secret = password): Promise<Browser> {
  const browser = new Browser(world);
  assert.equal((await browser.signIn(username, undefined, secret)).headers.get('location'), '/account');
  return browser;
}

async function csrfOf(browser: Browser, form: string): Promise<string> {
  return hiddenValue(await (await browser.get('/account')).text(), 'csrf', `/account/${form}`);
}

test('without a session the account page leads to a sign-in that comes back to it', async () => {
  const browser = new Browser(world);
  const response = await browser.get('/account');
  assert.equal(response.status, 303);
  const login = response.headers.get('location') ?? '';
  assert.match(login, /^\/login\?interaction=[A-Za-z0-9_-]{32}$/);
  assert.match(await (await browser.get(login)).text(), /see your account/);
});

test('the page shows profile, sessions and remembered consents, everything escaped', async () => {
  const browser = await signedIn('ada');
  const consent = {
    tenant: 'default',
    subject: ada.id,
    clientId: 'web',
    scope: ['openid'],
    resources: [],
    grantedAt: world.now,
    updatedAt: world.now,
  };
  await world.store.consents.remember(consent, {});
  const page = await (await browser.get('/account')).text();
  for (const part of [
    /ada Example/,
    /ada@example\.com/,
    /Firefox, Linux/,
    /This browser/,
    /&lt;b&gt;Shop&lt;\/b&gt;/,
  ]) {
    assert.match(page, part);
  }
  assert.ok(page.includes(ada.id));
  assert.doesNotMatch(page, /<b>Shop/);
  assert.ok(page.length < 20_000);
});

test('a person ends one of the own sessions by its id, and nobody else’s', async () => {
  const [here, there, foreign] = [await signedIn('ada'), await signedIn('ada'), await signedIn('grace')];
  const [foreignSession] = await live(grace.id);
  const page = await (await here.get('/account')).text();
  const csrf = hiddenValue(page, 'csrf', '/account/sessions/end');
  await here.post('/account/sessions/end', { csrf, session: foreignSession?.id ?? '' });
  assert.equal((await foreign.get('/account')).status, 200);
  // Of ada's others, the page lists each with its id: end them all one by one.
  for (const [, id = ''] of page.matchAll(/name="session" value="([^"]*)"/g)) {
    const response = await here.post('/account/sessions/end', { csrf, session: id });
    assert.match(response.headers.get('location') ?? '', /^\/account\?done=session-ended&proof=/);
  }
  assert.equal((await there.get('/account')).status, 303);
  assert.equal((await here.get('/account')).status, 200);
  const [entry] = await world.store.audit.listNewest('default', 1);
  assert.deepEqual(
    [entry?.action, entry?.actor.id, entry?.details.cause],
    ['session.ended', ada.id, 'ended-by-person'],
  );
});

test('ending all others keeps this session alone', async () => {
  const [here, there] = [await signedIn('ada'), await signedIn('ada')];
  await here.post('/account/sessions/end-others', { csrf: await csrfOf(here, 'sessions/end-others') });
  assert.equal((await there.get('/account')).status, 303);
  assert.equal((await live(ada.id)).length, 1);
});

test('a revoked consent is forgotten, with its audit row', async () => {
  const browser = await signedIn('ada');
  const csrf = await csrfOf(browser, 'consents/revoke');
  await browser.post('/account/consents/revoke', { csrf, client: 'web' });
  assert.equal(await world.store.consents.find('default', ada.id, 'web'), undefined);
  const [entry] = await world.store.audit.listNewest('default', 1);
  assert.deepEqual([entry?.action, entry?.target?.id], ['consent.revoked', 'web']);
});

test('no action is taken without the token of that very form, from another site, or without a session', async () => {
  const browser = await signedIn('ada');
  const bystander = await signedIn('ada');
  const csrf = await csrfOf(browser, 'sign-out');
  const answers = [
    await browser.post('/account/sessions/end-others', {}),
    await browser.post('/account/sessions/end-others', { csrf }),
    await browser.post('/account/sign-out', { csrf: await csrfOf(bystander, 'sign-out') }),
    await browser.post('/account/sign-out', { csrf }, { 'sec-fetch-site': 'cross-site' }),
    await browser.post('/account/sign-out', { csrf }, { origin: 'https://evil.example' }),
  ];
  for (const answer of answers) assert.equal(answer.status, 403);
  const nobody = await new Browser(world).post('/account/sign-out', { csrf });
  assert.match(nobody.headers.get('location') ?? '', /^\/login\?/);
  assert.equal((await browser.get('/account')).status, 200);
  assert.equal((await bystander.get('/account')).status, 200);
});

test('signing out ends the session in the store, clears the cookie and says so', async () => {
  const browser = await signedIn('grace');
  const copy = new Browser(world);
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  const response = await browser.post('/account/sign-out', { csrf: await csrfOf(browser, 'sign-out') });
  assert.equal(response.headers.get('location'), '/account/signed-out');
  assert.equal(browser.cookies.has('cs-session-default'), false);
  assert.match(await (await browser.get('/account/signed-out')).text(), /You are signed out/);
  assert.equal((await copy.get('/account')).status, 303);
});

test('a new password needs the current one, is charged to the brake, and errors stand beside their field', async () => {
  const browser = await signedIn('ada');
  const csrf = await csrfOf(browser, 'password');
  world.brake.calls.length = 0;
  const wrong = await browser.post('/account/password', {
    csrf,
    password: 'wrong horse battery',
    new_password: chosen,
  });
  assert.equal(wrong.status, 422);
  assert.match(
    await wrong.text(),
    /aria-describedby="password-error"[\s\S]*id="password-error" role="alert"/,
  );
  assert.deepEqual(world.brake.calls, ['check account-password ada']);
  const short = await browser.post('/account/password', { csrf, password, new_password: 'short' });
  assert.equal(short.status, 422);
  assert.match(await short.text(), /id="new_password-error" role="alert"/);
  world.brake.blockedSeconds = 5;
  const braked = await browser.post('/account/password', { csrf, password, new_password: chosen });
  world.brake.blockedSeconds = 0;
  assert.equal(braked.status, 429);
  assert.equal((await new Browser(world).signIn('ada')).status, 303);
});

test('a changed password ends every other session and every copy of this one’s cookie', async () => {
  const [browser, other] = [await signedIn('ada'), await signedIn('ada')];
  const copy = new Browser(world);
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  const csrf = await csrfOf(browser, 'password');
  const response = await browser.post('/account/password', { csrf, password, new_password: chosen });
  assert.match(response.headers.get('location') ?? '', /^\/account\?done=password-changed&proof=/);
  assert.equal((await browser.get('/account')).status, 200);
  assert.equal((await other.get('/account')).status, 303);
  assert.equal((await copy.get('/account')).status, 303);
  assert.equal((await new Browser(world).signIn('ada')).status, 401);
  assert.equal((await new Browser(world).signIn('ada', undefined, chosen)).status, 303);
});

test('the page says only what this session was sent here with: a link made by somebody else says nothing', async () => {
  const [browser, other] = [await signedIn('ada', chosen), await signedIn('ada', chosen)];
  const csrf = await csrfOf(browser, 'sessions/end-others');
  const location =
    (await browser.post('/account/sessions/end-others', { csrf })).headers.get('location') ?? '';
  const shows = async (who: Browser, path: string): Promise<boolean> =>
    (await (await who.get(path)).text()).includes('class="notice');
  assert.equal(await shows(browser, location), true);
  assert.equal(await shows(browser, '/account?done=password-changed'), false);
  assert.equal(await shows(browser, location.replace('others-ended', 'setup')), false);
  assert.equal((await other.get('/account')).status, 303);
  assert.equal(await shows(await signedIn('ada', chosen), location), false);
});
