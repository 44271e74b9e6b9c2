import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createFlow, type Visitor } from '../authorize/flow.test-support.ts';
import { type Harness, openHarness, testIssuer } from '../testing/harness.ts';
import { hashSecret } from '../tokens/index.ts';
import { createDevice, deviceMetadata, hidden } from './device.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const device = createDevice(harness, flow);
const tv = await flow.client(deviceMetadata);
const ada = await flow.person();

/** A browser in which this person is signed in. */
function browserOf(person: { readonly cookie: string }, basePath?: string): Visitor {
  const visitor = flow.visitor(basePath);
  visitor.takeCookie(person.cookie);
  return visitor;
}

const heading = (page: string): string | undefined => /<h1>(.*?)<\/h1>/.exec(page)?.[1];
const isWaiting = (code: string): boolean => {
  const hash = hashSecret('device-code', code);
  return harness.rows('device_code').some((row) => row.hash === hash && row.state === 'pending');
};

test('the entry page has one field that a phone fills in capitals, and works without a session (RFC 8628 §3.3)', async () => {
  const response = await flow.visitor().get('/device');
  const page = await response.text();
  assert.equal(response.status, 200);
  assert.equal(page.match(/<input (?!type="hidden")/g)?.length, 1);
  assert.match(
    page,
    /name="user_code"[^>]*autocomplete="off"[^>]*autocapitalize="characters"[^>]*inputmode="text"/,
  );
  assert.ok(page.length < 20_000);
});

test('a link with the code fills the field and does nothing: a button must be pressed and the code compared (RFC 8628 §3.3.1, §5.4)', async () => {
  const { user_code, device_code, verification_uri_complete } = await device.codes(tv);
  const visitor = browserOf(ada);
  const page = await (await visitor.get(verification_uri_complete.slice(testIssuer.length))).text();
  assert.match(page, new RegExp(`name="user_code"[^>]*value="${user_code}"`));
  assert.match(page, /Compare this code with the one on your device/);
  assert.equal(heading(page), 'Connect a device');
  assert.ok(isWaiting(device_code));
  const approval = await visitor.follow(
    await visitor.post('/device', { csrf: hidden(page, 'csrf'), user_code }),
  );
  assert.equal(heading(await approval.text()), 'Connect this device?');
  assert.ok(isWaiting(device_code), 'looking at the question is no answer');
});

test('what is in the link is shown as a code or not at all (CAP-1)', async () => {
  for (const typed of ['<script>', 'x'.repeat(5000), 'BCDF-GHJ', '"><img src=x>', '%00']) {
    const response = await flow.visitor().get(`/device?user_code=${encodeURIComponent(typed)}`);
    assert.match(await response.text(), /name="user_code"[^>]*value=""/);
  }
});

test('a person who is not signed in signs in between, and comes to the question (RFC 8628 §3.3)', async () => {
  const { user_code, device_code } = await device.codes(tv);
  const visitor = flow.visitor();
  const login = await device.enter(visitor, user_code.toLowerCase().replace('-', ' '));
  const text = await login.clone().text();
  assert.match(text, /Sign in to connect a device\./);
  assert.doesNotMatch(text, /Harbour TV/, 'who asks is told to those who have signed in');
  const page = await (await visitor.signIn(login, ada.subject.username ?? '')).text();
  assert.equal(heading(page), 'Connect this device?');
  const done = await device.answer(visitor, page, 'allow');
  assert.equal(heading(await done.text()), 'Your device is connected');
  assert.equal((await device.poll(tv, device_code)).status, 200);
});

test('the question says who asks, what for, from where and when, with the code to compare and the words to decline (RFC 8628 §5.4)', async () => {
  const { user_code } = await device.codes(tv, {
    scope: 'openid profile offline_access api:read',
    resource: 'https://api.example/tv',
  });
  const page = await (await device.enter(browserOf(ada), user_code)).text();
  for (const part of [
    /<strong>Harbour TV<\/strong>/,
    new RegExp(`Registered here as <code>${tv.id}</code>`),
    new RegExp(`<p class="compare">${user_code}</p>`),
    /<code>203\.0\.113\.7<\/code>/,
    /Not the network that this browser is on/,
    /Chrome, Android/,
    /<time datetime="/,
    /read your name and profile/,
    /keep this access while you are away/,
    /<code>api:read<\/code>/,
    /<code>https:\/\/api\.example\/tv<\/code>/,
    new RegExp(`<strong>${ada.subject.username}</strong>`),
    /Deny if you did not start this/,
    /value="deny"/,
    /value="allow"/,
  ]) {
    assert.match(page, part);
  }
  assert.ok(page.length < 20_000, String(page.length));
});

test('a device on the network of the browser is told as such (RFC 8628 §5.4)', async () => {
  const { user_code } = await device.codes(tv, undefined, { peer: '127.0.0.1' });
  const page = await (await device.enter(browserOf(ada), user_code)).text();
  assert.match(page, /The network that this browser is on/);
});

test('a client’s name cannot forge the page, and its logo is admitted from its origin alone (RFC 8628 §5.4)', async () => {
  const odd = await flow.client({
    ...deviceMetadata,
    client_name: '<b>Your bank</b>',
    logo_uri: 'https://cdn.example/logo.png',
  });
  const response = await device.enter(browserOf(ada), (await device.codes(odd)).user_code);
  const page = await response.text();
  assert.match(page, /&lt;b&gt;Your bank&lt;\/b&gt;/);
  assert.match(
    response.headers.get('content-security-policy') ?? '',
    /img-src 'self' data: https:\/\/cdn\.example;/,
  );
});

test('wrong, malformed, expired, answered and foreign codes look alike, and are told after signing in alone (RFC 8628 §5.1)', async () => {
  const acme = await harness.addTenant({ id: 'acme-codes' });
  const foreign = await harness.addClient('tv', deviceMetadata, acme);
  const basePath = `/t/${acme.id}`;
  const elsewhere = await device.codes({ id: foreign.client.id, secret: null }, undefined, { basePath });
  const [answered, denied, expired] = [
    await device.codes(tv),
    await device.codes(tv),
    await device.codes(tv),
  ];
  const closing = await flow.client(deviceMetadata);
  const closed = await device.codes(closing);
  await harness.store.clients.replace({ ...closing.record, disabledAt: 1, version: 2 }, 1, {});
  await device.decide(ada.cookie, answered.user_code);
  await device.decide(ada.cookie, denied.user_code, 'deny');
  const codes = [answered.user_code, denied.user_code, elsewhere.user_code, closed.user_code, 'BCDF-GHJK'];
  const seen = async (code: string) => {
    const response = await device.enter(browserOf(ada), code);
    const text = (await response.text()).replace(/ value="[^"]*"/g, '');
    return JSON.stringify([response.status, text]);
  };
  const answers = new Set<string>();
  for (const code of codes) answers.add(await seen(code));
  harness.clock.advance(900);
  const later = await flow.person();
  const response = await device.enter(browserOf(later), expired.user_code);
  answers.add(JSON.stringify([response.status, (await response.text()).replace(/ value="[^"]*"/g, '')]));
  answers.add(await seenMalformed());
  assert.equal(answers.size, 1, [...answers].join('\n\n'));
  assert.match([...answers][0] ?? '', /^\[422,.*This code does not work\./);
  const anonymous = await device.enter(flow.visitor(), 'BCDF-GHJK');
  assert.match(await anonymous.text(), /Sign in to connect a device/);

  async function seenMalformed(): Promise<string> {
    const malformed = await device.enter(browserOf(later), 'AEIO-UAEI');
    return JSON.stringify([malformed.status, (await malformed.text()).replace(/ value="[^"]*"/g, '')]);
  }
});

test('a refused code is an audit record of the person who entered it, without the code (ACC-4)', async () => {
  const person = await flow.person();
  await device.enter(browserOf(person), 'BCDF-GHJK');
  const [entry] = await flow.audited('device.code_refused');
  assert.deepEqual(
    [entry?.actor.id, entry?.outcome, entry?.reason],
    [person.subject.id, 'refused', 'wrong_code'],
  );
  assert.doesNotMatch(JSON.stringify(entry), /BCDF/);
  assert.match(
    await harness.metrics.registry.metrics(),
    /^identity_device_authorizations_total\{outcome="code_refused"\} [1-9]/m,
  );
});

test('allowing and denying are audited with scope, request and session, and no address or agent in the clear (ACC-4, SPN-25)', async () => {
  const person = await flow.person();
  const [yes, no] = [await device.codes(tv), await device.codes(tv)];
  await device.decide(person.cookie, yes.user_code);
  await device.decide(person.cookie, no.user_code, 'deny');
  const [given] = await flow.audited('device.approved');
  const [denied] = await flow.audited('device.denied');
  const [consent] = await flow.audited('consent.given');
  assert.deepEqual(
    [given?.actor.id, given?.target, given?.details.scope, given?.details.session],
    [person.subject.id, { kind: 'client', id: tv.id }, 'openid profile offline_access', person.session.id],
  );
  assert.deepEqual(
    [denied?.actor.id, denied?.outcome, denied?.reason],
    [person.subject.id, 'refused', 'denied-by-person'],
  );
  assert.deepEqual([consent?.actor.id, consent?.target?.id], [person.subject.id, tv.id]);
  for (const entry of [given, denied]) {
    assert.equal(typeof entry?.details.requested_trace, 'string');
    assert.equal(entry?.personal?.subject, person.subject.id);
    assert.doesNotMatch(JSON.stringify(entry), /203\.0\.113|Android/);
  }
  const events = harness.rows('outbox').filter(({ subject }) => subject === person.subject.id);
  const types = events.map(({ type }) => type).filter((type) => type !== 'user.created');
  assert.deepEqual(types.sort(), ['consent.given', 'device.approved', 'device.denied']);
});

test('with the answer the address is erased from the row (SPN-25)', async () => {
  const before = harness.rows('device_code').filter(({ origin }) => origin !== null).length;
  const [yes, no] = [await device.codes(tv), await device.codes(tv)];
  await device.decide(ada.cookie, yes.user_code);
  await device.decide(ada.cookie, no.user_code, 'deny');
  assert.equal(harness.rows('device_code').filter(({ origin }) => origin !== null).length, before);
});

test('the approval is on the account page, where it can be taken back (SPN-9)', async () => {
  const person = await flow.person();
  const { user_code, device_code } = await device.codes(tv);
  await device.decide(person.cookie, user_code);
  const visitor = browserOf(person);
  const account = await (await visitor.get('/account')).text();
  assert.match(account, /Revoke the access of Harbour TV/);
  const start = account.indexOf('/account/consents/revoke');
  await visitor.post('/account/consents/revoke', {
    csrf: hidden(account.slice(start), 'csrf'),
    client: tv.id,
  });
  assert.equal((await device.poll(tv, device_code)).body.error, 'access_denied');
});

test('an answer counts once: a second one finds an end, and changes nothing (ACC-2)', async () => {
  const { user_code, device_code } = await device.codes(tv);
  const visitor = browserOf(ada);
  const page = await (await device.enter(visitor, user_code)).text();
  const answers = await Promise.all([
    device.answer(visitor, page, 'allow'),
    device.answer(visitor, page, 'deny'),
    device.answer(visitor, page, 'allow'),
  ]);
  const titles = await Promise.all(answers.map(async (one) => heading(await one.text())));
  assert.equal(
    titles.filter((title) => title !== 'This step has ended' && title !== 'Connect a device').length,
    1,
  );
  const again = await device.answer(visitor, page, 'deny');
  assert.equal(again.status, 400);
  const allowed = titles.includes('Your device is connected');
  assert.equal((await device.poll(tv, device_code)).status === 200, allowed);
});

test('a device flow entered by one browser cannot be looked at, signed in to, answered or finished by another (attack 3)', async () => {
  const { user_code, device_code } = await device.codes(tv);
  const attacker = flow.visitor();
  const entry = await (await attacker.get('/device')).text();
  const begun = await attacker.post('/device', { csrf: hidden(entry, 'csrf'), user_code });
  const confirm = begun.headers.get('location') ?? '';
  const interaction = new URL(confirm, testIssuer).searchParams.get('interaction') ?? '';
  const victim = browserOf(ada);
  await device.enter(victim, 'BCDF-GHJK');
  const own = await (await victim.get('/device')).text();
  for (const response of [
    await victim.get(confirm),
    await victim.get(`/login?interaction=${interaction}`),
    await victim.post('/device/confirm', { interaction, csrf: hidden(own, 'csrf'), decision: 'allow' }),
    await victim.get(`/oauth2/authorize/resume?interaction=${interaction}`),
    await victim.get(`/consent?interaction=${interaction}`),
  ]) {
    assert.equal(response.status, 400);
    assert.equal(response.headers.get('location'), null);
  }
  assert.ok(isWaiting(device_code));
  assert.match(
    await (await attacker.follow(await attacker.get(confirm))).text(),
    /Sign in to connect a device/,
  );
});

test('a form that another site posts, or that carries no token or another’s, is refused (attack 3, CSRF)', async () => {
  const { user_code, device_code } = await device.codes(tv);
  const visitor = browserOf(ada);
  const entry = await (await visitor.get('/device')).text();
  const csrf = hidden(entry, 'csrf');
  const send = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    harness.fetch(path, {
      method: 'POST',
      body: new URLSearchParams(form).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...headers,
      },
    });
  for (const response of [
    await send('/device', { user_code }),
    await send('/device', { user_code, csrf: 'x' }),
    await send('/device', { user_code, csrf }, { origin: 'https://evil.example' }),
    await send('/device', { user_code, csrf }, { 'sec-fetch-site': 'cross-site' }),
    await send('/device', { user_code, csrf }, { cookie: '' }),
  ]) {
    assert.equal(response.status, 403);
  }
  const page = await (await device.enter(visitor, user_code)).text();
  const form = { interaction: hidden(page, 'interaction'), csrf: hidden(page, 'csrf'), decision: 'allow' };
  const other = await (await device.enter(visitor, (await device.codes(tv)).user_code)).text();
  for (const response of [
    await send('/device/confirm', { ...form, csrf }),
    await send('/device/confirm', { ...form, csrf: hidden(other, 'csrf') }),
    await send('/device/confirm', form, { origin: 'https://evil.example' }),
    await send('/device/confirm', form, { 'sec-fetch-site': 'same-site' }),
  ]) {
    assert.equal(response.status, 403);
  }
  assert.equal((await send('/device/confirm', { ...form, decision: 'maybe' })).status, 400);
  assert.ok(isWaiting(device_code));
  assert.equal((await send('/device/confirm', form)).status, 303);
});

test('an answer counts for the person who was asked: not after another one has signed in, and not after signing out (attack 3)', async () => {
  const grace = await flow.person();
  const { user_code, device_code } = await device.codes(tv);
  const visitor = browserOf(ada);
  const page = await (await device.enter(visitor, user_code)).text();
  visitor.takeCookie(grace.cookie);
  assert.equal((await device.answer(visitor, page, 'allow')).status, 403);
  visitor.takeCookie('cs-session-default=nobody-nobody-nobody-nobody');
  assert.match(await (await device.answer(visitor, page, 'allow')).text(), /Sign in to connect a device/);
  assert.ok(isWaiting(device_code));
});

test('who takes another account is asked anew, under that name (RFC 8628 §3.3)', async () => {
  const grace = await flow.person();
  const { user_code, device_code } = await device.codes(tv);
  const visitor = browserOf(ada);
  const page = await (await device.enter(visitor, user_code)).text();
  const login = await visitor.get(`/login?interaction=${hidden(page, 'interaction')}`);
  const again = await (await visitor.signIn(login, grace.subject.username ?? '')).text();
  assert.match(again, new RegExp(`<strong>${grace.subject.username}</strong>`));
  await device.answer(visitor, again, 'allow');
  const { body } = await device.poll(tv, device_code);
  assert.equal(
    JSON.parse(Buffer.from(body.access_token.split('.')[1] ?? '', 'base64url').toString()).sub,
    grace.subject.id,
  );
});

test('a session that ends while the page is open approves nothing (attack 6)', async () => {
  const person = await flow.person();
  const { user_code, device_code } = await device.codes(tv);
  const visitor = browserOf(person);
  const page = await (await device.enter(visitor, user_code)).text();
  const now = harness.clock.now();
  const { id } = person.session;
  const revocation = {
    tenant: 'default',
    kind: 'session' as const,
    id,
    revokedAt: now,
    expiresAt: now + 360,
  };
  await harness.store.sessions.end('default', id, now, revocation, {});
  await device.answer(visitor, page, 'allow');
  assert.ok(isWaiting(device_code));
});

test('the page that says it is done has been earned: a link by somebody else says nothing (attack 3)', async () => {
  for (const query of ['', '?done=device-approved', '?done=device-approved&proof=x', '?done=setup&proof=x']) {
    const response = await browserOf(ada).get(`/device/done${query}`);
    assert.deepEqual([response.status, response.headers.get('location')], [303, '/device']);
  }
});

test('default_max_age of the client asks for a new sign-in before the device is approved (OpenID Connect Registration §2)', async () => {
  const strict = await flow.client({ ...deviceMetadata, default_max_age: 60 });
  const person = await flow.person();
  const { user_code, device_code } = await device.codes(strict);
  harness.clock.advance(61);
  const visitor = browserOf(person);
  const login = await device.enter(visitor, user_code);
  assert.match(await login.clone().text(), /Sign in to connect a device/);
  const page = await (await visitor.signIn(login, person.subject.username ?? '')).text();
  assert.equal(heading(page), 'Connect this device?');
  await device.answer(visitor, page, 'allow');
  const { body } = await device.poll(strict, device_code);
  const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1] ?? '', 'base64url').toString()) as {
    auth_time: number;
  };
  assert.ok(claims.auth_time >= person.session.authTime + 61);
});

test('guesses of one person are braked with Retry-After, right codes cost nothing, and nobody else is affected (decision 8, SPN-18)', async () => {
  const braked = await openHarness({ COUNTERSIGN_RATE_LIMITS__ENABLED: 'true' });
  try {
    await tryGuesses(braked);
  } finally {
    await braked.close();
  }
});

async function tryGuesses(braked: Harness): Promise<void> {
  const own = createFlow(braked);
  const asking = createDevice(braked, own);
  const client = await own.client(deviceMetadata);
  const [eve, bob] = [await own.person(), await own.person()];
  const { user_code } = await asking.codes(client, { scope: 'openid' });
  const browser = (person: { cookie: string }) => {
    const visitor = own.visitor();
    visitor.takeCookie(person.cookie);
    return visitor;
  };
  const visitor = browser(eve);
  for (let turn = 0; turn < 15; turn += 1) {
    assert.equal((await asking.enter(visitor, user_code)).status, 200, 'a right code costs nothing');
  }
  for (let guess = 0; guess < 10; guess += 1) {
    assert.equal((await asking.enter(visitor, 'BCDF-GHJK')).status, 422);
    // Not the bucket of this browser, which refills sooner than that of the person.
    braked.clock.advance(1);
  }
  const refused = await asking.enter(visitor, user_code);
  assert.equal(refused.status, 429, 'the right code too');
  assert.match(refused.headers.get('retry-after') ?? '', /^[1-9][0-9]*$/);
  assert.equal((await asking.enter(browser(bob), user_code)).status, 200);
  // No other way to ask whether a code is right: without a token of the page, too, it is charged and refused.
  const entry = await (await visitor.get('/device')).text();
  const begun = await visitor.post('/device', { csrf: hidden(entry, 'csrf'), user_code });
  const interaction =
    new URL(begun.headers.get('location') ?? '', testIssuer).searchParams.get('interaction') ?? '';
  assert.equal(
    (await visitor.post('/device/confirm', { interaction, csrf: 'x', decision: 'allow' })).status,
    429,
  );
}

test('the code that waits for a sign-in is not in the store in the clear (SPN-2)', async () => {
  const { user_code } = await device.codes(tv);
  await device.enter(flow.visitor(), user_code);
  const stored = JSON.stringify(harness.rows('ephemeral'));
  assert.ok(stored.includes('"device'), 'there is one that waits');
  assert.ok(!stored.includes(user_code) && !stored.includes(user_code.replace('-', '')));
});

test('HEAD asks nothing of the store, and other methods are refused (RFC 9110 §9.2.1)', async () => {
  assert.equal((await harness.fetch('/device/confirm?interaction=x', { method: 'HEAD' })).status, 405);
  assert.equal((await harness.fetch('/device', { method: 'PUT' })).status, 405);
});

test('the page speaks the language of the browser (ACC-7)', async () => {
  const response = await harness.fetch('/device', { headers: { 'accept-language': 'de' } });
  assert.match(await response.text(), /<h1>Gerät verbinden<\/h1>/);
});
