/** A waiting request belongs to the browser that began it (attack 3). */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openHarness, testPassword } from '../testing/harness.ts';
import { answerOf, createFlow, encode, requestOf, webClient } from './flow.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const ada = await flow.person();
const client = await flow.client({ ...webClient, first_party: false });

async function begin(browser = flow.visitor()) {
  const response = await browser.get(`/oauth2/authorize?${encode(requestOf(client.id))}`);
  const login = response.headers.get('location') ?? '';
  const id = new URL(login, 'http://localhost').searchParams.get('interaction') ?? '';
  return { browser, login, id };
}

test('an interaction begun by one browser cannot be looked at, signed in to, decided or finished by another (attack 3)', async () => {
  const { browser, login, id } = await begin();
  const page = await (await browser.get(login)).text();
  const csrf = /name="csrf" value="([^"]*)"/.exec(page)?.[1] ?? '';
  const other = flow.visitor();
  other.takeCookie(ada.cookie);
  await begin(other);
  for (const response of [
    await other.get(login),
    await other.post('/login', {
      interaction: id,
      csrf,
      username: ada.subject.username ?? '',
      password: testPassword,
    }),
    await other.get(`/consent?interaction=${id}`),
    await other.post('/consent', { interaction: id, csrf, decision: 'allow' }),
    await other.get(`/oauth2/authorize/resume?interaction=${id}`),
  ]) {
    assert.ok(response.status === 400 || response.status === 403, String(response.status));
    assert.equal(response.headers.get('location'), null);
  }
  const own = await browser.signIn(await browser.get(login), ada.subject.username ?? '');
  assert.equal(own.status, 200, 'the browser that began it goes on to the consent page');
});

test('a browser without cookies is told that the sign-in ended, and so is one with a guessed interaction', async () => {
  const { login, id } = await begin();
  assert.equal((await flow.visitor().get(login)).status, 400);
  for (const guess of ['', 'x', id.slice(0, -1), `${id}A`, `${id}'`, id.toUpperCase()]) {
    const response = await harness.fetch(`/oauth2/authorize/resume?interaction=${encodeURIComponent(guess)}`);
    assert.equal(response.status, 400);
    assert.equal(response.headers.get('location'), null);
  }
});

test('the cookie that names the browser is HttpOnly and SameSite=Lax, and one browser keeps one (decision 18)', async () => {
  const response = await flow.authorize(requestOf(client.id));
  const [cookie = '', ...others] = response.headers.getSetCookie();
  assert.match(cookie, /^cs-browser-default=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  assert.deepEqual(others, []);
  const again = await flow.authorize(requestOf(client.id), { cookie: cookie.split(';', 1).join('') });
  assert.deepEqual(again.headers.getSetCookie(), []);
});

test('an interaction ends after its lifetime (architecture, decision 3)', async () => {
  const { browser, login } = await begin();
  harness.clock.advance(600);
  assert.equal((await browser.get(login)).status, 400);
});

test('a client that is disabled or loses its redirect URI while a person signs in is not answered', async () => {
  const other = await flow.client();
  const browser = flow.visitor();
  const page = await browser.follow(await browser.get(`/oauth2/authorize?${encode(requestOf(other.id))}`));
  await harness.store.clients.replace({ ...other.record, disabledAt: 1, version: 2 }, 1, {});
  await assert.rejects(browser.signIn(page.clone(), ada.subject.username ?? '').then(answerOf));
  const metadata = { ...other.record.metadata, redirectUris: ['https://app.example/new'] };
  await harness.store.clients.replace({ ...other.record, metadata, version: 3 }, 2, {});
  const moved = await browser.signIn(page, ada.subject.username ?? '');
  assert.equal(moved.status, 400);
  assert.equal(moved.headers.get('location'), null);
});

test('an interaction of the account pages is no authorization request', async () => {
  const browser = flow.visitor();
  const login = (await browser.get('/login')).headers.get('location') ?? '';
  const id = new URL(login, 'http://localhost').searchParams.get('interaction') ?? '';
  assert.equal((await browser.get(login)).status, 200);
  assert.equal((await browser.get(`/oauth2/authorize/resume?interaction=${id}`)).status, 400);
});

test('one address may begin 500 sign-ins at once, then waits on a page, and nobody else does (ACC-3, decision 8)', async () => {
  const braked = await openHarness({ COUNTERSIGN_RATE_LIMITS__ENABLED: 'true' });
  try {
    const { client: web } = await braked.addClient('web');
    const path = `/oauth2/authorize?${encode(requestOf(web.id))}`;
    const begun = (peer: string) => braked.fetch(path, { peer });
    let refused = await begun('192.0.2.1');
    let begunSoFar = 0;
    // The bucket refills while it is emptied, 20 a second.
    for (; refused.status === 303 && begunSoFar < 5000; begunSoFar += 1) refused = await begun('192.0.2.1');
    assert.ok(begunSoFar >= 500, String(begunSoFar));
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get('location'), null);
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9][0-9]*$/);
    assert.equal((await begun('192.0.2.2')).status, 303);
  } finally {
    await braked.close();
  }
});

test('HEAD runs no authorization request: nothing is issued and nothing begun (RFC 9110 §9.2.1)', async () => {
  for (const path of [
    `/oauth2/authorize?${encode(requestOf(client.id))}`,
    '/oauth2/authorize/resume?interaction=x',
  ]) {
    const response = await harness.fetch(path, { method: 'HEAD', headers: { cookie: ada.cookie } });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('location'), null);
  }
});
