import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import {
  makeRecipient,
  type RecipientKind,
  type TestRecipient,
} from '../../../protocol/src/jose/encryption-keys.test-support.ts';
import {
  type Client,
  createFlow,
  type Flow,
  type Person,
  webClient,
} from '../authorize/flow.test-support.ts';
import { ClientError, createClients } from '../clients/index.ts';
import { type KeyEndpoint, openKeyEndpoint } from '../clients/key-endpoint.test-support.ts';
import { createPasswordHasher } from '../subjects/index.ts';
import { systemRandom } from '../system.ts';
import { type Harness, openHarness, serviceMetadata, testIssuer } from '../testing/harness.ts';

const scope = 'openid email offline_access';

let harness: Harness;
let flow: Flow;
let person: Person;
const endpoints: KeyEndpoint[] = [];
const recipients = {
  'P-256': makeRecipient('P-256'),
  X25519: makeRecipient('X25519'),
  RSA: makeRecipient('RSA'),
} as const satisfies Record<RecipientKind, TestRecipient>;
const everyKey = { keys: Object.values(recipients).map(({ jwk }) => jwk) };

before(async () => {
  harness = await openHarness({ COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8' });
  flow = createFlow(harness);
  person = await flow.person();
});
after(async () => {
  for (const endpoint of endpoints) endpoint.close();
  await harness.close();
});

const clientWith = (metadata: Readonly<Record<string, unknown>>, kind: RecipientKind = 'P-256') =>
  flow.client({ ...webClient, jwks: { keys: [recipients[kind].jwk] }, ...metadata });

/** Decrypts, checks that a JWT lies within, and verifies it against the published keys. */
async function openNested(recipient: TestRecipient, jwe: string, client: Client): Promise<JWTPayload> {
  assert.equal(jwe.split('.').length, 5);
  const { header, plaintext } = await recipient.open(jwe);
  assert.equal(header.cty, 'JWT');
  assert.equal(header.kid, recipient.jwk.kid);
  const jwks = (await (await harness.fetch('/.well-known/jwks.json')).json()) as JSONWebKeySet;
  const { payload } = await jwtVerify(plaintext, createLocalJWKSet(jwks), {
    issuer: testIssuer,
    audience: client.id,
    currentDate: new Date(harness.clock.now() * 1000),
  });
  return payload;
}

const userinfo = (token: string) =>
  harness.fetch('/oauth2/userinfo', { headers: { authorization: `Bearer ${token}` } });

for (const [kind, alg, enc] of [
  ['P-256', 'ECDH-ES', undefined],
  ['P-256', 'ECDH-ES+A128KW', 'A256GCM'],
  ['X25519', 'ECDH-ES+A256KW', 'A128GCM'],
  ['RSA', 'RSA-OAEP-256', 'A256CBC-HS512'],
] as const) {
  test(`an ID token is signed, then encrypted to the ${kind} key of the client by ${alg} (OpenID Connect Core §2, §10.2)`, async () => {
    const client = await clientWith(
      {
        id_token_encrypted_response_alg: alg,
        ...(enc !== undefined && { id_token_encrypted_response_enc: enc }),
      },
      kind,
    );
    const tokens = await flow.tokens(client, person, { scope, nonce: 'n-0S6_WzA2Mj' });
    const { header } = await recipients[kind].open(tokens.id_token);
    assert.deepEqual([header.alg, header.enc], [alg, enc ?? 'A128CBC-HS256']);
    const claims = await openNested(recipients[kind], tokens.id_token, client);
    assert.deepEqual([claims.sub, claims.nonce], [person.subject.id, 'n-0S6_WzA2Mj']);
    assert.equal(typeof claims.at_hash, 'string');
    const refreshed = await flow.refresh(client, tokens.refresh_token);
    assert.equal(
      (await openNested(recipients[kind], refreshed.body.id_token, client)).sub,
      person.subject.id,
    );
    assert.equal(
      tokens.access_token.split('.').length,
      3,
      'the access token is for the API, not for the client',
    );
  });
}

test('userinfo signed and encrypted is a nested JWT, encrypted alone it is JSON in a JWE (OpenID Connect Core §5.3.2)', async () => {
  const recipient = recipients['P-256'];
  const encrypted = {
    userinfo_encrypted_response_alg: 'ECDH-ES',
    userinfo_encrypted_response_enc: 'A256GCM',
  };
  const both = await clientWith({ ...encrypted, userinfo_signed_response_alg: 'ES256' });
  const nested = await userinfo((await flow.tokens(both, person, { scope })).access_token);
  assert.equal(nested.headers.get('content-type'), 'application/jwt');
  const claims = await openNested(recipient, await nested.text(), both);
  assert.deepEqual([claims.iss, claims.aud, claims.sub], [testIssuer, both.id, person.subject.id]);

  const alone = await clientWith(encrypted);
  const single = await userinfo((await flow.tokens(alone, person, { scope })).access_token);
  assert.equal(single.headers.get('content-type'), 'application/jwt');
  const { header, plaintext } = await recipient.open(await single.text());
  assert.deepEqual([header.cty, header.enc], [undefined, 'A256GCM']);
  const plain = await clientWith({});
  const json = await userinfo((await flow.tokens(plain, person, { scope })).access_token);
  assert.equal(plaintext, await json.text());
});

test('an introspection answer is signed, then encrypted for a caller that registered it, whatever it accepts (RFC 9701 §5, §6, SPN-4)', async () => {
  const caller = await flow.client({
    ...serviceMetadata,
    jwks: { keys: [recipients.X25519.jwk] },
    introspection_encrypted_response_alg: 'ECDH-ES',
  });
  const { body } = await flow.token(caller, { grant_type: 'client_credentials' });
  for (const accept of ['application/json', 'application/token-introspection+jwt']) {
    const response = await harness.post(
      '/oauth2/introspect',
      { token: body.access_token },
      { client: caller, headers: { accept } },
    );
    assert.equal(response.headers.get('content-type'), 'application/token-introspection+jwt');
    const claims = await openNested(recipients.X25519, await response.text(), caller);
    assert.equal((claims.token_introspection as { active: boolean }).active, true);
  }
});

test('of several keys the one that fits is used, and the header names it (OpenID Connect Core §10.2)', async () => {
  const client = await clientWith({ jwks: everyKey, id_token_encrypted_response_alg: 'RSA-OAEP-256' });
  const { id_token } = await flow.tokens(client, person, { scope });
  assert.equal((await openNested(recipients.RSA, id_token, client)).sub, person.subject.id);
  await assert.rejects(recipients['P-256'].open(id_token));
});

test('a registration for encryption without a key that fits is refused, and names the member (OpenID Connect Registration §3.3)', async () => {
  for (const metadata of [
    { jwks: undefined, id_token_encrypted_response_alg: 'ECDH-ES' },
    { userinfo_encrypted_response_alg: 'RSA-OAEP-256' },
    {
      jwks: { keys: [{ ...recipients['P-256'].jwk, use: 'sig' }] },
      id_token_encrypted_response_alg: 'ECDH-ES',
    },
    { id_token_encrypted_response_alg: 'RSA1_5' },
    { id_token_encrypted_response_alg: 'dir' },
  ]) {
    const member = Object.keys(metadata).find((name) => name.endsWith('_alg')) ?? '-';
    await assert.rejects(
      clientWith(metadata),
      (error: unknown) => error instanceof ClientError && error.message.includes(member),
    );
  }
});

test('without a key to encrypt to, nothing is issued, nothing is sent in the clear, and the code is not spent (OpenID Connect Core §10.2)', async () => {
  const client = await clientWith({
    id_token_encrypted_response_alg: 'ECDH-ES',
    userinfo_encrypted_response_alg: 'ECDH-ES',
    introspection_encrypted_response_alg: 'ECDH-ES',
  });
  const { access_token } = await flow.tokens(client, person, { scope });
  const code = await flow.code(client, person, { scope });
  const stored = await harness.store.clients.find('default', client.id);
  assert.ok(stored);
  // What a jwks_uri comes to when its owner takes the key away.
  const replaced = { ...stored, metadata: { ...stored.metadata, jwks: { keys: [] } } };
  await harness.store.clients.replace({ ...replaced, version: stored.version + 1 }, stored.version, {});
  const refused = await flow.redeem(client, code);
  assert.equal(refused.status, 503);
  assert.deepEqual(Object.keys(refused.body).sort(), ['error', 'error_description']);
  assert.equal(refused.body.error, 'temporarily_unavailable');
  assert.match(refused.body.error_description, /jwks of the client has no key for ECDH-ES/);
  for (const response of [
    await userinfo(access_token),
    await harness.post('/oauth2/introspect', { token: access_token }, { client }),
  ]) {
    assert.equal(response.status, 503);
    assert.doesNotMatch(await response.text(), /active|sub/);
  }
  await harness.store.clients.replace({ ...stored, version: stored.version + 2 }, stored.version + 1, {});
  assert.equal((await flow.redeem(client, code)).status, 200);
});

test('the key comes from the jwks_uri; while that has none nothing is issued, and once it has one the same code works (OpenID Connect Core §10.2, §10.2.1)', async () => {
  const [before, next] = [
    makeRecipient('P-256', { kid: 'a', use: 'enc' }),
    makeRecipient('P-256', { kid: 'b', use: 'enc' }),
  ];
  const endpoint = await openKeyEndpoint({ keys: [] });
  endpoints.push(endpoint);
  const client = await flow.client({
    ...webClient,
    jwks_uri: endpoint.url,
    id_token_encrypted_response_alg: 'ECDH-ES',
    id_token_encrypted_response_enc: 'A256GCM',
  });
  const code = await flow.code(client, person, { scope });
  const refused = await flow.redeem(client, code);
  assert.deepEqual([refused.status, refused.body.error], [503, 'temporarily_unavailable']);
  assert.match(refused.body.error_description, /jwks_uri of the client has no key for ECDH-ES/);
  endpoint.serve({ keys: [before.jwk] });
  harness.clock.advance(10);
  const tokens = (await flow.redeem(client, code)).body;
  assert.equal((await openNested(before, tokens.id_token, client)).sub, person.subject.id);
  // The client changes its key: the new one is used when the copy has aged, five minutes later.
  endpoint.serve({ keys: [next.jwk] });
  harness.clock.advance(300);
  const refreshed = await flow.refresh(client, tokens.refresh_token);
  assert.equal((await openNested(next, refreshed.body.id_token, client)).sub, person.subject.id);
  // Of keys that do not fit none is taken, and a refresh that was refused has spent nothing.
  endpoint.serve({ keys: [{ ...makeRecipient('RSA').jwk, kid: 'c' }] });
  harness.clock.advance(300);
  const without = await flow.refresh(client, refreshed.body.refresh_token);
  assert.equal(without.status, 503);
  endpoint.serve({ keys: [next.jwk] });
  harness.clock.advance(10);
  assert.equal((await flow.refresh(client, refreshed.body.refresh_token)).status, 200);
});

test('a change that ends encryption ends its content encryption, and one that takes the key away is refused (OpenID Connect Registration §2)', async () => {
  const clients = createClients({
    store: harness.store.clients,
    hasher: createPasswordHasher({ concurrency: 1, queue: 10 }),
    random: systemRandom,
    revocationSeconds: 360,
  });
  const requester = {
    actor: { kind: 'operator' as const, id: 'test' },
    traceId: '',
    now: harness.clock.now(),
  };
  const client = await clientWith({
    id_token_encrypted_response_alg: 'ECDH-ES',
    id_token_encrypted_response_enc: 'A256GCM',
  });
  const change = (members: Record<string, unknown>) =>
    clients.change(requester, harness.tenant, client.id, members);
  await assert.rejects(change({ jwks: null }), ClientError);
  const narrowed = await change({ id_token_encrypted_response_enc: 'A128GCM' });
  assert.equal(narrowed.metadata.idTokenEncryptedResponseEnc, 'A128GCM');
  const { metadata } = await change({ id_token_encrypted_response_alg: null });
  assert.deepEqual(
    [metadata.idTokenEncryptedResponseAlg, metadata.idTokenEncryptedResponseEnc],
    [undefined, undefined],
  );
});
