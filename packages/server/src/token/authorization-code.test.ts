import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createFlow, publicClient, readJwt, verifier, webClient } from '../authorize/flow.test-support.ts';
import { openHarness } from '../testing/harness.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const ada = await flow.person();
const client = await flow.client();
const other = await flow.client();
const offline = { scope: 'openid offline_access' };
const wrong = 'x'.repeat(43);

test('a code is redeemed for a token response that is not stored (RFC 6749 §4.1.4, §5.1)', async () => {
  const { status, body, headers } = await flow.redeem(client, await flow.code(client, ada));
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body).sort(), [
    'access_token',
    'expires_in',
    'id_token',
    'scope',
    'token_type',
  ]);
  assert.equal(body.token_type, 'Bearer');
  assert.equal(body.expires_in, 300);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('pragma'), 'no-cache');
});

test('a code used twice by its client is refused, and access and refresh token of the first use end (ACC-2, RFC 6749 §4.1.2)', async () => {
  const code = await flow.code(client, ada, offline);
  const first = (await flow.redeem(client, code)).body;
  assert.equal(await flow.isActive(client, first.access_token), true);
  const second = await flow.redeem(client, code);
  assert.equal(second.status, 400);
  assert.equal(second.body.error, 'invalid_grant');
  assert.equal(await flow.isActive(client, first.access_token), false);
  assert.equal(await flow.isActive(client, first.refresh_token), false);
  assert.equal((await flow.refresh(client, first.refresh_token)).body.error, 'invalid_grant');
});

test('what was refreshed from a code that is used twice ends too (RFC 6749 §4.1.2)', async () => {
  const code = await flow.code(client, ada, offline);
  const first = (await flow.redeem(client, code)).body;
  const refreshed = (await flow.refresh(client, first.refresh_token)).body;
  await flow.redeem(client, code);
  assert.equal(await flow.isActive(client, refreshed.access_token), false);
  assert.equal((await flow.refresh(client, refreshed.refresh_token)).status, 400);
});

test('a second use is audited with its grant, and the grant is the first one’s (ACC-4)', async () => {
  const code = await flow.code(client, ada);
  await flow.redeem(client, code);
  const [issued] = await flow.audited('token.issued');
  await flow.redeem(client, code);
  const [reused] = await flow.audited('code.reused');
  assert.equal(reused?.outcome, 'refused');
  assert.equal(reused?.target?.id, issued?.details.grant_id);
});

test('only a second valid request counts as reuse: whoever merely saw a spent code ends nothing (OAuth 2.1 §4.1.3)', async () => {
  const phone = await flow.client(publicClient);
  const code = await flow.code(phone, ada);
  const { access_token } = (await flow.redeem(phone, code)).body;
  assert.equal((await flow.redeem(phone, code, { code_verifier: undefined })).body.error, 'invalid_grant');
  assert.equal((await flow.redeem(phone, code, { code_verifier: wrong })).body.error, 'invalid_grant');
  assert.equal(
    (await flow.redeem(phone, code, { redirect_uri: 'https://evil.example/' })).body.error,
    'invalid_grant',
  );
  const userinfo = () =>
    harness.fetch('/oauth2/userinfo', { headers: { authorization: `Bearer ${access_token}` } });
  assert.equal((await userinfo()).status, 200);
  await flow.redeem(phone, code);
  assert.equal((await userinfo()).status, 401);
});

test('refuses a code of another client and revokes nothing, spent or not (SPN-6, RFC 6749 §4.1.2)', async () => {
  const code = await flow.code(client, ada, offline);
  assert.equal((await flow.redeem(other, code)).body.error, 'invalid_grant');
  const first = await flow.redeem(client, code);
  assert.equal(first.status, 200, 'the attempt did not spend it');
  assert.equal((await flow.redeem(other, code)).body.error, 'invalid_grant');
  assert.equal(await flow.isActive(client, first.body.access_token), true);
  assert.equal((await flow.refresh(client, first.body.refresh_token)).status, 200);
});

test('a wrong verifier does not spend the code (RFC 7636 §4.6)', async () => {
  const code = await flow.code(client, ada);
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const { status, body } = await flow.redeem(client, code, { code_verifier: wrong });
    assert.equal(status, 400);
    assert.equal(body.error, 'invalid_grant');
    assert.equal(body.feature, 'pkce');
  }
  assert.equal((await flow.redeem(client, code)).status, 200);
  const refused = await flow.audited('code.verifier_refused');
  assert.equal(refused.length >= 4, true);
});

test('five wrong verifiers spend the code, malformed ones among them (RFC 7636 §7.1)', async () => {
  const code = await flow.code(client, ada);
  for (const code_verifier of [
    wrong,
    'short',
    `${verifier}!`,
    verifier.toLowerCase(),
    `${verifier}${'x'.repeat(200)}`,
  ]) {
    assert.equal((await flow.redeem(client, code, { code_verifier })).status, 400);
  }
  const { status, body } = await flow.redeem(client, code);
  assert.equal(status, 400);
  assert.equal(body.error, 'invalid_grant');
});

test('a wrong verifier of another client is not counted against the code', async () => {
  const code = await flow.code(client, ada);
  for (let attempt = 0; attempt < 6; attempt += 1) await flow.redeem(other, code, { code_verifier: wrong });
  assert.equal((await flow.redeem(client, code)).status, 200);
});

test('a missing verifier is refused and does not spend the code (RFC 7636 §4.6, RFC 9700 §2.1.1)', async () => {
  const code = await flow.code(client, ada);
  for (let attempt = 0; attempt < 6; attempt += 1) {
    const { body } = await flow.redeem(client, code, { code_verifier: undefined });
    assert.equal(body.error, 'invalid_grant');
    assert.equal(body.feature, 'pkce');
  }
  assert.equal((await flow.redeem(client, code)).status, 200);
});

test('a verifier without a challenge is refused as a downgrade (RFC 9700 §4.8.2)', async () => {
  const lax = await flow.client({ ...webClient, require_pkce: false });
  const without = { code_challenge: undefined, code_challenge_method: undefined, nonce: 'n' };
  const code = await flow.code(lax, ada, without);
  const { body } = await flow.redeem(lax, code);
  assert.equal(body.error, 'invalid_grant');
  assert.equal((await flow.redeem(lax, code, { code_verifier: undefined })).status, 200);
});

test('a challenge that was sent is enforced of a client that needs none (architecture, decision 4)', async () => {
  const lax = await flow.client({ ...webClient, require_pkce: false });
  const code = await flow.code(lax, ada);
  assert.equal((await flow.redeem(lax, code, { code_verifier: undefined })).body.error, 'invalid_grant');
  assert.equal((await flow.redeem(lax, code)).status, 200);
});

test('a code works to its last second and not beyond: no skew (RFC 6749 §4.1.2)', async () => {
  const [last, late] = [await flow.code(client, ada), await flow.code(client, ada)];
  harness.clock.advance(58);
  assert.equal((await flow.redeem(client, last)).status, 200);
  harness.clock.advance(2);
  assert.equal((await flow.redeem(client, late)).body.error, 'invalid_grant');
});

test('redirect_uri is the one of the authorization request, and is required when that had one (RFC 6749 §4.1.3)', async () => {
  const code = await flow.code(client, ada);
  for (const redirect_uri of [undefined, 'https://app.example/cb/', 'https://evil.example/']) {
    assert.equal((await flow.redeem(client, code, { redirect_uri })).body.error, 'invalid_grant');
  }
  assert.equal((await flow.redeem(client, code)).status, 200);
});

test('without redirect_uri in the authorization request the token request may have the right one or none (RFC 6749 §4.1.3)', async () => {
  const without = { redirect_uri: undefined, scope: 'profile' };
  assert.equal(
    (await flow.redeem(client, await flow.code(client, ada, without), { redirect_uri: undefined })).status,
    200,
  );
  const code = await flow.code(client, ada, without);
  assert.equal(
    (await flow.redeem(client, code, { redirect_uri: 'https://evil.example/' })).body.error,
    'invalid_grant',
  );
  assert.equal((await flow.redeem(client, code)).status, 200);
});

test('an unknown code and a missing one are refused (RFC 6749 §5.2)', async () => {
  assert.equal((await flow.redeem(client, 'unknown')).body.error, 'invalid_grant');
  assert.equal((await flow.redeem(client, '')).body.error, 'invalid_request');
});

test('whose code it is and what became of it is not told: every refused code reads the same (RFC 6749 §5.2)', async () => {
  const spent = await flow.code(client, ada);
  await flow.redeem(client, spent);
  const refused = [
    await flow.redeem(client, 'unknown'),
    await flow.redeem(other, await flow.code(client, ada)),
    await flow.redeem(client, spent),
    await flow.redeem(client, await flow.code(client, ada), { redirect_uri: 'https://evil.example/' }),
  ];
  assert.equal(new Set(refused.map(({ body }) => JSON.stringify(body))).size, 1);
});

test('20 redemptions at once: one success, and afterwards its tokens are inactive (ACC-2)', async () => {
  const code = await flow.code(client, ada, offline);
  const answers = await Promise.all(Array.from({ length: 20 }, () => flow.redeem(client, code)));
  const won = answers.filter(({ status }) => status === 200);
  assert.equal(won.length, 1);
  assert.ok(answers.every(({ status, body }) => status === 200 || body.error === 'invalid_grant'));
  assert.equal(await flow.isActive(client, won[0]?.body.access_token ?? ''), false);
  assert.equal((await flow.refresh(client, won[0]?.body.refresh_token ?? '')).status, 400);
});

test('the code is bound to the scope that was approved: scope at the token endpoint changes nothing (RFC 6749 §4.1.3)', async () => {
  const { body } = await flow.redeem(client, await flow.code(client, ada), {
    scope: 'openid profile email offline_access',
  });
  assert.equal(body.scope, 'openid');
  assert.equal(body.refresh_token, undefined);
});

test('a grant is audited with client, subject, scope and token id, and without a token (ACC-4)', async () => {
  const { access_token, scope } = await flow.tokens(client, ada, offline);
  const [entry] = await flow.audited('token.issued');
  assert.deepEqual(entry?.actor, { kind: 'client', id: client.id });
  assert.deepEqual(entry?.target, { kind: 'subject', id: ada.subject.id });
  const details = entry?.details ?? {};
  assert.equal(details.grant, 'authorization_code');
  assert.equal(details.scope, scope);
  assert.equal(details.jti, readJwt(access_token).claims.jti);
  assert.ok(!JSON.stringify(entry).includes(access_token));
});

test('no token, code, verifier or secret is in the log or the audit trail (SPN-2)', async () => {
  const code = await flow.code(client, ada, offline);
  const { body } = await flow.redeem(client, code);
  const refreshed = (await flow.refresh(client, body.refresh_token)).body;
  await flow.refresh(client, body.refresh_token);
  await flow.redeem(client, code, { code_verifier: 'canary'.repeat(8) });
  await flow.redeem({ ...client, secret: 'canary-secret-91c2' }, code);
  const records = await harness.store.audit.listNewest('default', 1000);
  const written = [...harness.logged, ...records.map((record) => JSON.stringify(record))].join('\n');
  const secrets = [
    code,
    verifier,
    'canary'.repeat(8),
    'canary-secret-91c2',
    client.secret ?? '',
    body.access_token,
    body.id_token,
    body.refresh_token,
    refreshed.access_token,
    refreshed.refresh_token,
    `${ada.subject.username}@example.org`,
  ];
  for (const secret of secrets) assert.ok(!written.includes(secret), `written down: ${secret}`);
});
