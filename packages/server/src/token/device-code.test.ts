import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Answer, createFlow, type Person, readJwt } from '../authorize/flow.test-support.ts';
import { createDevice, deviceGrant, deviceMetadata } from '../device/device.test-support.ts';
import { openHarness } from '../testing/harness.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const device = createDevice(harness, flow);
const tv = await flow.client(deviceMetadata);
const ada = await flow.person();

function refused({ status, body }: Answer, error: string): void {
  assert.deepEqual([status, body.error], [400, error]);
  assert.equal(body.access_token, undefined);
}

async function approved(client = tv, person: Person = ada, scope = 'openid profile offline_access') {
  const codes = await device.codes(client, { scope });
  const page = await device.decide(person.cookie, codes.user_code);
  assert.equal(page.status, 200);
  return codes.device_code;
}

const revocation = (kind: 'subject' | 'session', id: string) => {
  const now = harness.clock.now();
  return { tenant: 'default', kind, id, revokedAt: now, expiresAt: now + 360 };
};

test('a device polls, waits, and has its tokens once the person has approved (RFC 8628 §3.4, §3.5)', async () => {
  const { device_code, user_code } = await device.codes(tv);
  refused(await device.poll(tv, device_code), 'authorization_pending');
  await device.decide(ada.cookie, user_code);
  const { status, body, headers } = await device.poll(tv, device_code);
  assert.equal(status, 200);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.deepEqual(
    [body.token_type, body.expires_in, body.scope],
    ['Bearer', 300, 'openid profile offline_access'],
  );
  const { header, claims } = readJwt(body.access_token);
  assert.equal(header.typ, 'at+jwt');
  assert.deepEqual(
    [claims.sub, claims.client_id, claims.acr, claims.amr],
    [ada.subject.id, tv.id, 'aal1', ['pwd']],
  );
  assert.equal(await flow.isActive(await flow.client(), body.access_token), false, 'not of another client');
  const userinfo = await harness.fetch('/oauth2/userinfo', {
    headers: { authorization: `Bearer ${body.access_token}` },
  });
  assert.equal(((await userinfo.json()) as { sub: string }).sub, ada.subject.id);
});

test('a poll before five seconds have passed is told to slow down, and waits five more from then on (RFC 8628 §3.5)', async () => {
  const { device_code } = await device.codes(tv);
  const after = async (seconds: number) => {
    harness.clock.advance(seconds);
    return (await device.poll(tv, device_code)).body.error;
  };
  assert.equal(await after(0), 'authorization_pending');
  assert.equal(await after(5), 'authorization_pending');
  assert.equal(await after(2), 'slow_down');
  assert.equal(await after(6), 'slow_down', 'ten seconds now');
  assert.equal(await after(15), 'authorization_pending', 'fifteen were kept');
});

test('a device that was declined is told access_denied, and again when it asks again (RFC 8628 §3.5)', async () => {
  const { device_code, user_code } = await device.codes(tv);
  await device.decide(ada.cookie, user_code, 'deny');
  refused(await device.poll(tv, device_code), 'access_denied');
  refused(await device.poll(tv, device_code), 'access_denied');
});

test('an expired code is expired_token to the second, approved or not (RFC 8628 §3.5)', async () => {
  const { device_code } = await device.codes(tv);
  const other = await approved();
  harness.clock.advance(898);
  refused(await device.poll(tv, device_code), 'authorization_pending');
  harness.clock.advance(2);
  refused(await device.poll(tv, device_code), 'expired_token');
  refused(await device.poll(tv, other), 'expired_token');
});

test('an unknown, malformed or foreign code is invalid_grant, and a foreign one is neither spent nor slowed down (RFC 8628 §3.4, RFC 6749 §5.2)', async () => {
  const thief = await flow.client(deviceMetadata);
  const waiting = await device.codes(tv);
  const ready = await approved();
  for (const code of ['x', `cs_dc_${'A'.repeat(43)}`, `${ready}A`, ready.slice(6), 'x'.repeat(9000)]) {
    refused(await device.poll(tv, code), 'invalid_grant');
  }
  for (let turn = 0; turn < 3; turn += 1) {
    refused(await device.poll(thief, waiting.device_code), 'invalid_grant');
    refused(await device.poll(thief, ready), 'invalid_grant');
  }
  refused(await device.poll(tv, waiting.device_code), 'authorization_pending');
  assert.equal((await device.poll(tv, ready)).status, 200);
});

test('device_code is required, and a client without the grant is unauthorized_client (RFC 8628 §3.4, RFC 6749 §5.2)', async () => {
  refused(await flow.token(tv, { grant_type: deviceGrant }), 'invalid_request');
  refused(await device.poll(await flow.client(), await approved()), 'unauthorized_client');
});

test('a code is good once: a second use is refused and ends what the first one was given (ACC-2, SPN-5, RFC 8628 §5.2)', async () => {
  const code = await approved();
  const { body } = await device.poll(tv, code);
  refused(await device.poll(tv, code), 'invalid_grant');
  refused(await flow.refresh(tv, body.refresh_token), 'invalid_grant');
  const userinfo = await harness.fetch('/oauth2/userinfo', {
    headers: { authorization: `Bearer ${body.access_token}` },
  });
  assert.equal(userinfo.status, 401);
  const [entry] = await flow.audited('device.reused');
  assert.deepEqual([entry?.outcome, entry?.reason], ['refused', 'code_reused']);
});

test('of many parallel polls of an approved code one gets tokens (ACC-2)', async () => {
  const code = await approved();
  const answers = await Promise.all(Array.from({ length: 20 }, () => device.poll(tv, code)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 'invalid_grant');
});

test('an ID token comes with openid and tells the sign-in of the approval; without openid there is none (OpenID Connect Core §3.1.3.3, attack 10)', async () => {
  const strict = await flow.client({ ...deviceMetadata, require_auth_time: true });
  const person = await flow.person();
  harness.clock.advance(600);
  const code = await approved(strict, person, 'openid offline_access');
  harness.clock.advance(100);
  const { body } = await device.poll(strict, code);
  const { claims } = readJwt(body.id_token);
  assert.deepEqual(
    [claims.sub, claims.aud, claims.auth_time, claims.acr, claims.amr],
    [person.subject.id, strict.id, person.session.authTime, 'aal1', ['pwd']],
  );
  assert.equal(claims.nonce, undefined);
  assert.equal(typeof claims.at_hash, 'string');
  const refreshed = await flow.refresh(strict, body.refresh_token);
  assert.equal(readJwt(refreshed.body.id_token).claims.auth_time, person.session.authTime);
  assert.equal((await device.poll(tv, await approved(tv, ada, 'api:read'))).body.id_token, undefined);
});

test('a client with pairwise identifiers sees its own sub, in the ID token and at userinfo alike (OpenID Connect Core §8)', async () => {
  const pairwise = await flow.client({
    ...deviceMetadata,
    grant_types: [...deviceMetadata.grant_types, 'authorization_code'],
    response_types: ['code'],
    redirect_uris: ['https://tv.example/cb'],
    subject_type: 'pairwise',
  });
  const { body } = await device.poll(pairwise, await approved(pairwise));
  const { sub } = readJwt(body.id_token).claims;
  assert.notEqual(sub, ada.subject.id);
  assert.equal(readJwt(body.access_token).claims.sub, sub);
  const headers = { authorization: `Bearer ${body.access_token}` };
  const userinfo = await harness.fetch('/oauth2/userinfo', { headers });
  assert.equal(((await userinfo.json()) as { sub: string }).sub, sub);
});

test('the device stays signed in when the browser that approved it signs out: it hangs on no session (decision 16)', async () => {
  const person = await flow.person();
  const [early, late] = [await approved(tv, person), await approved(tv, person)];
  const { body } = await device.poll(tv, early);
  assert.equal(readJwt(body.access_token).claims.sid, undefined);
  assert.equal(readJwt(body.id_token).claims.sid, undefined);
  await harness.store.sessions.end(
    'default',
    person.session.id,
    harness.clock.now(),
    revocation('session', person.session.id),
    {},
  );
  assert.equal((await flow.refresh(tv, body.refresh_token)).status, 200);
  assert.equal((await device.poll(tv, late)).status, 200);
});

test('the audience is the resources asked for, and may be narrowed but not widened at redemption (RFC 8707 §2.2)', async () => {
  const form = { scope: 'api:read', resource: deviceMetadata.audiences };
  const codes = await device.codes(tv, form);
  await device.decide(ada.cookie, codes.user_code);
  refused(await device.poll(tv, codes.device_code, { resource: 'https://evil.example/' }), 'invalid_target');
  const { body } = await device.poll(tv, codes.device_code, { resource: deviceMetadata.audiences[1] });
  assert.equal(readJwt(body.access_token).claims.aud, deviceMetadata.audiences[1]);
});

test('a scope that the client lost between approval and redemption is not issued (RFC 6749 §3.3)', async () => {
  const changing = await flow.client(deviceMetadata);
  const code = await approved(changing, ada, 'openid api:read');
  const metadata = { ...changing.record.metadata, scope: ['openid'] };
  await harness.store.clients.replace({ ...changing.record, metadata, version: 2 }, 1, {});
  assert.equal((await device.poll(changing, code)).body.scope, 'openid');
});

test('a person who was disabled after approving gives a device nothing, enabled again or not (attack 6)', async () => {
  const person = await flow.person();
  const code = await approved(tv, person);
  await harness.store.subjects.disable(
    'default',
    person.subject.id,
    revocation('subject', person.subject.id),
    {},
  );
  refused(await device.poll(tv, code), 'access_denied');
  await harness.store.subjects.enable('default', person.subject.id, harness.clock.now(), {});
  refused(await device.poll(tv, code), 'access_denied');
});

test('a consent that is taken back ends the device, served or not (SPN-9, attack 6)', async () => {
  const person = await flow.person();
  const [early, late] = [await approved(tv, person), await approved(tv, person)];
  const { body } = await device.poll(tv, early);
  const now = harness.clock.now();
  await harness.store.consents.revoke('default', person.subject.id, tv.id, now, now + 360, {});
  refused(await device.poll(tv, late), 'access_denied');
  refused(await flow.refresh(tv, body.refresh_token), 'invalid_grant');
  const userinfo = await harness.fetch('/oauth2/userinfo', {
    headers: { authorization: `Bearer ${body.access_token}` },
  });
  assert.equal(userinfo.status, 401);
});

test('disabling the person amid redemptions: none of their tokens lives afterwards (attack 6)', async () => {
  const people = await Promise.all(Array.from({ length: 8 }, () => flow.person()));
  const codes = await Promise.all(people.map((person) => approved(tv, person)));
  const answers = await Promise.all(
    people.flatMap(({ subject }, index) => [
      device.poll(tv, codes[index] ?? ''),
      harness.store.subjects
        .disable('default', subject.id, revocation('subject', subject.id), {})
        .then(() => undefined),
    ]),
  );
  for (const answer of answers) {
    if (answer?.status !== 200) continue;
    const { access_token, refresh_token } = answer.body;
    const headers = { authorization: `Bearer ${access_token}` };
    assert.equal((await harness.fetch('/oauth2/userinfo', { headers })).status, 401);
    refused(await flow.refresh(tv, refresh_token), 'invalid_grant');
  }
});

test('an opaque access token is stored at the gate and works (RFC 7662 §2.2)', async () => {
  const opaque = await flow.client({
    ...deviceMetadata,
    access_token_format: 'opaque',
    token_endpoint_auth_method: 'client_secret_basic',
  });
  const { body } = await device.poll(opaque, await approved(opaque));
  assert.match(body.access_token, /^cs_at_/);
  assert.equal(await flow.isActive(opaque, body.access_token), true);
});

test('the redemption is in the audit trail with its grant, beside the issued token and after the approval (ACC-4)', async () => {
  const code = await approved();
  await device.poll(tv, code);
  const [redeemed] = await flow.audited('device.redeemed');
  const [issued] = await flow.audited('token.issued');
  const [given] = await flow.audited('device.approved');
  assert.deepEqual(
    [redeemed?.actor, redeemed?.target?.id],
    [{ kind: 'client', id: tv.id }, given?.details.grant_id],
  );
  assert.deepEqual([issued?.details.grant, issued?.details.grant_id], [deviceGrant, given?.details.grant_id]);
  assert.equal(redeemed?.details.requested_trace, given?.details.requested_trace);
  const text = await harness.metrics.registry.metrics();
  assert.match(text, /^identity_device_authorizations_total\{outcome="redeemed"\} [1-9]/m);
  assert.match(
    text,
    /^identity_token_issuance_latency_seconds_count\{grant="urn:ietf:params:oauth:grant-type:device_code"\} [1-9]/m,
  );
});

test('a device that waits leaves no line in the log of an ordinary day (SPN-17)', async () => {
  const { device_code } = await device.codes(tv);
  const before = harness.logged.length;
  await device.poll(tv, device_code);
  await device.poll(tv, device_code);
  const lines = harness.logged
    .slice(before)
    .map((line) => JSON.parse(line) as { level: number | string; error: string });
  assert.deepEqual(
    lines.map(({ error }) => error),
    ['authorization_pending', 'slow_down'],
  );
  assert.notEqual(lines[0]?.level, lines[1]?.level, 'waiting is debug, misbehaving is info');
});
