/** Disabled, ended or revoked while a grant is under way: nothing issued afterwards lives (attack 6). */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  type Answer,
  answerOf,
  type Client,
  createFlow,
  type Person,
  requestOf,
  webClient,
} from '../authorize/flow.test-support.ts';
import { openHarness } from '../testing/harness.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const client = await flow.client();
const offline = { scope: 'openid offline_access' };

function revocation(kind: 'subject' | 'session' | 'grant', id: string) {
  const now = harness.clock.now();
  return { tenant: 'default', kind, id, revokedAt: now, expiresAt: now + 360 };
}

const disable = ({ subject }: Person) =>
  harness.store.subjects.disable('default', subject.id, revocation('subject', subject.id), {});
const endSession = ({ session }: Person) =>
  harness.store.sessions.end(
    'default',
    session.id,
    harness.clock.now(),
    revocation('session', session.id),
    {},
  );
const disableClient = (of: Client) =>
  harness.store.clients.replace({ ...of.record, disabledAt: 1, version: 2 }, 1, {});

function refused({ status, body }: Answer, error = 'invalid_grant'): void {
  assert.ok(status === 400 || status === 401, String(status));
  assert.equal(body.error, error);
  assert.equal(body.access_token, undefined);
}

test('a code of a person who was disabled meanwhile gives nothing, and nothing after they are enabled again (attack 6)', async () => {
  const person = await flow.person();
  const code = await flow.code(client, person);
  await disable(person);
  refused(await flow.redeem(client, code));
  await harness.store.subjects.enable('default', person.subject.id, harness.clock.now(), {});
  refused(await flow.redeem(client, code));
});

test('a code of a session that ended meanwhile gives nothing (attack 6)', async () => {
  const person = await flow.person();
  const code = await flow.code(client, person);
  await endSession(person);
  refused(await flow.redeem(client, code));
});

test('a code whose consent was taken back meanwhile gives nothing (attack 6)', async () => {
  const person = await flow.person();
  const code = await flow.code(client, person);
  await harness.store.consents.revoke(
    'default',
    person.subject.id,
    client.id,
    harness.clock.now(),
    harness.clock.now() + 360,
    {},
  );
  refused(await flow.redeem(client, code));
});

test('a disabled client redeems and refreshes nothing (attack 6)', async () => {
  const person = await flow.person();
  const own = await flow.client();
  const { access_token, refresh_token } = await flow.tokens(own, person, offline);
  const code = await flow.code(own, person);
  await disableClient(own);
  refused(await flow.redeem(own, code), 'invalid_client');
  refused(await flow.refresh(own, refresh_token), 'invalid_client');
  const userinfo = await harness.fetch('/oauth2/userinfo', {
    headers: { authorization: `Bearer ${access_token}` },
  });
  assert.equal(userinfo.status, 401);
});

test('a disabled person’s refresh and access tokens end at once, opaque ones too, and stay ended (attack 6)', async () => {
  const person = await flow.person();
  const opaque = await flow.client({ ...webClient, access_token_format: 'opaque' });
  const tokens = await flow.tokens(client, person, offline);
  const others = await flow.tokens(opaque, person, offline);
  await disable(person);
  refused(await flow.refresh(client, tokens.refresh_token));
  assert.equal(await flow.isActive(client, tokens.access_token), false);
  assert.equal(await flow.isActive(opaque, others.access_token), false);
  await harness.store.subjects.enable('default', person.subject.id, harness.clock.now(), {});
  refused(await flow.refresh(client, tokens.refresh_token));
  assert.equal(await flow.isActive(client, tokens.access_token), false);
});

test('the end of a session ends refresh tokens without offline_access and leaves those with it (OpenID Connect Core §11, protocol notes)', async () => {
  const person = await flow.person();
  const always = await flow.client({ ...webClient, always_refresh: true });
  const online = await flow.tokens(always, person, { scope: 'openid' });
  const lasting = await flow.tokens(always, person, offline);
  await endSession(person);
  refused(await flow.refresh(always, online.refresh_token));
  assert.equal(await flow.isActive(always, online.access_token), false);
  harness.clock.advance(1);
  const { status, body } = await flow.refresh(always, lasting.refresh_token);
  assert.equal(status, 200);
  assert.equal(await flow.isActive(always, body.access_token), true);
});

for (const [what, end] of [
  ['disabling the person', disable],
  ['ending the session', endSession],
] as const) {
  test(`${what} amid redemptions: none of their tokens lives afterwards (attack 6)`, async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => flow.person()));
    const codes = await Promise.all(people.map((person) => flow.code(client, person)));
    const both = await Promise.all(
      people.flatMap((person, index) => {
        const redeeming = flow.redeem(client, codes[index] ?? '');
        return [redeeming, end(person).then(() => undefined)];
      }),
    );
    for (const answer of both) {
      if (answer === undefined || answer.status !== 200) continue;
      assert.equal(await flow.isActive(client, answer.body.access_token), false);
    }
  });
}

test('disabling the person amid refreshes: none of their tokens lives afterwards (attack 6)', async () => {
  const people = await Promise.all(Array.from({ length: 8 }, () => flow.person()));
  const issued = await Promise.all(people.map((person) => flow.tokens(client, person, offline)));
  const answers = await Promise.all(
    people.flatMap((person, index) => [
      flow.refresh(client, issued[index]?.refresh_token ?? ''),
      disable(person).then(() => undefined),
    ]),
  );
  for (const answer of answers) {
    if (answer?.status !== 200) continue;
    assert.equal(await flow.isActive(client, answer.body.access_token), false);
    refused(await flow.refresh(client, answer.body.refresh_token));
  }
});

test('a session that ended gives no code (attack 6)', async () => {
  const person = await flow.person();
  await endSession(person);
  const answer = answerOf(
    await flow.authorize(requestOf(client.id, { prompt: 'none' }), { cookie: person.cookie }),
  );
  assert.equal(answer.error, 'login_required');
});

test('auth_time and acr are those of the sign-in whatever follows: refresh and prompt none launder nothing (attack 10)', async () => {
  const person = await flow.person();
  harness.clock.advance(3600);
  const silent = answerOf(
    await flow.authorize(requestOf(client.id, { prompt: 'none', max_age: '7200' }), {
      cookie: person.cookie,
    }),
  );
  const { body } = await flow.redeem(client, silent.code ?? '');
  const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
  assert.equal(claims.auth_time, person.session.authTime);
  assert.equal(claims.acr, person.session.acr);
});
