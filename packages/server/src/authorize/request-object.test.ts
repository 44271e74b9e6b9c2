import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { issueRequestObject } from 'oauth4webapi';
import { assertionType, forgeJwt } from '../client-auth/assertion.test-support.ts';
import { openKeyEndpoint } from '../clients/key-endpoint.test-support.ts';
import { openHarness, testIssuer } from '../testing/harness.ts';
import {
  answerOf,
  createFlow,
  encode,
  type Parameters,
  readJwt,
  redirectUri,
  requestOf,
  verifier,
  webClient,
} from './flow.test-support.ts';
import { addSigningClient, type SigningClient } from './request-object.test-support.ts';

const harness = await openHarness({ COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8' });
after(() => harness.close());
const flow = createFlow(harness);
const ada = await flow.person();
const client = await addSigningClient(harness, 'signer');
const asAda = { cookie: ada.cookie };
const json = { accept: 'application/json' };

const ask = (object: string, beside: Parameters = {}, as: SigningClient = client) =>
  flow.authorize(as.carrying(object, beside), { ...asAda, headers: json });

/** Told on a page, since nothing good says where else. */
async function refusedOnPage(
  response: Response,
  error = 'invalid_request_object',
  title = '',
): Promise<void> {
  assert.equal(response.headers.get('location'), null, title);
  assert.equal(response.status, 400, title);
  assert.equal(((await response.json()) as { error: string }).error, error, title);
}

/** Told to the client at the redirect URI beside the object. */
function refusedBeside(response: Response, error = 'invalid_request_object', title = ''): void {
  const answer = answerOf(response);
  assert.deepEqual([answer.error, answer.state, answer.code], [error, 'beside', undefined], title);
}

const beside = { redirect_uri: redirectUri, state: 'beside' };

test('a signed object needs nothing but client_id beside it, and its code works (RFC 9101 §5, §6.3)', async () => {
  const answer = answerOf(await ask(await client.object({ state: 'inside', nonce: 'n-inside' })));
  assert.deepEqual([answer.state, answer.iss], ['inside', testIssuer]);
  const { status, body } = await flow.redeem(client, answer.code ?? '');
  assert.equal(status, 200);
  assert.equal(readJwt(body.id_token).claims.nonce, 'n-inside');
});

for (const [module, outside] of [
  ['ensure-different-nonce-inside-and-outside-request-object', { nonce: 'outside' }],
  ['ensure-different-state-inside-and-outside-request-object', { state: 'outside' }],
] as const) {
  test(`fapi2-security-profile-final-${module}: what stands beside an object is ignored (RFC 9101 §6.3)`, async () => {
    const answer = answerOf(
      await ask(await client.object({ state: 'inside', nonce: 'inside' }), {
        scope: 'openid email',
        redirect_uri: 'https://evil.example/',
        prompt: 'none login',
        ...outside,
      }),
    );
    assert.equal(answer.state, 'inside');
    const { id_token, scope } = (await flow.redeem(client, answer.code ?? '')).body;
    assert.equal(readJwt(id_token).claims.nonce, 'inside');
    assert.equal(scope, 'openid');
  });
}

test('fapi2-security-profile-final-state-only-outside-request-object-not-used: a state beside an object without one is not echoed (RFC 9101 §6.3)', async () => {
  const answer = answerOf(await ask(await client.object({ state: undefined }), { state: 'outside' }));
  assert.ok(answer.code);
  assert.equal(answer.state, undefined);
});

test('oidcc-ensure-request-object-with-redirect-uri: the redirect URI inside is the one that counts (OpenID Connect Core §6.1)', async () => {
  const two = await addSigningClient(harness, 'two-uris', {
    metadata: { redirect_uris: ['https://app.example/inside', 'https://app.example/outside'] },
  });
  const object = await two.object({ redirect_uri: 'https://app.example/inside' });
  const response = await ask(object, { redirect_uri: 'https://app.example/outside' }, two);
  assert.ok(answerOf(response, 'https://app.example/inside').code);
});

test('an object of OpenID Connect has no typ, and response_type and scope beside it (OpenID Connect Core §6.1)', async () => {
  const untyped = () => client.object({}, { typ: undefined });
  const open = { response_type: 'code', scope: 'openid' };
  assert.ok(answerOf(await ask(await untyped(), open)).code);
  assert.ok(answerOf(await ask(await client.object({}, { typ: 'JWT' }), open)).code);
  const withoutName = await client.object({ client_id: undefined, iss: undefined }, { typ: undefined });
  assert.ok(answerOf(await ask(withoutName, open)).code);
  for (const wrong of [
    {},
    { scope: 'openid' },
    { response_type: 'code' },
    { ...open, scope: 'email' },
    { ...open, response_type: 'token' },
  ]) {
    refusedBeside(
      await ask(await untyped(), { ...beside, ...wrong }),
      'invalid_request',
      JSON.stringify(wrong),
    );
  }
  const pureOAuth = await client.object({ scope: 'api:read' }, { typ: undefined });
  assert.ok(answerOf(await ask(pureOAuth)).code);
});

test('under strict an object says what it is, who made it and for whom (RFC 9101 §10.8)', async () => {
  const tenant = await harness.addTenant({ id: 'strict', profile: 'strict' });
  const careful = await addSigningClient(harness, 'careful', { tenant });
  const person = await flow.person(tenant);
  const open = { response_type: 'code', scope: 'openid' };
  const send = async (object: string) =>
    flow.authorize(careful.carrying(object, open), {
      cookie: person.cookie,
      basePath: '/t/strict',
      headers: json,
    });
  assert.ok(answerOf(await send(await careful.object())).code);
  await refusedOnPage(await send(await careful.object({}, { typ: undefined })));
  await refusedOnPage(await send(await careful.object({ iss: undefined })));
  await refusedOnPage(await send(await careful.object({ aud: undefined })));
});

test('a refused object is told at the redirect URI beside it if that is registered, else on a page (RFC 9101 §7, RFC 6749 §4.1.2.1)', async () => {
  const expired = () => client.object({ exp: harness.clock.now() - 100 });
  refusedBeside(await ask(await expired(), beside));
  await refusedOnPage(await ask(await expired()));
  await refusedOnPage(await ask(await expired(), { redirect_uri: 'https://evil.example/', state: 'x' }));
});

test('a good object with a bad request in it is told at the redirect URI inside, and never at a wrong one (RFC 9101 §6.3, CAP-1)', async () => {
  const answer = answerOf(await ask(await client.object({ response_type: 'token', state: 'inside' })));
  assert.deepEqual([answer.error, answer.state], ['unsupported_response_type', 'inside']);
  const noPkce = answerOf(
    await ask(await client.object({ code_challenge: undefined, code_challenge_method: undefined })),
  );
  assert.equal(noPkce.error, 'invalid_request');
  for (const redirect_uri of ['https://evil.example/', undefined]) {
    const response = await ask(await client.object({ redirect_uri }), beside);
    await refusedOnPage(response, 'invalid_profile_usage');
  }
  const registration = answerOf(await ask(await client.object({ registration: { client_name: 'x' } })));
  assert.equal(registration.error, 'registration_not_supported');
});

test('what an object says in JSON has its effect: max_age, claims, resource (OpenID Connect Core §6.1, RFC 8707 §2)', async () => {
  const rich = await addSigningClient(harness, 'rich', {
    metadata: { audiences: ['https://a.example/', 'https://b.example/'] },
  });
  const object = await rich.object({
    max_age: 1000,
    scope: 'openid api:read',
    resource: ['https://a.example/', 'https://b.example/'],
  });
  const { code } = answerOf(await ask(object, {}, rich));
  const { body } = await flow.redeem(rich, code ?? '');
  const { claims } = readJwt(body.id_token);
  assert.equal(typeof claims.auth_time, 'number');
  assert.deepEqual(readJwt(body.access_token).claims.aud, [
    'https://a.example/',
    'https://b.example/',
    testIssuer,
  ]);
  const demand = { id_token: { acr: { essential: true, value: 'urn:nobody:reaches:this' } } };
  const unmet = answerOf(await ask(await rich.object({ claims: demand }), {}, rich));
  assert.equal(unmet.error, 'unmet_authentication_requirements');
});

test('the object that a client library makes is understood, with what it turns into JSON (RFC 9101 §4)', async () => {
  const rich = await addSigningClient(harness, 'library', {
    metadata: { audiences: ['https://a.example/'] },
  });
  const parameters = new URLSearchParams(encode(requestOf(rich.id, { state: 'library', max_age: '1000' })));
  parameters.append('claims', '{"id_token":{"acr":null}}');
  parameters.append('resource', 'https://a.example/');
  const key = { key: rich.privateKey, kid: 'k1' };
  const object = await issueRequestObject({ issuer: testIssuer }, { client_id: rich.id }, parameters, key);
  assert.equal(typeof readJwt(object).claims.max_age, 'number');
  const answer = answerOf(await ask(object, {}, rich));
  assert.equal(answer.state, 'library');
  assert.equal((await flow.redeem(rich, answer.code ?? '')).status, 200);
});

test('an object comes by POST too, and is the same after the sign-in page and the consent page (RFC 9101 §5, OpenID Connect Core §3.1.2.1)', async () => {
  const signed = await addSigningClient(harness, 'signed-only', {
    metadata: { first_party: false, require_signed_request_object: true },
  });
  await harness.addUser('grace');
  for (const method of ['GET', 'POST']) {
    const browser = flow.visitor();
    const parameters = signed.carrying(await signed.object({ state: method, prompt: 'login consent' }));
    const began =
      method === 'GET'
        ? await browser.get(`/oauth2/authorize?${encode(parameters)}`)
        : await browser.post('/oauth2/authorize', parameters);
    const consent = await browser.signIn(await browser.follow(began), 'grace');
    const answer = answerOf(await browser.decide(consent, 'allow'));
    assert.equal(answer.state, method);
    assert.equal((await flow.redeem(signed, answer.code ?? '')).status, 200);
  }
});

test('fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails: a client registered to sign is served signed requests alone (RFC 9101 §10.5)', async () => {
  const signed = await addSigningClient(harness, 'must-sign', {
    metadata: { require_signed_request_object: true },
  });
  assert.equal(answerOf(await flow.authorize(requestOf(signed.id), asAda)).error, 'invalid_request');
  assert.ok(answerOf(await ask(await signed.object(), {}, signed)).code);
});

async function push(as: SigningClient, form: Parameters) {
  const response = await harness.post('/oauth2/par', new URLSearchParams(encode(form)), { client: as });
  const body = (await response.json()) as { request_uri: string; error: string };
  return { status: response.status, ...body };
}

test('fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails: it holds for pushed requests as well (RFC 9126 §3, RFC 9101 §10.5)', async () => {
  const signed = await addSigningClient(harness, 'must-push-signed', {
    metadata: { require_signed_request_object: true },
  });
  const unsigned = await push(signed, requestOf(signed.id));
  assert.deepEqual([unsigned.status, unsigned.error], [400, 'invalid_request']);
  const { status, request_uri } = await push(signed, { request: await signed.object({ state: 'pushed' }) });
  assert.equal(status, 201);
  const follow = () => flow.authorize({ client_id: signed.id, request_uri }, { ...asAda, headers: json });
  assert.equal(answerOf(await follow()).state, 'pushed');
  await refusedOnPage(await follow(), 'invalid_request_uri');
});

test('of a pushed object the claims count, and nothing beside them (RFC 9126 §3)', async () => {
  const form = {
    request: await client.object({ state: 'inside' }),
    state: 'outside',
    scope: 'openid email',
    response_type: 'token',
  };
  const { request_uri } = await push(client, form);
  assert.equal(answerOf(await flow.authorize({ client_id: client.id, request_uri }, asAda)).state, 'inside');
  const untyped = await push(client, { request: await client.object({}, { typ: undefined }) });
  assert.equal(untyped.status, 201);
});

for (const [title, claims, error] of [
  [
    'fapi2-security-profile-final-par-authorization-request-containing-request_uri: a reference inside',
    { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
    'invalid_request_object',
  ],
  [
    'fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails: no redirect URI inside',
    { redirect_uri: undefined },
    'invalid_profile_usage',
  ],
  ['another client inside', { client_id: 'somebody' }, 'invalid_request_object'],
  ['another server meant', { aud: 'https://other.example' }, 'invalid_request_object'],
  ['an expired one', { exp: 1 }, 'invalid_request_object'],
  ['a request that authorize would refuse', { response_type: 'token' }, 'unsupported_response_type'],
] as const) {
  test(`a pushed object is refused at once: ${title} (RFC 9126 §2.3, §3)`, async () => {
    const refusal = await push(client, { ...requestOf(client.id), request: await client.object(claims) });
    assert.deepEqual([refusal.status, refusal.error, refusal.request_uri], [400, error, undefined]);
  });
}

test('request and request_uri exclude each other (RFC 9101 §5, OpenID Connect Core §6.2)', async () => {
  const { request_uri } = await push(client, { request: await client.object() });
  for (const reference of [request_uri, 'https://app.example/r']) {
    refusedBeside(await ask(await client.object(), { ...beside, request_uri: reference }), 'invalid_request');
  }
});

test('an object is spent when its code is issued: loaded again before that it works, afterwards it does not (RFC 7519 §4.1.7, ACC-2)', async () => {
  const object = await client.object();
  const browsers = [flow.visitor(), flow.visitor()] as const;
  const pages = [];
  for (const browser of browsers) {
    for (let reload = 0; reload < 2; reload += 1) {
      pages.push(
        await browser.follow(await browser.get(`/oauth2/authorize?${encode(client.carrying(object))}`)),
      );
    }
  }
  assert.ok(pages.every(({ status }) => status === 200));
  await harness.addUser('hopper');
  const [, first, , second] = pages;
  assert.ok(first && second);
  assert.ok(answerOf(await browsers[0].signIn(first, 'hopper')).code);
  assert.equal(answerOf(await browsers[1].signIn(second, 'hopper')).error, 'invalid_request_object');
  refusedBeside(await ask(object, beside));
  await refusedOnPage(await ask(object));
});

test('of many completions of one object in parallel, one gets a code (RFC 7519 §4.1.7, ACC-2)', async () => {
  const object = await client.object();
  const answers = (await Promise.all(Array.from({ length: 50 }, () => ask(object, beside)))).map((each) =>
    answerOf(each),
  );
  assert.equal(answers.filter(({ code }) => code !== undefined).length, 1);
  assert.equal(answers.filter(({ error }) => error === 'invalid_request_object').length, 49);
});

test('an object is pushed once, and not used in the open afterwards (RFC 9126 §7.3, ACC-2)', async () => {
  const object = await client.object();
  const pushes = await Promise.all(Array.from({ length: 10 }, () => push(client, { request: object })));
  assert.equal(pushes.filter(({ status }) => status === 201).length, 1);
  await refusedOnPage(await ask(object));
});

test('a jti is the client’s own: another client, and the namesake of another tenant, may have the same (ACC-2, attack 9)', async () => {
  const jti = randomUUID();
  assert.ok(answerOf(await ask(await client.object({ jti }))).code);
  await refusedOnPage(await ask(await client.object({ jti, state: 'another request' })));
  const other = await addSigningClient(harness, 'other');
  assert.ok(answerOf(await ask(await other.object({ jti }), {}, other)).code);
  const tenant = await harness.addTenant({ id: 'namesake' });
  const namesake = await addSigningClient(harness, client.id, { tenant });
  const person = await flow.person(tenant);
  const response = await flow.authorize(namesake.carrying(await namesake.object({ jti })), {
    cookie: person.cookie,
    basePath: '/t/namesake',
  });
  assert.ok(answerOf(response).code);
});

test('an object without jti may be used again until it expires (RFC 9101 §4)', async () => {
  const object = await client.object({ jti: undefined });
  for (let use = 0; use < 2; use += 1) assert.ok(answerOf(await ask(object)).code);
  const endless = await client.object({ exp: undefined, nbf: undefined });
  assert.ok(answerOf(await ask(endless)).code);
  await refusedOnPage(await ask(endless));
});

test('an object of another client or of another tenant is refused, whoever sends it (RFC 9101 §6.3, attack 2)', async () => {
  const mallory = await addSigningClient(harness, 'mallory');
  const theirs = await mallory.object();
  refusedBeside(await ask(theirs, beside));
  refusedBeside(
    await ask(await mallory.object({ iss: client.id, client_id: client.id }), beside),
    undefined,
    'signed by the wrong key',
  );
  refusedBeside(await ask(await client.object(), beside, mallory), undefined, 'sent as the wrong client');
  const tenant = await harness.addTenant({ id: 'elsewhere' });
  await harness.addClient(
    client.id,
    {
      ...webClient,
      jwks: { keys: [client.publicJwk] },
    },
    tenant,
  );
  const person = await flow.person(tenant);
  const there = (object: string) =>
    flow.authorize(client.carrying(object, beside), { cookie: person.cookie, basePath: '/t/elsewhere' });
  refusedBeside(
    await there(await client.object()),
    undefined,
    'an equal client with an equal key, another issuer',
  );
  for (const aud of [`${testIssuer}/t/elsewhere/`, `${testIssuer}/t/Elsewhere`, testIssuer]) {
    refusedBeside(await there(await client.object({ aud })), undefined, aud);
  }
  assert.ok(
    answerOf(await there(await client.object({ aud: [testIssuer, `${testIssuer}/t/elsewhere`] }))).code,
  );
});

test('an ID token, an access token and a client assertion of the same client are no request objects (RFC 9101 §10.8, attack 1)', async () => {
  const { id_token, access_token } = await flow.tokens(client, ada);
  const now = harness.clock.now();
  const assertion = await client.object(
    { sub: client.id, ...Object.fromEntries(Object.keys(requestOf('x')).map((name) => [name, undefined])) },
    { typ: undefined },
  );
  const full = await client.object({ sub: client.id });
  const named = await client.object({}, { typ: 'client-authentication+jwt' });
  assert.equal(readJwt(assertion).claims.exp, now + 300);
  for (const [title, token] of Object.entries({ id_token, access_token, assertion, full, named })) {
    refusedBeside(await ask(token, { ...beside, response_type: 'code', scope: 'openid' }), undefined, title);
  }
});

test('a request object authenticates no client, with whatever typ (RFC 9101 §10.8, RFC 7523 §3, attack 1)', async () => {
  const robot = await addSigningClient(harness, 'asserting', {
    metadata: { token_endpoint_auth_method: 'private_key_jwt' },
  });
  const redeem = async (assertion: string) => {
    const { code } = answerOf(await ask(await robot.object(), {}, robot));
    const form = {
      grant_type: 'authorization_code',
      code: code ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
    };
    const credentials = { client_assertion_type: assertionType, client_assertion: assertion };
    return (await harness.post('/oauth2/token', { ...form, ...credentials })).status;
  };
  assert.equal(
    await redeem(await robot.object({ sub: robot.id }, { typ: undefined })),
    200,
    'an assertion has a sub',
  );
  assert.equal(await redeem(await robot.object()), 401);
  assert.equal(await redeem(await robot.object({}, { typ: undefined })), 401);
  assert.equal(await redeem(await robot.object({ sub: robot.id })), 401);
});

test('unsigned, encrypted, oversized and nested objects are refused (RFC 9101 §6.1, §6.2, RFC 8725 §3.1)', async () => {
  const claims = { ...requestOf(client.id), iss: client.id, aud: testIssuer };
  const inner = await client.object();
  for (const [title, object] of [
    ['none', forgeJwt({ alg: 'none', typ: 'oauth-authz-req+jwt' }, claims)],
    ['none with something behind', forgeJwt({ alg: 'none' }, claims, 'AAAA')],
    ['HS256 with the secret of the client', forgeJwt({ alg: 'HS256' }, claims, 'AAAA')],
    ['encrypted', 'eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSJ9..aaaa.bbbb.cccc'],
    [
      'a key of its own',
      await new SignJWT(claims as never)
        .setProtectedHeader({ alg: 'ES256', jwk: client.publicJwk as never })
        .sign((await generateKeyPair('ES256')).privateKey),
    ],
    ['request inside', await client.object({ request: inner })],
    ['request_uri inside', await client.object({ request_uri: 'https://app.example/r' })],
    ['rubbish', 'x'],
  ] as const) {
    refusedBeside(await ask(object, beside), undefined, title);
  }
  const huge = await client.object({ login_hint: 'x'.repeat(1_048_576) });
  const refused = await ask(huge, beside);
  assert.equal(refused.headers.get('location'), null);
  assert.equal(refused.status, 400);
  const pushed = await push(client, { request: huge });
  assert.equal(pushed.status, 413);
});

test('a client takes no other algorithm than it registered, and no key that it marked for encryption (OpenID Connect Registration §2, RFC 7517 §4.2)', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1' };
  const pinned = await addSigningClient(harness, 'pinned', {
    metadata: { jwks: { keys: [jwk] }, request_object_signing_alg: 'PS256' },
  });
  const signed = async (alg: string) => {
    const key = await crypto.subtle.importKey(
      'pkcs8',
      await crypto.subtle.exportKey('pkcs8', privateKey),
      { name: alg === 'PS256' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    return new SignJWT({ ...requestOf(pinned.id), iss: pinned.id, aud: testIssuer } as never)
      .setProtectedHeader({ alg, kid: 'k1', typ: 'oauth-authz-req+jwt' })
      .sign(key);
  };
  assert.ok(answerOf(await ask(await signed('PS256'), {}, pinned)).code);
  refusedBeside(await ask(await signed('RS256'), beside, pinned));

  const marked = await addSigningClient(harness, 'marked');
  const sealing = { ...marked.publicJwk, alg: 'ECDH-ES', use: 'enc' };
  const both = { ...marked.record, version: marked.record.version + 1 };
  const metadata = { ...both.metadata, jwks: { keys: [sealing] } } as never;
  await harness.store.clients.replace({ ...both, metadata }, marked.record.version, {});
  refusedBeside(await ask(await marked.object(), beside, marked));
});

test('a key behind the jwks_uri of the client verifies, and so does the next one (OpenID Connect Core §10.1.1)', async () => {
  const endpoint = await openKeyEndpoint();
  const remote = await addSigningClient(harness, 'remote', {
    metadata: { jwks: undefined, jwks_uri: endpoint.url },
  });
  endpoint.serve({ keys: [remote.publicJwk] });
  assert.ok(answerOf(await ask(await remote.object(), {}, remote)).code);
  endpoint.serve({ keys: [{ ...remote.publicJwk, kid: 'k2' }] });
  harness.clock.advance(11);
  assert.ok(answerOf(await ask(await remote.object({}, { kid: 'k2' }), {}, remote)).code);
  refusedBeside(await ask(await remote.object({}, { kid: 'k1' }), beside, remote));
  endpoint.close();
});
