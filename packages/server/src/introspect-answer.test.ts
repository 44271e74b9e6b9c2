import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { type Client, createFlow, type Flow, readJwt } from './authorize/flow.test-support.ts';
import { createIntrospectAnswer } from './introspect-answer.ts';
import { type Harness, openHarness, serviceMetadata, testIssuer } from './testing/harness.ts';

const api = 'https://api.example';
const type = 'application/token-introspection+jwt';

let harness: Harness;
let flow: Flow;
let owner: Client;
let token: string;

before(async () => {
  harness = await openHarness();
  flow = createFlow(harness);
  owner = await flow.client({ ...serviceMetadata, audiences: [api] });
  token = (await flow.token(owner, { grant_type: 'client_credentials' })).body.access_token;
});
after(() => harness.close());

const ask = (client: Client, accept?: string, value = token) =>
  harness.post(
    '/oauth2/introspect',
    { token: value },
    { client, headers: accept === undefined ? {} : { accept } },
  );

async function verified(response: Response, client: Client) {
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), type);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const jwks = (await (await harness.fetch('/.well-known/jwks.json')).json()) as JSONWebKeySet;
  return jwtVerify(await response.text(), createLocalJWKSet(jwks), {
    issuer: testIssuer,
    audience: client.id,
    typ: 'token-introspection+jwt',
    currentDate: new Date(harness.clock.now() * 1000),
  });
}

test('the signed form of introspection on request: issuer, caller, time, and the members inside (RFC 9701 §5, SPN-4)', async () => {
  const plain = (await (await ask(owner)).json()) as Record<string, unknown>;
  const started = harness.clock.now();
  const { payload, protectedHeader } = await verified(await ask(owner, type), owner);
  assert.deepEqual(Object.keys(payload).sort(), ['aud', 'iat', 'iss', 'token_introspection']);
  assert.equal(protectedHeader.alg, 'RS256', 'RFC 9701 §6: the default');
  const issuedAt = payload.iat ?? 0;
  assert.ok(issuedAt >= started && issuedAt <= harness.clock.now());
  assert.deepEqual(payload.token_introspection, plain);
});

test('a token that is not for the caller is inactive in the signed form too, and nothing else is said (RFC 9701 §5, SPN-4)', async () => {
  const stranger = await flow.client(serviceMetadata);
  for (const value of [token, 'unknown']) {
    const { payload } = await verified(await ask(stranger, type, value), stranger);
    assert.deepEqual(payload.token_introspection, { active: false });
  }
});

test('a caller that registered the signed form gets it whatever the request accepts (RFC 9701 §6, SPN-4)', async () => {
  const caller = await flow.client({
    ...serviceMetadata,
    audiences: [api],
    introspection_signed_response_alg: 'EdDSA',
  });
  for (const accept of [undefined, 'application/json', '*/*', type]) {
    const { protectedHeader } = await verified(await ask(caller, accept), caller);
    assert.equal(protectedHeader.alg, 'EdDSA');
  }
});

test('where RS256 is forbidden the tenant’s own algorithm signs (RFC 9701 §6, FAPI 2.0 Security Profile §5.4, SPN-4)', async () => {
  const tenant = await harness.addTenant({ id: 'bank', profile: 'fapi2-security' });
  const answer = createIntrospectAnswer({
    keys: harness.app.keys,
    encryption: { find: () => undefined },
    features: { mlDsa: false },
  });
  const request = new Request(`${testIssuer}/t/bank/oauth2/introspect`, { headers: { accept: type } });
  const context = { tenant, issuer: `${testIssuer}/t/bank`, now: harness.clock.now() };
  const response = await answer(request, context as never, owner.record, { active: false });
  assert.equal(readJwt(await response.text()).header.alg, 'ES256');
});

test('the signed answer about a token is no token: introspection calls it inactive, userinfo refuses it (RFC 9701 §8.1, SPN-4)', async () => {
  const answer = await (await ask(owner, type)).text();
  assert.equal(await (await ask(owner, undefined, answer)).text(), '{"active":false}');
  const headers = { authorization: `Bearer ${answer}` };
  assert.equal((await harness.fetch('/oauth2/userinfo', { headers })).status, 401);
});
