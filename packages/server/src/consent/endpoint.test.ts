import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Browser, createWorld, hiddenValue } from '../login/browser.test-support.ts';

const world = await createWorld({ after });
const ada = await world.addUser('ada');
await world.addUser('grace');
await world.addClient('web');
await world.addClient('phone', {
  client_name: 'Phone <app>',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['com.example.phone:/cb'],
});

async function open(clientId: string, parameters: readonly (readonly [string, string])[] = []) {
  const browser = new Browser(world);
  const id = await browser.begin(clientId, parameters);
  await browser.signIn('ada', id);
  const response = await browser.get(`/consent?interaction=${id}`);
  return { browser, id, response, page: await response.text() };
}

test('the page shows the client, the verified origin, each permission, the places, the account and the way out', async () => {
  const { page, response } = await open('web', [
    ['scope', 'openid profile reports:read'],
    ['resource', 'https://api.example/'],
  ]);
  for (const part of [
    /<strong>Web shop<\/strong>/,
    /https:\/\/app\.example</,
    /read your name and profile/,
    /<code>reports:read<\/code>/,
    /<code>https:\/\/api\.example\/<\/code>/,
    /<strong>ada<\/strong>/,
    /value="deny"/,
    /value="allow"/,
  ]) {
    assert.match(page, part);
  }
  assert.match(response.headers.get('content-security-policy') ?? '', /form-action 'self' https:;/);
  assert.ok(page.length < 20_000);
});

for (const [language, words] of [
  [
    'en',
    ['read your e-mail address', 'read your phone number', 'read your postal address', 'keep this access'],
  ],
  ['de', ['E-Mail-Adresse', 'Telefonnummer', 'Postanschrift', 'Zugriff']],
] as const) {
  test(`every standard scope is told in words, in ${language} (OpenID Connect Core §5.4)`, async () => {
    const { page } = await open('web', [
      ['scope', 'openid profile email phone address offline_access'],
      ['ui_locales', language],
    ]);
    const grants = /<ul class="grants">([\s\S]*?)<\/ul>/.exec(page)?.[1] ?? '';
    assert.equal(grants.match(/<li>/g)?.length, 6);
    assert.doesNotMatch(grants, /<code>/, 'none is shown by its name');
    for (const word of words) assert.match(grants, new RegExp(word));
  });
}

test('a client with a scheme of its own is told as an app on this device', async () => {
  const { page, response } = await open('phone', [['redirect_uri', 'com.example.phone:/cb']]);
  assert.match(page, /return to an app on this device \(<code>com\.example\.phone<\/code>\)/);
  assert.match(page, /Phone &lt;app&gt;/);
  assert.match(
    response.headers.get('content-security-policy') ?? '',
    /form-action 'self' com\.example\.phone:;/,
  );
});

test('allowing is remembered with its audit row in one transaction, told to the interaction, and goes on', async () => {
  const { browser, id, page } = await open('web', [['scope', 'openid profile']]);
  const csrf = hiddenValue(page, 'csrf');
  const response = await browser.post('/consent', { interaction: id, csrf, decision: 'allow' });
  assert.equal(response.status, 303);
  assert.equal(response.headers.get('location'), `/oauth2/authorize/resume?interaction=${id}`);
  assert.equal((await browser.interaction(id))?.consent?.answer, 'allowed');
  const consent = await world.store.consents.find('default', ada.id, 'web');
  assert.deepEqual(consent?.scope, ['openid', 'profile']);
  const [entry] = await world.store.audit.listNewest('default', 1);
  assert.deepEqual(
    [entry?.action, entry?.target?.id, entry?.details.scope],
    ['consent.given', 'web', 'openid profile'],
  );
});

test('denying remembers nothing and tells the interaction', async () => {
  const { browser, id, page } = await open('phone', [['redirect_uri', 'com.example.phone:/cb']]);
  await browser.post('/consent', { interaction: id, csrf: hiddenValue(page, 'csrf'), decision: 'deny' });
  assert.equal((await browser.interaction(id))?.consent?.answer, 'denied');
  assert.equal(await world.store.consents.find('default', ada.id, 'phone'), undefined);
  const [entry] = await world.store.audit.listNewest('default', 1);
  assert.deepEqual([entry?.action, entry?.outcome], ['consent.denied', 'refused']);
});

test('an answer without token, with another interaction’s token, from another site or of neither kind counts for nothing', async () => {
  const one = await open('web');
  const two = await open('web');
  const csrf = hiddenValue(one.page, 'csrf');
  const form = { interaction: one.id, csrf, decision: 'allow' };
  for (const answer of [
    await one.browser.post('/consent', { interaction: one.id, decision: 'allow' }),
    await one.browser.post('/consent', { ...form, csrf: hiddenValue(two.page, 'csrf') }),
    await one.browser.post('/consent', form, { 'sec-fetch-site': 'same-site' }),
    await one.browser.post('/consent', form, { origin: 'https://app.example' }),
    await one.browser.post('/consent', { ...form, decision: 'maybe' }),
  ]) {
    assert.ok(answer.status === 403 || answer.status === 400);
  }
  assert.equal((await one.browser.interaction(one.id))?.consent, null);
});

test('a person answers only the question that was shown to this person: another account or scope needs a new page', async () => {
  const { browser, id, page } = await open('web');
  const csrf = hiddenValue(page, 'csrf');
  await browser.signIn('grace', id);
  const answer = await browser.post('/consent', { interaction: id, csrf, decision: 'allow' });
  assert.equal(answer.status, 403);
});

test('a consent page begun by one browser cannot be answered by another, signed in or not (attack 3)', async () => {
  const { id, page } = await open('web');
  const attacker = new Browser(world);
  await attacker.signIn('grace');
  const csrf = hiddenValue(page, 'csrf');
  assert.equal((await attacker.get(`/consent?interaction=${id}`)).status, 400);
  assert.equal((await attacker.post('/consent', { interaction: id, csrf, decision: 'allow' })).status, 400);
});

test('without a session the page leads to the sign-in, and a new sign-in voids an answer that was given', async () => {
  const browser = new Browser(world);
  const id = await browser.begin('web');
  const response = await browser.get(`/consent?interaction=${id}`);
  assert.equal(response.headers.get('location'), `/login?interaction=${id}`);
  await browser.signIn('ada', id);
  const page = await (await browser.get(`/consent?interaction=${id}`)).text();
  await browser.post('/consent', { interaction: id, csrf: hiddenValue(page, 'csrf'), decision: 'allow' });
  await browser.signIn('grace', id);
  assert.equal((await browser.interaction(id))?.consent, null);
});

test("one person's answer is not another's: who comes to the page is asked, and a form sent twice goes on twice", async () => {
  const { browser, id, page } = await open('web');
  const form = { interaction: id, csrf: hiddenValue(page, 'csrf'), decision: 'allow' };
  const answers = await Promise.all([browser.post('/consent', form), browser.post('/consent', form)]);
  for (const answer of answers)
    assert.equal(answer.headers.get('location'), `/oauth2/authorize/resume?interaction=${id}`);
  await browser.signIn('grace');
  const again = await browser.get(`/consent?interaction=${id}`);
  assert.equal(again.status, 200);
  assert.match(await again.text(), /<strong>grace<\/strong>/);
});
