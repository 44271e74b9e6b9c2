import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createFlow, type Parameters, readJwt } from '../authorize/flow.test-support.ts';
import { openHarness, serviceMetadata, testIssuer } from '../testing/harness.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const service = await flow.client(serviceMetadata);

const ask = (changes: Parameters = {}, client = service) =>
  flow.token(client, { grant_type: 'client_credentials', ...changes });

test('a client gets a token about itself: its own SVC id, no refresh token, no id token (RFC 6749 §4.4.3, SPN-12)', async () => {
  const { status, body, headers } = await ask();
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'scope', 'token_type']);
  assert.equal(headers.get('cache-control'), 'no-store');
  const { claims } = readJwt(body.access_token);
  assert.equal(claims.sub, service.record.subject);
  assert.match(claims.sub as string, /^SVC-default-/);
  assert.equal(claims.typ, 'svc');
  assert.equal(claims.client_id, service.id);
  assert.equal(claims.aud, testIssuer);
  for (const claim of ['auth_time', 'acr', 'amr', 'sid', 'grant_id'])
    assert.equal(claim in claims, false, claim);
});

test('no scope asked is the default scope, and without one invalid_scope (RFC 6749 §3.3)', async () => {
  assert.equal((await ask()).body.scope, 'api:read');
  const without = await flow.client({ ...serviceMetadata, default_scope: undefined });
  assert.equal((await ask({}, without)).body.error, 'invalid_scope');
});

test('a scope that is unknown or not allowed is invalid_scope, not dropped (RFC 6749 §5.2, protocol notes)', async () => {
  assert.equal((await ask({ scope: 'api:write api:read' })).body.scope, 'api:write api:read');
  for (const scope of ['api:read admin', 'admin', '"', 'api:read\tapi:write']) {
    assert.equal((await ask({ scope })).body.error, 'invalid_scope');
  }
});

test('scopes that speak of a person are nothing to a service (OpenID Connect Core §3.1.2.1)', async () => {
  const wide = await flow.client({
    ...serviceMetadata,
    scope: 'openid profile email offline_access api:read',
    default_scope: 'openid api:read',
  });
  assert.equal((await ask({ scope: 'openid api:read' }, wide)).body.error, 'invalid_scope');
  assert.equal((await ask({}, wide)).body.scope, 'api:read');
});

test('resource names the audience within those registered (RFC 8707 §2.2)', async () => {
  const audiences = ['https://a.example/', 'https://b.example/'];
  const bound = await flow.client({ ...serviceMetadata, audiences });
  assert.equal(
    readJwt((await ask({ resource: audiences[0] }, bound)).body.access_token).claims.aud,
    audiences[0],
  );
  assert.deepEqual(
    readJwt((await ask({ resource: audiences }, bound)).body.access_token).claims.aud,
    audiences,
  );
  assert.deepEqual(readJwt((await ask({}, bound)).body.access_token).claims.aud, audiences);
  for (const resource of [
    'https://evil.example/',
    'relative',
    'https://a.example/#x',
    ['https://a.example/', 'https://evil.example/'],
  ]) {
    assert.equal((await ask({ resource }, bound)).body.error, 'invalid_target');
  }
});

test('an issuance is audited soon after its answer (ACC-4)', async () => {
  await ask();
  await setTimeout(100);
  const [entry] = await flow.audited('token.issued');
  assert.deepEqual(entry?.target, { kind: 'subject', id: service.record.subject });
  assert.equal(entry?.details.grant, 'client_credentials');
});

test('an opaque token, and any under auditDurability strict, is audited before its answer (ACC-4)', async () => {
  const strict = await openHarness();
  try {
    const own = createFlow(strict);
    await strict.changeTenant({ auditDurability: 'strict' });
    const opaque = await own.client({ ...serviceMetadata, access_token_format: 'opaque' });
    const { body } = await own.token(opaque, { grant_type: 'client_credentials' });
    assert.match(body.access_token, /^cs_at_/);
    assert.equal(await own.isActive(opaque, body.access_token), true);
    assert.equal((await own.audited('token.issued')).length, 1);
    const plain = await own.client(serviceMetadata);
    await own.token(plain, { grant_type: 'client_credentials' });
    assert.equal((await own.audited('token.issued')).length, 2, 'before the answer, not 20 ms later');
  } finally {
    await strict.close();
  }
});
