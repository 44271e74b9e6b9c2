import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Browser, createWorld, hiddenValue, password } from './browser.test-support.ts';

const world = await createWorld({ after });
await world.addClient('web');
const chosen = 'violet kettle orbit';
const hasSession = (browser: Browser): boolean => browser.cookies.has('cs-session-default');

async function reachPage(username: string): Promise<{ browser: Browser; id: string; csrf: string }> {
  await world.addUser(username, { mustChangePassword: true });
  const browser = new Browser(world);
  const id = await browser.begin('web');
  const response = await browser.signIn(username, id);
  assert.equal(response.headers.get('location'), `/login?interaction=${id}`);
  const page = await (await browser.get(`/login?interaction=${id}`)).text();
  assert.match(page, /Choose a new password/);
  return { browser, id, csrf: hiddenValue(page, 'csrf') };
}

test('a password set by an administrator is replaced before there is a session', async () => {
  const { browser, id, csrf } = await reachPage('ada');
  assert.equal(hasSession(browser), false);
  assert.equal((await browser.interaction(id))?.signedIn, null);
  const response = await browser.post('/login/new-password', { interaction: id, csrf, new_password: chosen });
  assert.equal(response.headers.get('location'), `/oauth2/authorize/resume?interaction=${id}`);
  assert.ok(hasSession(browser));
  const user = await world.users.get('default', 'ada');
  assert.equal(user.mustChangePassword, false);
  assert.equal((await new Browser(world).signIn('ada')).status, 401);
  assert.equal((await new Browser(world).signIn('ada', undefined, chosen)).status, 303);
});

test('a password that is short, common, the user name or the old one is refused beside its field', async () => {
  const { browser, id, csrf } = await reachPage('josephine');
  for (const [attempt, words] of [
    ['short', /too short/],
    ['password1234', /common/],
    ['josephine123', /user name/],
    [password, /password you have now/],
  ] as const) {
    const response = await browser.post('/login/new-password', {
      interaction: id,
      csrf,
      new_password: attempt,
    });
    const page = await response.text();
    assert.equal(response.status, 422);
    assert.match(page, words);
    assert.match(page, /aria-invalid="true" aria-describedby="new_password-error new_password-hint"/);
    assert.match(page, /id="new_password-error" role="alert"/);
    assert.ok(!page.includes(`value="${attempt}"`));
  }
  assert.equal(hasSession(browser), false);
});

test('the page is reached by a right password only, in the browser that gave it', async () => {
  const { id, csrf } = await reachPage('grace');
  const other = new Browser(world);
  await other.begin('web');
  const stolen = await other.post('/login/new-password', { interaction: id, csrf, new_password: chosen });
  assert.equal(stolen.status, 400);
  const fresh = new Browser(world);
  const freshId = await fresh.begin('web');
  const loginCsrf = hiddenValue(await (await fresh.get(`/login?interaction=${freshId}`)).text(), 'csrf');
  const skipped = await fresh.post('/login/new-password', {
    interaction: freshId,
    csrf: loginCsrf,
    new_password: chosen,
  });
  assert.equal(skipped.status, 403);
  assert.equal(hasSession(fresh), false);
});

test('a reset or a disable in between voids the step', async () => {
  const requester = { actor: { kind: 'system', id: 'test' } as const, traceId: 'test', now: world.now };
  const reset = await reachPage('kay');
  await world.users.resetPassword(requester, 'default', (await world.users.get('default', 'kay')).id);
  const disabled = await reachPage('mary');
  await world.users.disable(requester, 'default', (await world.users.get('default', 'mary')).id);
  for (const { browser, id, csrf } of [reset, disabled]) {
    const response = await browser.post('/login/new-password', {
      interaction: id,
      csrf,
      new_password: chosen,
    });
    assert.equal(response.headers.get('location'), `/login?interaction=${id}`);
    assert.equal(hasSession(browser), false);
    assert.match(await (await browser.get(`/login?interaction=${id}`)).text(), /name="username"/);
  }
});

test('of the same form sent many times at once, one sets the password', async () => {
  const { browser, id, csrf } = await reachPage('radia');
  const choices = ['violet kettle orbit', 'amber lantern brook', 'copper meadow flute'];
  const responses = await Promise.all(
    choices.map((choice) =>
      browser.post('/login/new-password', { interaction: id, csrf, new_password: choice }),
    ),
  );
  const done = responses.filter((response) => response.headers.get('location')?.startsWith('/oauth2/'));
  assert.equal(done.length, 1);
});
