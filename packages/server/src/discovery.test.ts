import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signingAlgorithms } from '@countersign/protocol/jose';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { makeRecipient, recipientKinds } from '../../protocol/src/jose/encryption-keys.test-support.ts';
import {
  answerOf,
  createFlow,
  type Flow,
  type Parameters,
  postedForm,
  readJwt,
  redirectUri,
  requestOf,
  webClient,
} from './authorize/flow.test-support.ts';
import { addSigningClient } from './authorize/request-object.test-support.ts';
import { addAssertionClient } from './client-auth/assertion.test-support.ts';
import type { Profile, TenantRecord } from './storage/ports.ts';
import { type Harness, openHarness, serviceMetadata, testIssuer } from './testing/harness.ts';
import { signJwt } from './tokens/index.ts';

type Document = Readonly<Record<string, unknown>>;

const profiles: readonly Profile[] = ['standard', 'strict', 'oidc-core', 'fapi2-security'];
const openid = '/.well-known/openid-configuration';
const oauth = '/.well-known/oauth-authorization-server';

let harness: Harness;
let flow: Flow;
const tenants = new Map<Profile, TenantRecord>();

before(async () => {
  harness = await openHarness({}, { resolve: async () => [] });
  flow = createFlow(harness);
  for (const profile of profiles) tenants.set(profile, await harness.addTenant({ id: profile, profile }));
});
after(() => harness.close());

async function documentAt(path: string): Promise<Document> {
  const response = await harness.fetch(path);
  assert.equal(response.status, 200, path);
  return (await response.json()) as Document;
}

async function jwksOf(document: Document): Promise<JSONWebKeySet> {
  return (await (await harness.fetch(String(document.jwks_uri))).json()) as JSONWebKeySet;
}

const list = (document: Document, name: string): readonly string[] =>
  (document[name] ?? []) as readonly string[];

test('discovery documents in both URL forms are served for the default tenant and every other, and agree (RFC 8414 §3.1, §5, OpenID Connect Discovery §4.1, SPN-16)', async () => {
  for (const [issuerPath, issuer] of [
    ['', testIssuer],
    ['/t/standard', `${testIssuer}/t/standard`],
  ] as const) {
    const paths = [
      `${issuerPath}${openid}`,
      `${issuerPath}${oauth}`,
      `${openid}${issuerPath}`,
      `${oauth}${issuerPath}`,
    ];
    for (const path of paths) {
      const response = await harness.fetch(path);
      assert.equal(response.status, 200, path);
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
      assert.equal(response.headers.get('cache-control'), 'public, max-age=300');
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      assert.equal(((await response.json()) as Document).issuer, issuer, path);
    }
    const [first, ...others] = await Promise.all(paths.map(documentAt));
    for (const other of others) assert.deepEqual(other, first);
  }
});

test('the key set is served with cache headers, to every origin, and without private members (RFC 7517 §9.2, SPN-3)', async () => {
  for (const issuer of ['', '/t/standard']) {
    const response = await harness.fetch(`${issuer}/.well-known/jwks.json`);
    assert.equal(response.headers.get('cache-control'), 'public, max-age=300');
    assert.match(response.headers.get('content-type') ?? '', /^application\/jwk-set\+json/);
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    const { keys } = (await response.json()) as JSONWebKeySet;
    assert.ok(keys.length > 0);
    const allowed = new Set(['kty', 'kid', 'alg', 'use', 'crv', 'x', 'y', 'n', 'e']);
    for (const key of keys) {
      assert.deepEqual(
        Object.keys(key).filter((name) => !allowed.has(name)),
        [],
      );
      assert.equal(key.use, 'sig');
      assert.ok(key.kid && key.alg);
    }
  }
});

for (const profile of profiles) {
  test(`under ${profile} every advertised signing algorithm has its key in the JWKS at once (OpenID Connect Discovery §3, SPN-3)`, async () => {
    const document = await documentAt(`/t/${profile}${openid}`);
    const algorithms = list(document, 'id_token_signing_alg_values_supported');
    const published = (await jwksOf(document)).keys.map(({ alg }) => alg);
    assert.deepEqual([...algorithms].sort(), published.sort());
    assert.equal(algorithms.includes('RS256'), profile !== 'fapi2-security');
  });
}

test('whoever fetched the JWKS before anything else can verify what is signed with any algorithm afterwards (OpenID Connect Core §10.1, SPN-3)', async () => {
  const tenant = await harness.addTenant({ id: 'fresh' });
  const keys = createLocalJWKSet(await jwksOf({ jwks_uri: '/t/fresh/.well-known/jwks.json' }));
  for (const { name } of signingAlgorithms.filter(({ flag }) => flag === undefined)) {
    const key = await harness.app.keys.signingKey(tenant.id, name);
    const jwt = await signJwt(key, { header: { alg: name, kid: key.kid }, claims: { sub: 'x' } });
    await jwtVerify(jwt, keys, { algorithms: [name] });
  }
});

test('the introspect scope is named where a token that holds it authenticates a caller, and nowhere else (RFC 8414 §2, SPN-16)', async () => {
  for (const profile of profiles) {
    const document = await documentAt(`/t/${profile}${openid}`);
    const isServed = profile !== 'fapi2-security';
    assert.equal(list(document, 'scopes_supported').includes('introspect'), isServed, profile);
    const methods = list(document, 'introspection_endpoint_auth_methods_supported');
    assert.equal(methods.includes('Bearer'), isServed, profile);
  }
});

const memberOf: Readonly<Record<string, string>> = {
  authorize: 'authorization_endpoint',
  token: 'token_endpoint',
  par: 'pushed_authorization_request_endpoint',
  introspect: 'introspection_endpoint',
  revoke: 'revocation_endpoint',
  userinfo: 'userinfo_endpoint',
  logout: 'end_session_endpoint',
  device_authorization: 'device_authorization_endpoint',
  register: 'registration_endpoint',
};

test('everything advertised works: every endpoint answers (RFC 8414 §2, SPN-16)', async () => {
  for (const path of [openid, `/t/standard${openid}`]) {
    const document = await documentAt(path);
    const urls = Object.entries(document).filter(
      ([name]) => name.endsWith('_endpoint') || name === 'jwks_uri',
    );
    assert.ok(urls.length >= 7);
    for (const [name, url] of urls) {
      assert.ok(String(url).startsWith(`${document.issuer}/`), name);
      const statuses = await Promise.all(
        ['GET', 'POST'].map(async (method) => (await harness.fetch(String(url), { method })).status),
      );
      assert.ok(!statuses.includes(404) && statuses.some((status) => status !== 405), name);
    }
  }
});

test('nothing working is missing: every path served below /oauth2 is advertised, and no other (RFC 8414 §2, SPN-16)', async () => {
  await harness.addTenant({ id: 'complete' }, { dynamicRegistration: 'open' });
  const document = await documentAt(`/t/complete${openid}`);
  for (const [name, member] of Object.entries(memberOf)) {
    const { status } = await harness.fetch(`/t/complete/oauth2/${name}`);
    assert.equal(status !== 404, document[member] !== undefined, name);
  }
});

test('the registration endpoint is advertised by the tenants that take registrations (RFC 8414 §2, RFC 7591 §3, SPN-16)', async () => {
  for (const dynamicRegistration of ['off', 'token', 'open'] as const) {
    await harness.changeTenant({ dynamicRegistration });
    const document = await documentAt(oauth);
    const expected = dynamicRegistration === 'off' ? undefined : `${testIssuer}/oauth2/register`;
    assert.equal(document.registration_endpoint, expected, dynamicRegistration);
  }
  await harness.changeTenant({ dynamicRegistration: 'off' });
});

test('everything advertised works: every client authentication method, at every endpoint that lists it (RFC 8414 §2, SPN-16)', async () => {
  const document = await documentAt(openid);
  const assertions = await addAssertionClient(harness, 'method-private_key_jwt', {
    metadata: { ...serviceMetadata, token_endpoint_auth_method: 'private_key_jwt' },
  });
  const credentialsOf = async (
    method: string,
  ): Promise<{
    form: Record<string, string>;
    client?: { id: string; secret: string | null };
    headers?: Record<string, string>;
  }> => {
    if (method === 'Bearer') {
      const robot = await flow.client({
        ...serviceMetadata,
        scope: 'introspect',
        default_scope: 'introspect',
      });
      const { body } = await flow.token(robot, { grant_type: 'client_credentials' });
      return { form: {}, headers: { authorization: `Bearer ${body.access_token}` } };
    }
    if (method === 'private_key_jwt') {
      return {
        form: {
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await assertions.assertion(),
        },
      };
    }
    const id = `method-${method}-${Math.random().toString(36).slice(2)}`;
    const { secret } = await harness.addClient(id, { ...webClient, token_endpoint_auth_method: method });
    if (method === 'client_secret_basic') return { form: {}, client: { id, secret } };
    return { form: { client_id: id, ...(secret !== null && { client_secret: secret }) } };
  };
  for (const [endpoint, member] of [
    ['/oauth2/token', 'token_endpoint_auth_methods_supported'],
    ['/oauth2/introspect', 'introspection_endpoint_auth_methods_supported'],
    ['/oauth2/revoke', 'revocation_endpoint_auth_methods_supported'],
  ] as const) {
    const methods = list(document, member);
    assert.ok(methods.includes('client_secret_basic'), member);
    assert.equal(methods.includes('none'), endpoint !== '/oauth2/introspect');
    assert.equal(methods.includes('Bearer'), endpoint === '/oauth2/introspect');
    for (const method of methods) {
      const { form, ...credentials } = await credentialsOf(method);
      const response = await harness.post(
        endpoint,
        { ...form, token: 'x', grant_type: 'nonsense' },
        credentials,
      );
      assert.notEqual(response.status, 401, `${method} at ${endpoint}`);
    }
  }
});

test('everything advertised works: every algorithm of client assertions, under every profile (RFC 8414 §2, SPN-16)', async () => {
  for (const [profile, tenant] of tenants) {
    const document = await documentAt(`/t/${profile}${openid}`);
    const algorithms = list(document, 'token_endpoint_auth_signing_alg_values_supported');
    assert.ok(algorithms.includes('PS256'));
    for (const algorithm of algorithms) {
      const metadata = profile === 'fapi2-security' ? { sender_constraint: 'none' } : {};
      const id = `alg-${profile}-${algorithm}`;
      const robot = await addAssertionClient(harness, id, { algorithm, tenant, metadata }).catch(
        (error: Error) => error,
      );
      // A FAPI 2.0 client must be bound to a key, which this version does not serve: it cannot be registered at all.
      if (robot instanceof Error) assert.equal(profile, 'fapi2-security', robot.message);
      else assert.notEqual((await robot.ask(await robot.assertion())).status, 401, id);
    }
  }
});

for (const algorithm of ['ES256', 'EdDSA', 'RS256', 'PS256']) {
  test(`tokens signed with ${algorithm} verify against the JWKS by an outside library (RFC 7518 §3.1, SPN-3, SPN-16)`, async () => {
    const tenant = await harness.addTenant(
      { id: `signs-${algorithm.toLowerCase()}` },
      { defaultSigningAlgorithm: algorithm as 'ES256' },
    );
    const client = await flow.client(webClient, tenant);
    const person = await flow.person(tenant);
    const code = await flow.code(client, person, { scope: 'openid' });
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
    const { body } = await flow.token(
      client,
      { ...form, code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' },
      `/t/${tenant.id}`,
    );
    const issuer = `${testIssuer}/t/${tenant.id}`;
    const keys = createLocalJWKSet(await jwksOf({ jwks_uri: `${issuer}/.well-known/jwks.json` }));
    const currentDate = new Date(harness.clock.now() * 1000);
    const access = await jwtVerify(body.access_token, keys, {
      issuer,
      typ: 'at+jwt',
      algorithms: [algorithm],
      currentDate,
    });
    assert.match(
      access.protectedHeader.kid ?? '',
      new RegExp(`^production\\.${tenant.id}\\.${algorithm.toLowerCase()}\\.v1\\.`),
    );
    await jwtVerify(body.id_token, keys, {
      issuer,
      audience: client.id,
      algorithms: [algorithm],
      currentDate,
    });
  });
}

test('everything advertised works: an ID token in every advertised algorithm (OpenID Connect Registration §2, SPN-16)', async () => {
  const document = await documentAt(openid);
  const person = await flow.person();
  const keys = createLocalJWKSet(await jwksOf(document));
  for (const algorithm of list(document, 'id_token_signing_alg_values_supported')) {
    const client = await flow.client({ ...webClient, id_token_signed_response_alg: algorithm });
    const { id_token } = await flow.tokens(client, person, { scope: 'openid' });
    // The key set was fetched once, before the client was there.
    const currentDate = new Date(harness.clock.now() * 1000);
    await jwtVerify(id_token, keys, {
      issuer: testIssuer,
      audience: client.id,
      algorithms: [algorithm],
      currentDate,
    });
  }
});

test('everything advertised works: userinfo and introspection signed in every advertised algorithm (OpenID Connect Registration §2, RFC 9701 §6, SPN-16)', async () => {
  const document = await documentAt(openid);
  const person = await flow.person();
  const keys = createLocalJWKSet(await jwksOf(document));
  const expectSigned = async (response: Response, audience: string, algorithm: string): Promise<void> => {
    assert.equal(response.status, 200);
    const currentDate = new Date(harness.clock.now() * 1000);
    const expected = { issuer: testIssuer, audience, algorithms: [algorithm], currentDate };
    await jwtVerify(await response.text(), keys, expected);
  };
  const algorithms = list(document, 'userinfo_signing_alg_values_supported');
  assert.ok(algorithms.length >= 5);
  assert.deepEqual(list(document, 'introspection_signing_alg_values_supported'), algorithms);
  for (const algorithm of algorithms) {
    const client = await flow.client({
      ...webClient,
      userinfo_signed_response_alg: algorithm,
      introspection_signed_response_alg: algorithm,
    });
    const { access_token: token } = await flow.tokens(client, person, { scope: 'openid' });
    const headers = { authorization: `Bearer ${token}` };
    await expectSigned(await harness.fetch('/oauth2/userinfo', { headers }), client.id, algorithm);
    await expectSigned(await harness.post('/oauth2/introspect', { token }, { client }), client.id, algorithm);
  }
});

test('everything advertised works: every encryption of ID tokens, userinfo and introspection (OpenID Connect Registration §2, RFC 9701 §6, SPN-16)', async () => {
  const document = await documentAt(openid);
  const person = await flow.person();
  const recipients = recipientKinds.map((kind) => makeRecipient(kind));
  const jwks = { keys: recipients.map(({ jwk }) => jwk) };
  const open = (jwe: string) => Promise.any(recipients.map((recipient) => recipient.open(jwe)));
  const responses = ['id_token', 'userinfo', 'introspection'];
  const listed = (member: string) => {
    const [first = [], ...others] = responses.map((response) => list(document, `${response}_${member}`));
    for (const other of others) assert.deepEqual(other, first);
    return first;
  };
  const algorithms = listed('encryption_alg_values_supported');
  const contents = listed('encryption_enc_values_supported');
  assert.deepEqual([algorithms.length, contents.length], [4, 4]);
  const pairs = algorithms.flatMap((alg) => contents.map((enc) => [alg, enc] as const));
  for (const [alg, enc] of pairs) {
    const wishes = responses.flatMap((response) => [
      [`${response}_encrypted_response_alg`, alg],
      [`${response}_encrypted_response_enc`, enc],
    ]);
    const client = await flow.client({ ...webClient, jwks, ...Object.fromEntries(wishes) });
    const { access_token: token, id_token } = await flow.tokens(client, person, { scope: 'openid' });
    const headers = { authorization: `Bearer ${token}` };
    for (const jwe of [
      id_token,
      await (await harness.fetch('/oauth2/userinfo', { headers })).text(),
      await (await harness.post('/oauth2/introspect', { token }, { client })).text(),
    ]) {
      const { header } = await open(jwe);
      assert.deepEqual([header.alg, header.enc], [alg, enc]);
    }
  }
});

test('everything advertised works: grants, scopes, response modes and prompts; what is not advertised is refused (SPN-16)', async () => {
  const document = await documentAt(openid);
  const client = await flow.client({
    ...webClient,
    scope: 'openid profile email address phone offline_access introspect',
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  });
  for (const grant_type of list(document, 'grant_types_supported')) {
    assert.notEqual(
      (await flow.token(client, { grant_type })).body.error,
      'unsupported_grant_type',
      grant_type,
    );
  }
  for (const grant_type of ['password', 'urn:ietf:params:oauth:grant-type:token-exchange', 'implicit']) {
    assert.equal((await flow.token(client, { grant_type })).body.error, 'unsupported_grant_type', grant_type);
  }
  const person = await flow.person();
  const scope = list(document, 'scopes_supported').join(' ');
  assert.equal((await flow.tokens(client, person, { scope })).scope, scope);
  const authorize = (changes: Record<string, string>): Promise<Response> =>
    flow.authorize(requestOf(client.id, changes), { cookie: person.cookie });
  const locationOf = async (changes: Record<string, string>): Promise<string> =>
    (await authorize(changes)).headers.get('location') ?? '';
  assert.deepEqual(list(document, 'response_modes_supported'), ['query', 'form_post']);
  assert.match(await locationOf({ response_mode: 'query' }), /[?&]code=/);
  assert.ok((await postedForm(await authorize({ response_mode: 'form_post' }))).fields.code);
  for (const response_mode of ['fragment', 'jwt', 'query.jwt', 'form_post.jwt', 'fragment.jwt']) {
    assert.match(await locationOf({ response_mode }), /[?&]error=invalid_request/, response_mode);
  }
  for (const acr_values of list(document, 'acr_values_supported')) {
    const { id_token } = await flow.tokens(client, person, { acr_values });
    assert.equal(readJwt(id_token).claims.acr, acr_values);
  }
  assert.deepEqual(list(document, 'display_values_supported'), ['page', 'popup', 'touch']);
  for (const prompt of list(document, 'prompt_values_supported')) {
    assert.doesNotMatch(await locationOf({ prompt }), /error=/, prompt);
  }
  const subs = await Promise.all(
    list(document, 'subject_types_supported').map(async (subject_type) => {
      const typed = await flow.client({ ...webClient, subject_type });
      return readJwt((await flow.tokens(typed, person)).id_token).claims.sub;
    }),
  );
  assert.equal(new Set(subs).size, 2, 'public and pairwise');
  assert.deepEqual(list(document, 'response_types_supported'), ['code']);
  assert.deepEqual(list(document, 'code_challenge_methods_supported'), ['S256']);
  assert.equal(document.claims_parameter_supported, true);
  assert.equal(document.authorization_response_iss_parameter_supported, true);
  assert.match(await locationOf({}), new RegExp(`iss=${encodeURIComponent(testIssuer)}`));
});

test('everything advertised works: request objects in every advertised algorithm, by value and by reference (OpenID Connect Discovery §3, RFC 9101 §10.5, SPN-16)', async () => {
  for (const profile of profiles.filter((each) => each !== 'fapi2-security')) {
    const document = await documentAt(`/t/${profile}${openid}`);
    const tenant = tenants.get(profile);
    const person = await flow.person(tenant);
    assert.equal(document.request_parameter_supported, true);
    assert.equal(document.request_uri_parameter_supported, true);
    assert.equal(document.require_request_uri_registration, true);
    const algorithms = list(document, 'request_object_signing_alg_values_supported');
    assert.ok(algorithms.length >= 4 && !algorithms.includes('none'));
    for (const algorithm of algorithms) {
      const url = `https://app.example/${algorithm}`;
      const client = await addSigningClient(harness, `signer-${algorithm}`, {
        algorithm,
        ...(tenant && { tenant }),
        metadata: { request_object_signing_alg: algorithm, request_uris: [url] },
      });
      const ask = (parameters: Parameters) =>
        flow.authorize(parameters, { cookie: person.cookie, basePath: `/t/${profile}` });
      assert.ok(answerOf(await ask(client.carrying(await client.object()))).code, `${profile} ${algorithm}`);
      // Nobody is there: that it was tried shows that it is taken.
      const referred = await ask({ client_id: client.id, request_uri: url, redirect_uri: redirectUri });
      assert.match(answerOf(referred).error_description ?? '', /cannot be read/);
    }
  }
  const fapi = await documentAt(`/t/fapi2-security${openid}`);
  assert.deepEqual(list(fapi, 'request_object_signing_alg_values_supported'), [
    'ES256',
    'EdDSA',
    'Ed25519',
    'PS256',
  ]);
  assert.equal(fapi.request_uri_parameter_supported, false, 'pushed requests alone');
});

test('everything advertised works: every claim is told, in the ID token or at userinfo (OpenID Connect Core §5.1, SPN-16)', async () => {
  const document = await documentAt(openid);
  const scope = 'openid profile email address phone';
  const client = await flow.client({ ...webClient, scope, require_auth_time: true });
  const person = await flow.person();
  const { id, tenant, version } = person.subject;
  const text = 'x';
  const profile = {
    ...{
      name: text,
      givenName: text,
      familyName: text,
      middleName: text,
      nickname: text,
      profile: 'https://x.example',
    },
    ...{
      picture: 'https://x.example',
      website: 'https://x.example',
      gender: text,
      birthdate: '1815-12-10',
      zoneinfo: 'UTC',
    },
    ...{ locale: 'en', phoneNumber: '+44 1', address: { country: 'GB' } },
  };
  await harness.store.subjects.replace({ ...person.subject, profile, version: version + 1 }, version, {});
  assert.ok(await harness.store.subjects.find(tenant, id));
  const tokens = await flow.tokens(client, person, { scope, nonce: 'n-0S6_WzA2Mj' });
  const userinfo = await harness.fetch('/oauth2/userinfo', {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  const told = { ...readJwt(tokens.id_token).claims, ...((await userinfo.json()) as Document) };
  const advertised = list(document, 'claims_supported');
  assert.deepEqual(
    advertised.filter((name) => !Object.hasOwn(told, name)),
    [],
  );
  assert.deepEqual(
    Object.keys(told).filter((name) => !advertised.includes(name)),
    [],
  );
});

test('every tenant has keys of its own, and none of one is in the set of another (SPN-3)', async () => {
  const sets = await Promise.all(
    profiles.map(async (profile) => jwksOf(await documentAt(`/t/${profile}${openid}`))),
  );
  const kids = sets.flatMap(({ keys }) => keys.map(({ kid, x, n }) => `${kid}${x ?? n}`));
  assert.equal(new Set(kids).size, kids.length);
});

test('nobody can register a client over the network unless the tenant says so: it is refused with its help page, and not advertised (CAP-1, decision 16)', async () => {
  for (const issuerPath of ['', ...profiles.map((profile) => `/t/${profile}`)]) {
    const refused = await harness.fetch(`${issuerPath}/oauth2/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://app.example/cb'] }),
    });
    assert.equal(refused.status, 400);
    assert.equal(refused.headers.get('www-authenticate'), null);
    const body = (await refused.json()) as Record<string, unknown>;
    assert.deepEqual(
      [body.error, body.feature, body.error_uri],
      [
        'invalid_profile_usage',
        'dynamic_registration',
        `${testIssuer}${issuerPath}/help/dynamic_registration`,
      ],
    );
    assert.equal('registration_endpoint' in (await documentAt(`${issuerPath}${openid}`)), false);
  }
});
