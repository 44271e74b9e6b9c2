import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { createFlow, type Flow, type Person, webClient } from './authorize/flow.test-support.ts';
import { type Harness, openHarness, testIssuer } from './testing/harness.ts';

let harness: Harness;
let flow: Flow;
let person: Person;

before(async () => {
  harness = await openHarness();
  flow = createFlow(harness);
  person = await flow.person();
});
after(() => harness.close());

async function userinfoOf(metadata: Readonly<Record<string, unknown>>) {
  const client = await flow.client({ ...webClient, ...metadata });
  const { access_token } = await flow.tokens(client, person, { scope: 'openid email' });
  const headers = { authorization: `Bearer ${access_token}` };
  return { client, response: await harness.fetch('/oauth2/userinfo', { headers }) };
}

test('userinfo is JSON unless the client registered otherwise (OpenID Connect Core §5.3.2)', async () => {
  const { response } = await userinfoOf({});
  assert.equal(response.headers.get('content-type'), 'application/json');
  const { email, ...rest } = (await response.json()) as Record<string, unknown>;
  assert.equal(rest.sub, person.subject.id);
  assert.match(String(email), /@/);
  assert.deepEqual([rest.iss, rest.aud], [undefined, undefined]);
});

test('a client that registered an algorithm gets userinfo signed for it, with issuer and audience (OpenID Connect Core §5.3.2)', async () => {
  for (const algorithm of ['RS256', 'ES256']) {
    const { client, response } = await userinfoOf({ userinfo_signed_response_alg: algorithm });
    assert.equal(response.headers.get('content-type'), 'application/jwt');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const jwks = (await (await harness.fetch('/.well-known/jwks.json')).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(await response.text(), createLocalJWKSet(jwks), {
      issuer: testIssuer,
      audience: client.id,
      algorithms: [algorithm],
    });
    const { iss, aud, ...claims } = payload;
    assert.deepEqual([iss, aud], [testIssuer, client.id]);
    const plain = await (await userinfoOf({})).response.json();
    assert.deepEqual(claims, plain);
  }
});

test('a refusal at userinfo is JSON for a client with signed answers too (RFC 6750 §3.1, OpenID Connect Core §5.3.3)', async () => {
  const response = await harness.fetch('/oauth2/userinfo', { headers: { authorization: 'Bearer rubbish' } });
  assert.equal(response.status, 401);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
});
