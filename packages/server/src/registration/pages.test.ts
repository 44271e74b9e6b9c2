import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createFlow, encode, requestOf } from '../authorize/flow.test-support.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { createRegistrant } from './registration.test-support.ts';

let harness: Harness;

before(async () => {
  harness = await openHarness();
  await harness.changeTenant({ dynamicRegistration: 'open' });
});
after(() => harness.close());

const notVerified = {
  en: /<p class="notice warn">Not verified: this application registered itself/,
  de: /<p class="notice warn">Nicht überprüft: Diese Anwendung hat sich selbst registriert/,
};

/** The sign-in page, and then the consent page, of a request by this client. */
async function pagesFor(clientId: string, ui_locales: string): Promise<readonly [string, string]> {
  const flow = createFlow(harness);
  const person = await harness.addUser(`person-${clientId.slice(0, 6)}-${ui_locales}`);
  const visitor = flow.visitor();
  const request = encode(requestOf(clientId, { ui_locales }));
  const login = await visitor.follow(await visitor.get(`/oauth2/authorize?${request}`));
  const shown = await login.clone().text();
  const consent = await visitor.signIn(login, String(person.username));
  return [shown, await consent.text()];
}

test('a client that registered itself is shown as not verified when it asks for a sign-in and for consent, in both languages (RFC 7591 §5)', async () => {
  const { body } = await createRegistrant(harness).register({
    redirect_uris: ['https://app.example/cb'],
    client_name: 'Harbour Bank',
  });
  for (const language of ['en', 'de'] as const) {
    for (const page of await pagesFor(String(body.client_id), language)) {
      assert.match(page, notVerified[language]);
      assert.match(page, /Harbour Bank/);
      assert.match(page, /https:\/\/app\.example/, 'where the answer goes is shown');
      assert.ok(page.length < 20_000);
    }
  }
});

test('the page that asks for a device says so too: nobody has looked at who is behind it (RFC 7591 §5, RFC 8628 §5.4)', async () => {
  const { body } = await createRegistrant(harness).register({
    client_name: 'Harbour TV',
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
    token_endpoint_auth_method: 'none',
  });
  const asked = await harness.post('/oauth2/device_authorization', {
    client_id: String(body.client_id),
    scope: 'openid',
  });
  const { user_code } = (await asked.json()) as { readonly user_code: string };
  const visitor = createFlow(harness).visitor();
  const entry = await (await visitor.get('/device')).text();
  const csrf = /name="csrf" value="([^"]*)"/.exec(entry)?.[1] ?? '';
  const login = await visitor.follow(await visitor.post('/device', { csrf, user_code }));
  const person = await harness.addUser('viewer');
  const shown = await (await visitor.signIn(login, String(person.username))).text();
  assert.match(shown, /Harbour TV/);
  assert.match(shown, notVerified.en);
});

test('a client that was declared is shown without that (RFC 7591 §5)', async () => {
  const { client } = await harness.addClient('declared-shop');
  for (const page of await pagesFor(client.id, 'en')) assert.doesNotMatch(page, /Not verified/);
});

test('a name cannot turn, hide or break out of the sentence that it stands in (RFC 7591 §5)', async () => {
  const registrant = createRegistrant(harness);
  const register = (client_name: string) =>
    registrant.register({ redirect_uris: ['https://app.example/cb'], client_name });
  for (const bad of [
    '\u202eknaB',
    'Bank\u2066',
    'Bank\u2028asks',
    'Bank\u0000',
    'Bank\u001b[2J',
    'Bank\u0085',
  ]) {
    assert.equal((await register(bad)).status, 400, JSON.stringify(bad));
  }
  const marked = await register('<b>B\u200fank\u200b</b>');
  const [login] = await pagesFor(String(marked.body.client_id), 'en');
  assert.match(login, /<bdi><strong>&lt;b&gt;Bank&lt;\/b&gt;<\/strong><\/bdi>/);
  const invisible = await register('\u200b\u2060');
  const id = String(invisible.body.client_id);
  const [nameless] = await pagesFor(id, 'en');
  assert.ok(nameless.includes(`<bdi><strong>${id}</strong></bdi>`), 'a name that cannot be seen is none');
});
