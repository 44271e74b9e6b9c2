import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, openHarness, serviceMetadata, testIssuer } from '../testing/harness.ts';

const publicUrl = 'https://id.example';
const ownHost = 'login.acme.example';
const discovery = '/.well-known/openid-configuration';

/** On loopback http, as `dev` runs; and on https behind a proxy, with a tenant that has a host of its own. */
let local: Harness;
let deployed: Harness;

before(async () => {
  local = await openHarness();
  await local.addTenant({ id: 'acme' });
  deployed = await openHarness({
    COUNTERSIGN_SERVER__PUBLIC_URL: publicUrl,
    COUNTERSIGN_SERVER__TRUSTED_PROXIES: '10.0.0.0/8',
  });
  await deployed.addTenant({ id: 'acme', host: ownHost });
  await deployed.addTenant({ id: 'globex' });
});

after(async () => {
  await local.close();
  await deployed.close();
});

async function issuerAt(
  harness: Harness,
  url: string,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const response = await harness.fetch(url, { headers });
  return response.status === 200 ? ((await response.json()) as { issuer: string }).issuer : response.status;
}

test('the path names the tenant, and without one the default tenant is meant (decision 2, SPN-16)', async () => {
  assert.equal(await issuerAt(local, discovery), testIssuer);
  assert.equal(await issuerAt(local, `/t/acme${discovery}`), `${testIssuer}/t/acme`);
  assert.equal(await issuerAt(local, '/t/unknown/.well-known/openid-configuration'), 404);
});

test('a tenant with its own host is served there and nowhere else (decision 2, SPN-16)', async () => {
  const own = `https://${ownHost}`;
  assert.equal(await issuerAt(deployed, `${own}${discovery}`, { host: ownHost }), own);
  assert.equal(await issuerAt(deployed, `${own}${discovery}`, { host: ownHost.toUpperCase() }), own);
  assert.equal(await issuerAt(deployed, `${publicUrl}/t/acme${discovery}`, { host: 'id.example' }), 404);
  assert.equal(await issuerAt(deployed, `${publicUrl}${discovery}/t/acme`, { host: 'id.example' }), 404);
  // Nor is another tenant served on its host: they would share an origin there.
  assert.equal(await issuerAt(deployed, `${own}/t/globex${discovery}`, { host: ownHost }), 404);
  assert.equal(
    await issuerAt(deployed, `${publicUrl}/t/globex${discovery}`, { host: 'id.example' }),
    `${publicUrl}/t/globex`,
  );
});

test('a forged Host and forwarded headers change no URL and no cookie (decision 17, RFC 9700 §4.13, SPN-16)', async () => {
  const forged = {
    host: 'evil.example',
    forwarded: 'host=evil.example;proto=http;for=6.6.6.6',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': '81',
    'x-forwarded-prefix': '/evil',
    'x-forwarded-for': '6.6.6.6',
  };
  for (const peer of ['198.51.100.7', '10.1.2.3']) {
    for (const path of [
      discovery,
      '/login',
      '/setup?token=x',
      '/account',
      '/oauth2/authorize?client_id=x',
      '/oauth2/userinfo',
    ]) {
      const honest = await deployed.fetch(`${publicUrl}${path}`, { peer, headers: { host: 'id.example' } });
      const answer = await deployed.fetch(`${publicUrl}${path}`, { peer, headers: forged });
      const described = JSON.stringify([...answer.headers]) + (await answer.text());
      assert.doesNotMatch(described, /evil|6\.6\.6\.6|:81/, path);
      assert.equal(answer.status, honest.status, path);
      for (const cookie of answer.headers.getSetCookie()) assert.match(cookie, /^__Host-.*; Secure/, path);
    }
  }
});

test('hosts that no tenant can have are not looked up (SPN-3)', async () => {
  for (const host of ['a'.repeat(300), '[::1]:9400', 'a b', 'ä.example']) {
    assert.equal(
      await issuerAt(local, discovery, { host: encodeURIComponent(host).slice(0, 400) }),
      testIssuer,
    );
  }
});

test('no other spelling of a path is served: _system, default, encoded, upper case, trailing slash (decision 2, SPN-16)', async () => {
  for (const path of [
    `/t/_system${discovery}`,
    `/t/default${discovery}`,
    `${discovery}/t/default`,
    `${discovery}/t/_system`,
    `/t/ACME${discovery}`,
    `/t/acme%2f${discovery}`,
    `/t%2facme${discovery}`,
    `/t/%61cme${discovery}`,
    `/t/acme/${discovery}`,
    `//t/acme${discovery}`,
    `${discovery}/`,
    '/.well-known/OpenID-configuration',
    '/oauth2/Token',
    '/oauth2/token/',
    '/OAUTH2/token',
    '/t/acme',
    '/t/',
    '/t/acme/t/acme/oauth2/token',
    `/t/${'a'.repeat(64)}${discovery}`,
    '/nothing',
    '/__proto__',
    '/constructor',
  ]) {
    const response = await local.fetch(`${testIssuer}${path}`);
    assert.equal(response.status, 404, path);
    assert.deepEqual(await response.json(), {
      error: 'not_found',
      error_description: 'nothing is served at this path',
    });
  }
});

test('a method that is not served is 405 with Allow, on every path (RFC 9110 §15.5.6, SPN-16)', async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['GET', '/oauth2/token', 'POST, OPTIONS'],
    ['HEAD', '/oauth2/token', 'POST, OPTIONS'],
    ['PUT', '/oauth2/token', 'POST, OPTIONS'],
    ['PROPFIND', '/oauth2/token', 'POST, OPTIONS'],
    ['GET', '/oauth2/par', 'POST, OPTIONS'],
    ['POST', discovery, 'GET, HEAD, OPTIONS'],
    ['DELETE', '/oauth2/userinfo', 'GET, POST, HEAD, OPTIONS'],
    ['OPTIONS', '/login', 'GET, POST, HEAD'],
    ['OPTIONS', '/oauth2/introspect', 'POST'],
    ['OPTIONS', '/oauth2/token', 'POST, OPTIONS'],
  ];
  for (const [method, path, allow] of cases) {
    const response = await local.fetch(path, { method });
    assert.equal(response.status, 405, `${method} ${path}`);
    assert.equal(response.headers.get('allow'), allow, `${method} ${path}`);
    assert.ok(response.headers.has('x-trace-id'));
  }
});

test('HEAD answers as GET does, without a body (RFC 9110 §9.3.2, SPN-16)', async () => {
  const get = await local.fetch(discovery);
  const head = await local.fetch(discovery, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
  assert.equal(head.headers.get('cache-control'), get.headers.get('cache-control'));
});

test('a preflight admits the methods and headers a client needs, without credentials (decision 17, SPN-16)', async () => {
  const origin = 'https://spa.example';
  const preflight = (path: string) => local.fetch(path, { method: 'OPTIONS', headers: { origin } });
  const token = await preflight('/oauth2/token');
  assert.equal(token.status, 204);
  assert.equal(token.headers.get('access-control-allow-origin'), origin);
  assert.equal(token.headers.get('access-control-allow-methods'), 'POST');
  assert.equal(token.headers.get('access-control-allow-headers'), 'Authorization, Content-Type, DPoP');
  assert.equal(token.headers.get('access-control-allow-credentials'), null);
  assert.match(token.headers.get('vary') ?? '', /Origin/);
  assert.equal((await preflight(discovery)).headers.get('access-control-allow-origin'), '*');
  assert.equal(
    (await preflight('/t/acme/oauth2/userinfo')).headers.get('access-control-allow-methods'),
    'GET, POST',
  );
  for (const closed of ['/login', '/account', '/oauth2/authorize', '/oauth2/introspect']) {
    const response = await preflight(closed);
    assert.equal(response.status, 405, closed);
    assert.equal(response.headers.get('access-control-allow-origin'), null, closed);
  }
});

test('only a registered origin can read an answer about a client (decision 17, SPN-16)', async () => {
  const origin = 'https://spa.example';
  const { client, secret } = await local.addClient('spa', { ...serviceMetadata, allowed_origins: [origin] });
  const credentials = { client: { id: client.id, secret } };
  const ask = (from: string, form: Record<string, string>, as = credentials) =>
    local.post('/oauth2/token', form, { ...as, headers: { origin: from } });
  const good = { grant_type: 'client_credentials' };

  const read = await ask(origin, good);
  assert.equal(read.headers.get('access-control-allow-origin'), origin);
  assert.equal(read.headers.get('access-control-expose-headers'), 'DPoP-Nonce, WWW-Authenticate');
  assert.equal(read.headers.get('access-control-allow-credentials'), null);
  assert.match(read.headers.get('vary') ?? '', /Origin/);
  const refused = await ask(origin, { grant_type: 'password' });
  assert.equal(refused.status, 400);
  assert.equal(refused.headers.get('access-control-allow-origin'), origin, 'a refusal can be read as well');

  for (const other of [
    'https://evil.example',
    'https://spa.example.evil.example',
    'http://spa.example',
    'null',
  ]) {
    const response = await ask(other, good);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('access-control-allow-origin'), null, other);
    assert.match(response.headers.get('vary') ?? '', /Origin/, other);
  }
  const unknown = await ask(origin, good, { client: { id: 'nobody', secret: 'x' } });
  assert.equal(
    unknown.headers.get('access-control-allow-origin'),
    null,
    'who failed to authenticate is not known',
  );
  const pages = await local.fetch('/login', { headers: { origin } });
  assert.equal(pages.headers.get('access-control-allow-origin'), null);
});

test('the server echoes X-Trace-Id and traceparent on every answer (W3C Trace Context §3.2, SPN-17)', async () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${id}-00f067aa0ba902b7-01`;
  for (const path of [discovery, '/nothing', '/oauth2/token', '/t/unknown/login', '/a%2fb', '/login']) {
    const traced = await local.fetch(path, { headers: { traceparent } });
    assert.equal(traced.headers.get('traceparent'), traceparent, path);
    assert.equal(traced.headers.get('x-trace-id'), id, path);
    for (const own of [id, 'b3c1a0de-5a2f-4f5e-9d5b-0c8e5f0a7d11']) {
      const named = await local.fetch(path, { headers: { 'x-trace-id': own } });
      assert.equal(named.headers.get('x-trace-id'), own, path);
      assert.equal(named.headers.get('traceparent'), null, path);
    }
    assert.match((await local.fetch(path)).headers.get('x-trace-id') ?? '', /^[0-9a-f]{32}$/);
  }
});

test('a malformed trace is ignored and never echoed (W3C Trace Context §3.2.2, SPN-17)', async () => {
  for (const traceparent of [
    'nonsense',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
    '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
    '01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  ]) {
    const response = await local.fetch(discovery, { headers: { traceparent } });
    assert.equal(response.headers.get('traceparent'), null, traceparent);
  }
  for (const id of [
    'short',
    'a'.repeat(65),
    'ada@example.org',
    '<script>alert(1)</script>',
    'with space inside',
  ]) {
    const response = await local.fetch(discovery, { headers: { 'x-trace-id': id } });
    assert.match(response.headers.get('x-trace-id') ?? '', /^[0-9a-f]{32}$/, id);
  }
});

test('every answer says nosniff, and on https that it stays there (SPN-16)', async () => {
  for (const path of [discovery, '/nothing', '/login', '/oauth2/token']) {
    const plain = await local.fetch(path);
    assert.equal(plain.headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(plain.headers.get('strict-transport-security'), null, path);
    const secure = await deployed.fetch(`${publicUrl}${path}`);
    assert.match(secure.headers.get('strict-transport-security') ?? '', /^max-age=[0-9]{7,}/, path);
  }
});

test('when the store cannot answer, no tenant is guessed: 503 with Retry-After (SPN-1)', async () => {
  const harness = await openHarness();
  await harness.store.close();
  const response = await harness.fetch(`/t/acme${discovery}`);
  assert.equal(response.status, 503);
  assert.ok(response.headers.has('retry-after'));
  assert.equal(((await response.json()) as { error: string }).error, 'temporarily_unavailable');
  await harness.close();
});
