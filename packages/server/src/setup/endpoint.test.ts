import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Browser, createWorld, hiddenValue, type World } from '../login/browser.test-support.ts';
import type { Hashed } from '../storage/index.ts';

const form = { name: 'Ada Lovelace', username: 'ada', password: 'correct horse battery' };

async function createLink(world: World): Promise<string> {
  const token = world.random.token(32);
  const hash = createHash('sha256').update(token).digest('base64url') as Hashed<'one-time-token'>;
  const record = {
    tenant: 'default',
    purpose: 'setup',
    hash,
    createdAt: world.now,
    expiresAt: world.now + 1800,
  } as const;
  await world.store.oneTimeTokens.create(record, {});
  return token;
}

async function open(browser: Browser, token: string): Promise<string> {
  return hiddenValue(await (await browser.get(`/setup?token=${token}`)).text(), 'csrf');
}

test('the link makes an administrator with an operator grant, signs in and works once (IAM-2)', async (t) => {
  const world = await createWorld({ after: (clean) => t.after(clean) });
  const token = await createLink(world);
  const browser = new Browser(world);
  const csrf = await open(browser, token);
  const response = await browser.post('/setup', { ...form, token, csrf });
  assert.equal(response.status, 303);
  const location = response.headers.get('location') ?? '';
  assert.match(await (await browser.get(location)).text(), /administrator of this server/);
  const user = await world.users.get('default', 'ada');
  assert.equal(user.profile.name, 'Ada Lovelace');
  const roles = async (tenant: string) =>
    (await world.store.subjects.listGrants(tenant, user.id)).map(({ role, workspace }) => [role, workspace]);
  assert.deepEqual(await roles('default'), [['admin', null]]);
  assert.deepEqual(await roles('_system'), [['operator', null]]);
  assert.match(await (await browser.get('/account')).text(), /Ada Lovelace/);
  const rows = await world.store.audit.listNewest('default', 10);
  assert.ok(rows.some(({ action, target }) => action === 'setup.completed' && target?.id === user.id));
  assert.ok(!JSON.stringify(rows).includes('Lovelace'), 'no name in the clear');
  assert.equal((await browser.get(`/setup?token=${token}`)).status, 404);
});

test('spent, expired, made-up and malformed links answer alike (IAM-2)', async (t) => {
  const world = await createWorld({ after: (clean) => t.after(clean) });
  const spent = await createLink(world);
  const browser = new Browser(world);
  const csrf = await open(browser, spent);
  await browser.post('/setup', { ...form, token: spent, csrf });
  const expired = await createLink(world);
  world.now += 1800;
  const another = await createLink(world);
  const pages = new Set<string>();
  for (const token of [spent, expired, 'A'.repeat(43), 'x', '']) {
    for (const response of [
      await browser.get(`/setup?token=${token}`),
      await browser.post('/setup', { ...form, token, csrf }),
    ]) {
      assert.equal(response.status, 404);
      pages.add(await response.text());
    }
  }
  const taken = await browser.post('/setup', { ...form, username: 'grace', token: another, csrf });
  assert.equal(taken.status, 404, 'a live link does nothing once there is an administrator');
  pages.add(await taken.text());
  assert.equal(pages.size, 1);
});

test('of many who use the link at once, one becomes administrator', async (t) => {
  const world = await createWorld({ after: (clean) => t.after(clean) });
  const token = await createLink(world);
  const answers = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const browser = new Browser(world);
      const csrf = await open(browser, token);
      return browser.post('/setup', { ...form, username: `admin${index}`, token, csrf });
    }),
  );
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [303, ...Array<number>(7).fill(404)]);
  assert.equal((await world.users.list('default', { limit: 20 })).length, 1);
});

test('a wrong entry is told beside its field, keeps what was typed but the password, and spends nothing', async (t) => {
  const world = await createWorld({ after: (clean) => t.after(clean) });
  const token = await createLink(world);
  const browser = new Browser(world);
  const csrf = await open(browser, token);
  for (const [change, field] of [
    [{ name: '' }, 'name'],
    [{ username: 'two words' }, 'username'],
    [{ username: '' }, 'username'],
    [{ password: 'short' }, 'password'],
    [{ password: '' }, 'password'],
  ] as const) {
    const response = await browser.post('/setup', { ...form, ...change, token, csrf });
    const page = await response.text();
    assert.equal(response.status, 422);
    assert.match(page, new RegExp(`id="${field}-error" role="alert"`));
    assert.ok(!page.includes(form.password));
    assert.equal(hiddenValue(page, 'token'), token);
  }
  assert.equal((await browser.post('/setup', { ...form, token, csrf })).status, 303);
});

test('the page is not for other tenants, other browsers or other sites, and is braked', async (t) => {
  const world = await createWorld({ after: (clean) => t.after(clean) });
  const token = await createLink(world);
  const browser = new Browser(world);
  const csrf = await open(browser, token);
  assert.equal((await new Browser(world, 'acme').get(`/t/acme/setup?token=${token}`)).status, 404);
  assert.equal((await new Browser(world).post('/setup', { ...form, token, csrf })).status, 403);
  assert.equal((await browser.post('/setup', { ...form, token })).status, 403);
  assert.equal(
    (await browser.post('/setup', { ...form, token, csrf }, { 'sec-fetch-site': 'cross-site' })).status,
    403,
  );
  world.brake.blockedSeconds = 3;
  assert.equal((await browser.post('/setup', { ...form, token, csrf })).status, 429);
});

test('the page does not hand its link on: no referrer, not stored, no request elsewhere', async (t) => {
  const world = await createWorld({ after: (clean) => t.after(clean) });
  const response = await new Browser(world).get(`/setup?token=${await createLink(world)}`);
  assert.equal(response.headers.get('referrer-policy'), 'no-referrer');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.doesNotMatch(await response.text(), /(?:src|href)="https?:/);
});
