/** OpenID Connect Back-Channel Logout 1.0 with a relying party that listens on a socket and verifies by another library. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyLogoutToken } from '@countersign/protocol';
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { makeRecipient } from '../../../protocol/src/jose/encryption-keys.test-support.ts';
import { answerOf, type Client, readJwt, type Visitor } from '../authorize/flow.test-support.ts';
import type { Revocation } from '../storage/ports.ts';
import { openHarness, testIssuer, testPassword } from '../testing/harness.ts';
import {
  createLogoutWorld,
  requestLogout,
  returningClient,
  returnUri,
  type SignedIn,
} from './logout.test-support.ts';
import {
  accept,
  answer,
  claimsOf,
  eventually,
  hang,
  type LogoutCall,
  openRelyingParty,
} from './relying-party.test-support.ts';

const event = 'http://schemas.openid.net/event/backchannel-logout';
const loopback = { COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8,::1/128' };
const harness = await openHarness(loopback);
const party = await openRelyingParty();
after(async () => {
  party.close();
  await harness.close();
});
const { flow, signIn, isSignedIn } = createLogoutWorld(harness);
const { store } = harness;

let paths = 0;
/** A client that is told at a path of its own. */
async function addClient(
  metadata: Readonly<Record<string, unknown>> = {},
  tenant = harness.tenant,
): Promise<{ readonly client: Client; readonly path: string }> {
  paths += 1;
  const path = `/bcl/${paths}`;
  const client = await flow.client(
    { ...returningClient, backchannel_logout_uri: `${party.origin}${path}`, ...metadata },
    tenant,
  );
  return { client, path };
}

/** As a relying party verifies: by the published keys, and every rule of §2.6. */
async function verified(call: LogoutCall, client: Client, issuer = testIssuer): Promise<JWTPayload> {
  const jwks = (await (await harness.fetch(`${issuer}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
  const { idTokenSignedResponseAlg: algorithm } = client.record.metadata;
  const { payload } = await jwtVerify(call.token, createLocalJWKSet(jwks), {
    issuer,
    audience: client.id,
    typ: 'logout+jwt',
    algorithms: [algorithm],
    requiredClaims: ['iat', 'exp', 'jti', 'events'],
    currentDate: new Date(harness.clock.now() * 1000),
  });
  return payload;
}

/** Fills in a form of the account page. */
async function account(browser: Visitor, form: string, fields: Readonly<Record<string, string>> = {}) {
  const page = await (await browser.get('/account')).text();
  const start = page.indexOf(`action="/account/${form}"`);
  assert.ok(start > 0, `no form ${form} on the account page`);
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.slice(start))?.[1] ?? '';
  assert.equal((await browser.post(`/account/${form}`, { csrf, ...fields })).status, 303);
}

test('oidcc-backchannel-logout-discovery-endpoint-verification: discovery says that clients are told, with the session (OpenID Connect Back-Channel Logout §2.1)', async () => {
  const document = (await (await harness.fetch('/.well-known/openid-configuration')).json()) as Record<
    string,
    unknown
  >;
  assert.equal(document.backchannel_logout_supported, true);
  assert.equal(document.backchannel_logout_session_supported, true);
  assert.equal(document.end_session_endpoint, `${testIssuer}/oauth2/logout`);
  assert.equal('frontchannel_logout_supported' in document, false);
});

test('oidcc-backchannel-rp-initiated-logout: the client is told within a second by a token that its library verifies, the browser returns, and nobody is signed in (OpenID Connect Back-Channel Logout §2.3, §2.4, §2.5, OpenID Connect RP-Initiated Logout §2)', async () => {
  const { client, path } = await addClient({ backchannel_logout_session_required: true });
  const { browser, tokens } = await signIn(client);
  const begunMs = Date.now();
  const redirect = await requestLogout(browser, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: returnUri,
    state: 'x'.repeat(128),
  });
  assert.deepEqual(answerOf(redirect, returnUri), { state: 'x'.repeat(128) });
  const [call] = await party.told(path);
  assert.ok(call);
  assert.ok(call.atMs - begunMs < 1000, `${call.atMs - begunMs} ms`);
  assert.equal(call.contentType, 'application/x-www-form-urlencoded');
  assert.deepEqual([...call.form.keys()], ['logout_token']);
  const payload = await verified(call, client);
  const { sub, sid } = readJwt(tokens.id_token).claims;
  assert.deepEqual([payload.sub, payload.sid, payload.events], [sub, sid, { [event]: {} }]);
  assert.equal('nonce' in payload, false);
  assert.ok((payload.exp ?? 0) - (payload.iat ?? 0) <= 120);
  assert.deepEqual(Object.keys(payload).sort(), ['aud', 'events', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
  assert.equal(await isSignedIn(browser, client), false);
  await sleep(50);
  assert.equal((await party.told(path)).length, 1, 'once');
});

const ends: Readonly<Record<string, (visit: SignedIn, client: Client) => Promise<unknown>>> = {
  'signing out on the account page': ({ browser }) => account(browser, 'sign-out'),
  'ending it from another browser': async ({ person }) => {
    const other = flow.visitor();
    other.takeCookie((await harness.signIn(person.subject)).cookie);
    await account(other, 'sessions/end', { session: person.session.id });
  },
  'ending all others from another browser': async ({ person }) => {
    const other = flow.visitor();
    other.takeCookie((await harness.signIn(person.subject)).cookie);
    await account(other, 'sessions/end-others');
  },
  'a changed password': async ({ person }) => {
    const other = flow.visitor();
    other.takeCookie((await harness.signIn(person.subject)).cookie);
    await account(other, 'password', { password: testPassword, new_password: 'violet kettle orbit' });
  },
  'a disabled account': ({ person: { subject } }) =>
    store.subjects.disable(subject.tenant, subject.id, revocation('subject', subject.id), {}),
  'a removed account': ({ person: { subject } }) =>
    store.subjects.remove(subject.tenant, subject.id, revocation('subject', subject.id), {}),
  'an operator': ({ person: { session } }) =>
    store.sessions.end(
      session.tenant,
      session.id,
      harness.clock.now(),
      revocation('session', session.id),
      {},
    ),
  'the reuse of a refresh token, where that ends the session': async ({ tokens }, client) => {
    await harness.changeTenant({ refreshOnReuse: 'session' });
    for (const expected of [200, 400]) {
      assert.equal((await flow.refresh(client, tokens.refresh_token)).status, expected);
    }
    await harness.changeTenant({ refreshOnReuse: 'family' });
  },
  'somebody else who signs in in the same browser': async ({ browser }) => {
    const other = await flow.person();
    const login = await browser.follow(await browser.get('/login'));
    await browser.signIn(login, other.subject.username ?? '');
  },
};
function revocation(kind: Revocation['kind'], id: string): Revocation {
  const now = harness.clock.now();
  return { tenant: 'default', kind, id, revokedAt: now, expiresAt: now + 600 };
}
for (const [how, end] of Object.entries(ends)) {
  test(`a session ended by ${how} is told to every client that took part and asked for it, by its own sub and sid (OpenID Connect Back-Channel Logout §2.3, §2.5, §2.7)`, async () => {
    const [first, second, bystander] = [await addClient(), await addClient(), await addClient()];
    const quiet = await flow.client(returningClient);
    const visit = await signIn(first.client, { scope: 'openid offline_access' });
    for (const client of [second.client, quiet]) await flow.tokens(client, visit.person);
    await end(visit, first.client);
    for (const { client, path } of [first, second]) {
      const [call] = await party.told(path);
      assert.ok(call);
      const payload = await verified(call, client);
      assert.deepEqual([payload.sub, payload.sid], [visit.person.subject.id, visit.person.session.id]);
    }
    await sleep(30);
    assert.equal(party.calls.filter(({ path }) => path === bystander.path).length, 0);
    assert.equal((await party.told(first.path)).length, 1);
  });
}

test('only the session that ended is told, not another of the same person at the same client (OpenID Connect Back-Channel Logout §2.7)', async () => {
  const { client, path } = await addClient();
  const { browser, person, tokens } = await signIn(client);
  const other = await harness.signIn(person.subject);
  await flow.tokens(client, { ...person, ...other });
  await requestLogout(browser, { id_token_hint: tokens.id_token });
  const [call] = await party.told(path);
  assert.ok(call);
  assert.equal(claimsOf(call).sid, person.session.id);
  await sleep(50);
  assert.equal((await party.told(path)).length, 1);
});

test('signing in again in the same session is no logout (OpenID Connect Back-Channel Logout §2.3)', async () => {
  const { client, path } = await addClient();
  const { browser, person } = await signIn(client);
  const login = await browser.follow(await browser.get('/login'));
  await browser.signIn(login, person.subject.username ?? '');
  assert.equal(await isSignedIn(browser, client), true);
  await sleep(50);
  assert.equal(party.calls.filter((call) => call.path === path).length, 0);
});

for (const algorithm of ['ES256', 'EdDSA', 'RS256', 'PS256']) {
  test(`a client whose ID tokens are signed with ${algorithm} gets its logout tokens signed with it (OpenID Connect Back-Channel Logout §2.4, §2.6)`, async () => {
    const { client, path } = await addClient({ id_token_signed_response_alg: algorithm });
    const { browser, tokens } = await signIn(client);
    await requestLogout(browser, { id_token_hint: tokens.id_token });
    const [call] = await party.told(path);
    assert.ok(call);
    assert.equal(readJwt(call.token).header.alg, algorithm);
    await verified(call, client);
    const keys = (await (await harness.fetch('/.well-known/jwks.json')).json()) as { readonly keys: [] };
    const expected = {
      ...{ issuer: testIssuer, clientId: client.id, now: harness.clock.now(), skewSeconds: 10 },
      ...{ keys, algorithms: [algorithm] },
    };
    assert.equal((await verifyLogoutToken(call.token, expected)).sid, readJwt(tokens.id_token).claims.sid);
  });
}

test('a client whose ID tokens are encrypted gets its logout tokens encrypted, with the issuer in the clear (OpenID Connect Back-Channel Logout §2.4, §2.6)', async () => {
  const recipient = makeRecipient('P-256');
  const { client, path } = await addClient({
    jwks: { keys: [recipient.jwk] },
    id_token_encrypted_response_alg: 'ECDH-ES',
  });
  const { browser, person } = await signIn(client);
  await account(browser, 'sign-out');
  const [call] = await party.told(path);
  assert.ok(call);
  const { header, plaintext } = await recipient.open(call.token);
  assert.deepEqual([header.cty, header.iss], ['JWT', testIssuer]);
  const payload = await verified({ ...call, token: plaintext }, client);
  assert.equal(payload.sid, person.session.id);
});

test('a client with pairwise subjects is told by its own identifier; of a removed person by the session alone (OpenID Connect Back-Channel Logout §2.4, OpenID Connect Core §8)', async () => {
  const { client, path } = await addClient({ subject_type: 'pairwise' });
  for (const remove of [false, true]) {
    const { browser, person, tokens } = await signIn(client);
    const { sub } = readJwt(tokens.id_token).claims;
    assert.notEqual(sub, person.subject.id);
    const { id, tenant } = person.subject;
    // The hint is recognised by that identifier, too.
    if (remove) await store.subjects.remove(tenant, id, revocation('subject', id), {});
    else assert.equal((await requestLogout(browser, { id_token_hint: tokens.id_token })).status, 200);
    const calls = await party.told(path, remove ? 2 : 1);
    const call = calls.at(-1);
    assert.ok(call);
    const payload = await verified(call, client);
    assert.deepEqual([payload.sub, payload.sid], [remove ? undefined : sub, person.session.id]);
    assert.equal(call.token.includes(Buffer.from(id).toString('base64url')), false);
  }
});

test('a tenant tells its own clients under its own issuer, and nobody else’s of the same id (SPN-1, OpenID Connect Back-Channel Logout §2.4)', async () => {
  const tenant = await harness.addTenant({ id: 'acme' });
  const { client: here, path: pathHere } = await addClient();
  const there = '/bcl/acme';
  const { client, secret } = await harness.addClient(
    here.id,
    { ...returningClient, backchannel_logout_uri: `${party.origin}${there}` },
    tenant,
  );
  const theirs = { id: client.id, secret, record: client };
  await signIn(here);
  const visit = await signIn(theirs);
  await requestLogout(visit.browser, { id_token_hint: visit.tokens.id_token }, '/t/acme');
  const [call] = await party.told(there);
  assert.ok(call);
  const payload = await verified(call, theirs, `${testIssuer}/t/acme`);
  assert.equal(payload.sid, visit.person.session.id);
  await sleep(50);
  assert.equal(party.calls.filter(({ path }) => path === pathHere).length, 0);
});

test('a client that is down is told when it is up again, by a fresh token; the metrics count it (OpenID Connect Back-Channel Logout §2.5, SPN-17)', async () => {
  const { client, path } = await addClient();
  const { browser, tokens } = await signIn(client);
  party.behaviour = answer(503);
  await requestLogout(browser, { id_token_hint: tokens.id_token });
  const [first] = await party.told(path);
  const owedOf = async () =>
    (await store.logoutDeliveries.list('default', { limit: 1000 })).find(
      ({ clientId }) => clientId === client.id,
    );
  await eventually('noted', async () => (await owedOf())?.state === 'waiting');
  assert.equal((await owedOf())?.reason, 'status_503');
  party.behaviour = accept;
  harness.clock.advance(7);
  // The poll comes every five seconds; a change of any session comes at once.
  const { client: other } = await addClient();
  const another = await signIn(other);
  await requestLogout(another.browser, { id_token_hint: another.tokens.id_token });
  const [, second] = await party.told(path, 2);
  assert.ok(first && second);
  await verified(second, client);
  assert.notEqual(claimsOf(first).jti, claimsOf(second).jti);
  await eventually('done', async () => (await owedOf()) === undefined);
  const text = await harness.metrics.registry.metrics();
  assert.match(text, /identity_logout_deliveries_total\{result="failed"\} 1/);
  assert.match(text, /identity_logout_deliveries_total\{result="delivered"\} [1-9]/);
});

test('a redirect is not followed, and an endless answer is not read (OpenID Connect Back-Channel Logout §2.8, attack 7)', async () => {
  const { client, path } = await addClient();
  const reasons: (string | null | undefined)[] = [];
  const bomb = answer(200);
  for (const behaviour of [
    answer(302, { location: `${party.origin}/elsewhere` }),
    (response: Parameters<typeof bomb>[0]) => void response.writeHead(200).end('x'.repeat(100_000)),
  ]) {
    party.behaviour = behaviour;
    const { browser, person, tokens } = await signIn(client);
    await requestLogout(browser, { id_token_hint: tokens.id_token });
    await party.told(path, reasons.length + 1);
    const owed = async () =>
      (await store.logoutDeliveries.list('default', { limit: 1000 })).find(
        ({ sessionId }) => sessionId === person.session.id,
      );
    await eventually('noted', async () => (await owed())?.state === 'waiting');
    reasons.push((await owed())?.reason);
    await store.logoutDeliveries.drop('default', { sessionId: person.session.id, clientId: client.id }, {});
  }
  party.behaviour = accept;
  assert.deepEqual(reasons, ['status_302', 'too_large']);
  assert.equal(party.calls.filter((call) => call.path === '/elsewhere').length, 0);
});

test('a client that hangs holds up neither the sign-out nor the clients beside it (OpenID Connect Back-Channel Logout §2.5)', async () => {
  const [slow, quick] = [await addClient(), await addClient()];
  const hanging = await openRelyingParty();
  hanging.behaviour = hang;
  const { record } = slow.client;
  const metadata = { ...record.metadata, backchannelLogoutUri: `${hanging.origin}/bcl` };
  await store.clients.replace({ ...record, metadata, version: 2 }, 1, {});
  const { browser, person, tokens } = await signIn(slow.client);
  await flow.tokens(quick.client, person);
  const begun = Date.now();
  await requestLogout(browser, { id_token_hint: tokens.id_token });
  await party.told(quick.path);
  assert.ok(Date.now() - begun < 2000);
  await hanging.told('/bcl');
  hanging.close();
});

test('an address inside the network is refused and given up at once, with the reason for the operator (OpenID Connect Back-Channel Logout §2.5, attack 7)', async () => {
  const closed = await openHarness();
  try {
    const world = createLogoutWorld(closed);
    const client = await world.flow.client({
      ...returningClient,
      backchannel_logout_uri: `${party.origin}/inside`,
    });
    const { browser, tokens } = await world.signIn(client);
    const redirect = await requestLogout(browser, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: returnUri,
    });
    assert.equal(redirect.headers.get('location'), returnUri, 'the person is not held up');
    const owed = async () => (await closed.store.logoutDeliveries.list('default', { limit: 1 }))[0];
    await eventually('given up', async () => (await owed())?.state === 'dead');
    assert.deepEqual([(await owed())?.attempts, (await owed())?.reason], [1, 'forbidden_address']);
    const [entry] = await closed.store.audit.listNewest('default', 1);
    assert.deepEqual([entry?.action, entry?.reason], ['logout.undelivered', 'forbidden_address']);
    assert.equal(party.calls.filter((call) => call.path === '/inside').length, 0);
  } finally {
    await closed.close();
  }
});

test('a sealed server tells nobody, keeps what is owed, and discovery does not claim otherwise (OpenID Connect Back-Channel Logout §2.1)', async () => {
  const sealed = await openHarness({ ...loopback, COUNTERSIGN_OUTBOUND__SEALED: 'true' });
  try {
    const world = createLogoutWorld(sealed);
    const client = await world.flow.client({
      ...returningClient,
      backchannel_logout_uri: `${party.origin}/sealed`,
    });
    const { browser, tokens } = await world.signIn(client);
    await requestLogout(browser, { id_token_hint: tokens.id_token });
    await sleep(100);
    assert.deepEqual(await sealed.store.logoutDeliveries.count(), { waiting: 1, dead: 0 });
    assert.equal(party.calls.filter((call) => call.path === '/sealed').length, 0);
    assert.ok(sealed.logged.some((line) => line.includes('outbound.sealed')));
    const document = (await (await sealed.fetch('/.well-known/openid-configuration')).json()) as object;
    assert.equal('backchannel_logout_supported' in document, false);
  } finally {
    await sealed.close();
  }
});
