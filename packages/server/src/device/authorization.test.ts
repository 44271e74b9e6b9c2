import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createFlow, webClient } from '../authorize/flow.test-support.ts';
import { openHarness, testIssuer } from '../testing/harness.ts';
import { hashSecret } from '../tokens/index.ts';
import { createDevice, deviceGrant, deviceMetadata } from './device.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const device = createDevice(harness, flow);
const tv = await flow.client(deviceMetadata);
const box = await flow.client({ ...deviceMetadata, token_endpoint_auth_method: 'client_secret_basic' });

test('a device is answered a code of 256 bits, a code to type, where to type it, and the times, not to be stored (RFC 8628 §3.2, §6.1)', async () => {
  const { response, body } = await device.ask(tv);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.match(body.device_code, /^cs_dc_[A-Za-z0-9_-]{43}$/);
  assert.match(body.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  assert.equal(body.verification_uri, `${testIssuer}/device`);
  assert.equal(body.verification_uri_complete, `${testIssuer}/device?user_code=${body.user_code}`);
  assert.deepEqual([body.expires_in, body.interval], [900, 5]);
});

test('discovery names the endpoint and the grant, in every form (RFC 8628 §4, SPN-16)', async () => {
  for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
    const document = (await (await harness.fetch(path)).json()) as Record<string, unknown>;
    assert.equal(document.device_authorization_endpoint, `${testIssuer}/oauth2/device_authorization`);
    assert.ok((document.grant_types_supported as readonly string[]).includes(deviceGrant));
  }
});

test('a device that is a browser may ask from an origin that its client registered, and from no other (decision 17)', async () => {
  const origin = 'https://tv.example';
  const web = await flow.client({ ...deviceMetadata, allowed_origins: [origin] });
  const shared = async (from: string) =>
    (await device.ask(web, undefined, { headers: { origin: from } })).response.headers.get(
      'access-control-allow-origin',
    );
  assert.deepEqual([await shared(origin), await shared('https://evil.example')], [origin, null]);
});

test('a confidential client authenticates as at the token endpoint, a public one by its client_id (RFC 8628 §3.1, RFC 6749 §3.2.1)', async () => {
  assert.equal((await device.ask(box)).response.status, 200);
  for (const wrong of [
    { ...box, secret: 'wrong' },
    { ...box, secret: null },
    { id: 'nobody', secret: null },
  ]) {
    const { response, body } = await device.ask(wrong);
    assert.equal(response.status, 401);
    assert.equal(body.error, 'invalid_client');
    assert.match(response.headers.get('www-authenticate') ?? '', /^Basic /);
  }
});

test('a client that is not registered for the grant is unauthorized_client (RFC 6749 §5.2, RFC 8628 §3.2)', async () => {
  const web = await flow.client(webClient);
  const { response, body } = await device.ask(web);
  assert.equal(response.status, 400);
  assert.deepEqual([body.error, body.feature], ['unauthorized_client', 'grant_type']);
});

for (const [what, form, error] of [
  ['no scope and no default scope', {}, 'invalid_scope'],
  ['a scope of which nothing remains', { scope: 'admin' }, 'invalid_scope'],
  ['an unknown resource', { scope: 'openid', resource: 'https://evil.example/' }, 'invalid_target'],
  ['a duplicate parameter', { scope: ['openid', 'profile'] }, 'invalid_request'],
] as const) {
  test(`what cannot be granted is refused before a person is troubled: ${what} (RFC 8628 §3.1, RFC 8707 §2)`, async () => {
    const { response, body } = await device.ask(tv, form);
    assert.equal(response.status, 400);
    assert.equal(body.error, error);
    assert.equal(body.device_code, undefined);
  });
}

test('GET is 405, and a body of another type is refused (RFC 8628 §3.1)', async () => {
  const path = '/oauth2/device_authorization';
  assert.equal((await harness.fetch(`${path}?client_id=${tv.id}&scope=openid`)).status, 405);
  const json = await harness.fetch(path, {
    method: 'POST',
    body: JSON.stringify({ client_id: tv.id }),
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(json.status, 400);
});

test('offline_access goes with the refresh grant alone, and unknown scopes are dropped as at authorize (OpenID Connect Core §11, RFC 6749 §3.3)', async () => {
  const ada = await flow.person();
  const granted = async (client: typeof tv) => {
    const codes = await device.codes(client, { scope: 'openid offline_access unheard:of' });
    await device.decide(ada.cookie, codes.user_code);
    return (await device.poll(client, codes.device_code)).body;
  };
  const offline = await granted(tv);
  assert.deepEqual([offline.scope, typeof offline.refresh_token], ['openid offline_access', 'string']);
  const online = await granted(await flow.client({ ...deviceMetadata, grant_types: [deviceGrant] }));
  assert.deepEqual([online.scope, online.refresh_token], ['openid', undefined]);
});

test('the store keeps neither the device code, nor the user code, nor the address in the clear (SPN-2, RFC 8628 §5.2)', async () => {
  const { device_code, user_code } = await device.codes(tv, undefined, { peer: '203.0.113.99' });
  const polled = await harness.store.deviceCodes.poll(
    'default',
    hashSecret('device-code', device_code),
    tv.id,
    harness.clock.now(),
    5,
  );
  assert.equal(polled.outcome, 'pending');
  const rows = JSON.stringify(harness.rows('device_code'));
  assert.ok(rows.length > 100);
  for (const secret of [device_code, user_code, user_code.replace('-', ''), '203.0.113.99']) {
    assert.ok(!rows.includes(secret), secret);
  }
  assert.doesNotMatch(harness.logged.join('\n'), /203\.0\.113\.99|cs_dc_/);
});

test('equal client ids of two tenants are two clients: each has its own codes and its own address to type them (attack 9)', async () => {
  const acme = await harness.addTenant({ id: 'acme-ask' });
  await harness.addClient(tv.id, deviceMetadata, acme);
  const basePath = `/t/${acme.id}`;
  const { device_code, verification_uri } = await device.codes(tv, undefined, { basePath });
  assert.equal(verification_uri, `${testIssuer}${basePath}/device`);
  assert.equal((await device.poll(tv, device_code)).body.error, 'invalid_grant');
  assert.equal((await device.poll(tv, device_code, {}, basePath)).body.error, 'authorization_pending');
});

test('one address may ask for a hundred device codes at once, then it waits, whatever the client (ACC-3, decision 8)', async () => {
  const braked = await openHarness({ COUNTERSIGN_RATE_LIMITS__ENABLED: 'true' });
  try {
    const asking = createDevice(braked, createFlow(braked));
    const { client } = await braked.addClient('tv', deviceMetadata);
    const { client: other } = await braked.addClient('radio', deviceMetadata);
    const ask = async (id: string, peer: string) =>
      (await asking.ask({ id, secret: null }, { scope: 'openid' }, { peer })).response;
    let asked = 0;
    let refused = await ask(client.id, '192.0.2.1');
    for (; refused.status === 200 && asked < 400; asked += 1) refused = await ask(client.id, '192.0.2.1');
    // The bucket refills while it is emptied, one in three seconds.
    assert.ok(asked >= 100 && asked < 200, String(asked));
    assert.equal(refused.status, 429);
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9][0-9]*$/);
    assert.equal((await ask(client.id, '192.0.2.2')).status, 200, 'another address is not affected');
    assert.equal((await ask(other.id, '192.0.2.1')).status, 429, 'another client at the same address is');
  } finally {
    await braked.close();
  }
});
