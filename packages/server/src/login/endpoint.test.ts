import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Browser, createWorld, hiddenValue, password, redirectUri } from './browser.test-support.ts';

const world = await createWorld({ after });
const ada = await world.addUser('ada');
await world.addClient('web', {
  policy_uri: 'https://app.example/privacy',
  tos_uri: 'https://app.example/terms',
});
const sessionCookie = 'cs-session-default';
const newest = () => world.store.audit.listNewest('default', 1);
const steady = (page: string): string =>
  page.replaceAll(/name="csrf" value="[^"]*"|name="interaction" value="[^"]*"/g, '');

test('the page says who asks and where the answer goes, and admits that origin in form-action', async () => {
  const browser = new Browser(world);
  const id = await browser.begin('web', [['login_hint', 'ada"><script>']]);
  const response = await browser.get(`/login?interaction=${id}`);
  const page = await response.text();
  assert.equal(response.status, 200);
  assert.match(page, /Web shop/);
  assert.match(page, /<code>https:\/\/app\.example<\/code>/);
  assert.match(page, /value="ada&quot;&gt;&lt;script&gt;"/);
  assert.match(page, /href="https:\/\/app\.example\/privacy"/);
  assert.match(page, /href="https:\/\/app\.example\/terms"/);
  assert.match(response.headers.get('content-security-policy') ?? '', /form-action 'self' https:;/);
  assert.ok(page.length < 20_000);
});

test('the page shows the logo from its own origin and no other, and the links that are registered, which learn nothing (OpenID Connect Registration §2)', async () => {
  await world.addClient('branded', {
    logo_uri: "https://cdn.example/logo.svg?a=1&b='x'",
    client_uri: 'https://shop.example/',
    policy_uri: 'https://shop.example/privacy',
    tos_uri: 'https://shop.example/terms',
  });
  for (const path of ['/login', '/consent']) {
    const browser = new Browser(world);
    const id = await browser.begin('branded');
    if (path === '/consent') await browser.signIn('ada', id);
    const response = await browser.get(`${path}?interaction=${id}`);
    const page = await response.text();
    const [picture = '', ...more] = page.match(/<img[^>]*>/g) ?? [];
    assert.equal(more.length, 0);
    assert.match(picture, /src="https:\/\/cdn\.example\/logo\.svg\?a=1&amp;b=&#39;x&#39;"/);
    assert.match(picture, /alt="" .*referrerpolicy="no-referrer"/);
    assert.match(
      response.headers.get('content-security-policy') ?? '',
      /img-src 'self' data: https:\/\/cdn\.example;/,
    );
    for (const link of ['', 'privacy', 'terms']) {
      const href = `https://shop\\.example/${link}`;
      assert.match(page, new RegExp(`<a href="${href}" target="_blank" rel="noopener noreferrer">`), path);
    }
    assert.match(page, /<code>https:\/\/app\.example<\/code>/, 'the verified origin stays');
  }
});

test('a client without logo and links has none, and its page admits no foreign picture (OpenID Connect Registration §2)', async () => {
  await world.addClient('plain');
  await world.addClient('odd', { logo_uri: 'https://[::1]/logo.png' });
  for (const client of ['plain', 'odd']) {
    const browser = new Browser(world);
    const response = await browser.get(`/login?interaction=${await browser.begin(client)}`);
    assert.doesNotMatch(await response.text(), /<img|<footer/);
    assert.match(response.headers.get('content-security-policy') ?? '', /img-src 'self' data:;/);
  }
});

test('ui_locales choose the language of the page (OpenID Connect Core §3.1.2.1)', async () => {
  const browser = new Browser(world);
  const id = await browser.begin('web', [['ui_locales', 'fr de']]);
  assert.match(
    await (await browser.get(`/login?interaction=${id}`)).text(),
    /<html lang="de">[\s\S]*Benutzername/,
  );
});

test('a right password makes a session, records it in the interaction and goes on with 303', async () => {
  const browser = new Browser(world);
  const id = await browser.begin('web');
  const response = await browser.signIn('ADA', id);
  assert.equal(response.status, 303);
  assert.equal(response.headers.get('location'), `/oauth2/authorize/resume?interaction=${id}`);
  const signedIn = (await browser.interaction(id))?.signedIn;
  // Other tests leave sessions of hers, in no order.
  const live = await world.store.sessions.listLive('default', ada.id, world.now);
  const session = live.find((one) => one.id === signedIn);
  assert.deepEqual([session?.acr, session?.amr, session?.device], ['aal1', ['pwd'], 'Firefox, Linux']);
  const [entry] = await newest();
  assert.equal(entry?.action, 'session.started');
  assert.equal(entry?.target?.id, session?.id);
});

test('unknown user, wrong password, disabled account and too long a password answer alike (decision 7)', async () => {
  const disabled = await world.addUser('disabled');
  const revocation = {
    tenant: 'default',
    kind: 'subject',
    id: disabled.id,
    revokedAt: world.now,
    expiresAt: world.now + 600,
  } as const;
  await world.store.subjects.disable('default', disabled.id, revocation, {});
  const attempts: readonly (readonly [string, string, string])[] = [
    ['nobody', password, 'unknown-user'],
    ['ada', 'wrong horse battery', 'wrong-password'],
    ['disabled', password, 'disabled'],
    ['ada', 'x'.repeat(1025), 'too-long'],
  ];
  const pages = new Set<string>();
  const headers = new Set<string>();
  for (const [username, secret, reason] of attempts) {
    const browser = new Browser(world);
    const response = await browser.signIn(username, undefined, secret);
    assert.equal(response.status, 401);
    assert.equal(browser.cookies.has(sessionCookie), false);
    const page = await response.text();
    assert.ok(page.includes(`value="${username}"`), 'the user name is kept');
    assert.ok(!page.includes(secret), 'the password is not');
    assert.match(page, /role="alert"/);
    pages.add(steady(page).replace(`value="${username}"`, ''));
    headers.add(JSON.stringify([...response.headers]));
    assert.equal(world.failures.at(-1), reason);
    const [entry] = await newest();
    assert.deepEqual([entry?.action, entry?.outcome, entry?.reason], ['session.refused', 'refused', reason]);
    assert.ok(!JSON.stringify(entry).includes('nobody'), 'what was typed is not in the audit');
  }
  assert.equal(pages.size, 1);
  assert.equal(headers.size, 1);
});

test('every refused attempt costs exactly one hash computation, so that the time tells nothing (decision 7)', async () => {
  for (const [username, secret] of [
    ['ada', 'wrong horse battery'],
    ['nobody', password],
    ['disabled', password],
    ['', password],
    ['ada', ''],
    ['ada', 'x'.repeat(2000)],
  ] as const) {
    const before = world.work.hashes;
    assert.equal((await new Browser(world).signIn(username, undefined, secret)).status, 401);
    assert.equal(world.work.hashes - before, 1);
  }
});

test('an attempt is charged before the password is verified, and only a success is refunded (decision 8)', async () => {
  world.brake.calls.length = 0;
  await new Browser(world).signIn('Nobody', undefined, 'wrong horse battery');
  assert.deepEqual(world.brake.calls, ['check login nobody']);
  world.brake.calls.length = 0;
  await new Browser(world).signIn('ada');
  assert.deepEqual(world.brake.calls, ['check login ada', 'refund login ada']);
});

test('a braked attempt gets 429 with Retry-After, alike for an account that does not exist (SPN-18)', async () => {
  world.brake.blockedSeconds = 9;
  const pages = new Set<string>();
  for (const username of ['ada', 'nobody']) {
    const browser = new Browser(world);
    const response = await browser.signIn(username);
    assert.equal(response.status, 429);
    assert.equal(response.headers.get('retry-after'), '9');
    assert.equal(browser.cookies.has(sessionCookie), false);
    pages.add(await response.text());
  }
  world.brake.blockedSeconds = 0;
  assert.equal(pages.size, 1);
});

test('a form without its token, with the token of another browser, or sent by another site is refused', async () => {
  const browser = new Browser(world);
  const id = await browser.begin('web');
  const csrf = hiddenValue(await (await browser.get(`/login?interaction=${id}`)).text(), 'csrf');
  const foreign = new Browser(world);
  const foreignId = await foreign.begin('web');
  const foreignCsrf = hiddenValue(
    await (await foreign.get(`/login?interaction=${foreignId}`)).text(),
    'csrf',
  );
  const form = { interaction: id, username: 'ada', password };
  const answers = [
    await browser.post('/login', form),
    await browser.post('/login', { ...form, csrf: foreignCsrf }),
    await browser.post('/login', { ...form, csrf }, { 'sec-fetch-site': 'cross-site' }),
    await browser.post('/login', { ...form, csrf }, { origin: 'https://evil.example' }),
  ];
  for (const answer of answers) assert.equal(answer.status, 403);
  assert.equal(browser.cookies.has(sessionCookie), false);
  assert.equal((await browser.post('/login', { ...form, csrf })).status, 303);
});

test('a sign-in begun by one browser cannot be seen or finished by another (attack 3)', async () => {
  const victim = new Browser(world);
  const id = await victim.begin('web');
  const csrf = hiddenValue(await (await victim.get(`/login?interaction=${id}`)).text(), 'csrf');
  const attacker = new Browser(world);
  await attacker.begin('web');
  for (const response of [
    await attacker.get(`/login?interaction=${id}`),
    await attacker.post('/login', { interaction: id, csrf, username: 'ada', password }),
  ]) {
    assert.equal(response.status, 400);
    assert.match(await response.text(), /start again from there/);
  }
  assert.equal((await victim.interaction(id))?.signedIn, null);
  assert.equal(attacker.cookies.has(sessionCookie), false);
});

test('an unknown, expired or malformed interaction gets one clear page', async () => {
  const browser = new Browser(world);
  const id = await browser.begin('web');
  const pages = new Set<string>();
  pages.add(await (await browser.get('/login?interaction=x')).text());
  pages.add(await (await browser.get(`/login?interaction=${'A'.repeat(32)}`)).text());
  world.now += 601;
  pages.add(await (await browser.get(`/login?interaction=${id}`)).text());
  assert.equal(pages.size, 1);
  assert.match([...pages].join(), /This sign-in has ended/);
});

test('the session secret changes at each sign-in: one planted or copied before it is worth nothing after it', async () => {
  const browser = new Browser(world);
  await browser.signIn('ada');
  const before = browser.cookies.get(sessionCookie);
  const thief = new Browser(world);
  thief.cookies.set(sessionCookie, before ?? '');
  assert.equal((await thief.get('/account')).status, 200);
  await browser.signIn('ada');
  assert.notEqual(browser.cookies.get(sessionCookie), before);
  assert.equal((await thief.get('/account')).status, 303);
  assert.equal((await browser.get('/account')).status, 200);
});

test("signing in again keeps the session's id, and signing in as somebody else ends the session that was there", async () => {
  const grace = await world.addUser('grace');
  const browser = new Browser(world);
  await browser.signIn('grace');
  const [first] = await world.store.sessions.listLive('default', grace.id, world.now);
  await browser.signIn('grace');
  const [second, ...more] = await world.store.sessions.listLive('default', grace.id, world.now);
  assert.equal(second?.id, first?.id);
  assert.equal(more.length, 0);
  await browser.signIn('ada');
  assert.deepEqual(await world.store.sessions.listLive('default', grace.id, world.now), []);
});

test("another tenant's session and interaction mean nothing here (attack 9)", async () => {
  await world.addUser('ada', { tenant: 'acme' });
  const browser = new Browser(world, 'acme');
  await browser.get('/t/acme/login');
  const page = await browser.get('/t/acme/account');
  const id = new URL(page.headers.get('location') ?? '', 'http://x').searchParams.get('interaction') ?? '';
  const csrf = hiddenValue(await (await browser.get(`/t/acme/login?interaction=${id}`)).text(), 'csrf');
  const signedIn = await browser.post('/t/acme/login', { interaction: id, csrf, username: 'ada', password });
  assert.equal(signedIn.headers.get('location'), '/t/acme/account');
  const here = new Browser(world);
  here.cookies.set(sessionCookie, browser.cookies.get('cs-session-acme') ?? '');
  here.cookies.set('cs-browser-default', browser.cookies.get('cs-browser-acme') ?? '');
  assert.equal((await here.get('/account')).status, 303);
  assert.equal((await here.get(`/login?interaction=${id}`)).status, 400);
});

test('a session ends after 8 idle hours and after 24 hours however busy, and use moves its idle end', async () => {
  const browser = new Browser(world);
  await browser.signIn('ada');
  for (let hours = 0; hours < 20; hours += 5) {
    world.now += 5 * 3600;
    assert.equal((await browser.get('/account')).status, 200, `after ${hours + 5} hours`);
  }
  world.now += 4 * 3600;
  assert.equal((await browser.get('/account')).status, 303, 'after 24 hours');
  await browser.signIn('ada');
  world.now += 8 * 3600;
  assert.equal((await browser.get('/account')).status, 303, 'after 8 idle hours');
});

test('a password changed while an old one is being verified leaves no session behind', async () => {
  const kay = await world.addUser('kay');
  const browser = new Browser(world);
  const id = await browser.begin('web');
  const csrf = hiddenValue(await (await browser.get(`/login?interaction=${id}`)).text(), 'csrf');
  const requester = { actor: { kind: 'system', id: 'test' } as const, traceId: 'test', now: world.now };
  // The first session write is held back until the change of password, sessions ended included, is through.
  const { create } = world.store.sessions;
  const changing = world.store.sessions as { create: typeof create };
  changing.create = async (session, trail) => {
    await world.users.setPassword(requester, 'default', kay.id, {
      password: 'another horse battery',
      mustChange: false,
      keepSession: null,
    });
    return create(session, trail);
  };
  const response = await browser.post('/login', { interaction: id, csrf, username: 'kay', password });
  changing.create = create;
  assert.equal(response.status, 401);
  assert.deepEqual(await world.store.sessions.listLive('default', kay.id, world.now), []);
});

test('cancel sends the person back with a refusal, and needs the token too', async () => {
  const browser = new Browser(world);
  const id = await browser.begin('web');
  const csrf = hiddenValue(await (await browser.get(`/login?interaction=${id}`)).text(), 'csrf');
  assert.equal((await browser.post('/login', { interaction: id, action: 'cancel' })).status, 403);
  const response = await browser.post('/login', { interaction: id, csrf, action: 'cancel' });
  assert.equal(response.headers.get('location'), `/oauth2/authorize/resume?interaction=${id}`);
  assert.equal((await browser.interaction(id))?.consent?.answer, 'denied');
});

test('a request whose client was removed meanwhile is not signed in for', async () => {
  const browser = new Browser(world);
  const id = await browser.begin('never-registered');
  assert.equal((await browser.get(`/login?interaction=${id}`)).status, 400);
});

test('a hostile client name is text, isolated, without signs that turn the writing direction', async () => {
  await world.addClient('evil', {
    client_name: '<img src=x onerror=alert(1)>\u200Fknab',
    redirect_uris: [redirectUri],
  });
  const browser = new Browser(world);
  const id = await browser.begin('evil');
  const page = await (await browser.get(`/login?interaction=${id}`)).text();
  assert.match(page, /<bdi><strong>&lt;img src=x onerror=alert\(1\)&gt;knab<\/strong><\/bdi>/);
  assert.doesNotMatch(page, /<img|\u200F/);
});
