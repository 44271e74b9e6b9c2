/** What every grant has in common: malformed requests, client authentication, the phases. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Credentials, createFlow, publicClient, webClient } from '../authorize/flow.test-support.ts';
import { openHarness, serviceMetadata, testIssuer } from '../testing/harness.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const ada = await flow.person();
const client = await flow.client();
const service = await flow.client(serviceMetadata);

const basic = ({ id, secret }: Credentials) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });
const formType = { 'content-type': 'application/x-www-form-urlencoded' };

async function send(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = { ...formType, ...basic(service) },
) {
  const response = await harness.fetch('/oauth2/token', { method: 'POST', body, headers });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, string>,
  };
}

for (const [what, body] of [
  ['a duplicate parameter', 'grant_type=client_credentials&scope=api:read&scope=api:write'],
  ['a duplicate grant_type', 'grant_type=client_credentials&grant_type=client_credentials'],
  ['a parameter with and without a value', 'grant_type=client_credentials&scope=&scope=api:read'],
  ['broken percent-encoding', 'grant_type=client_credentials&scope=%zz'],
  ['a lone percent sign', 'grant_type=client_credentials&scope=%'],
  ['invalid UTF-8, encoded', 'grant_type=client_credentials&scope=%ff%fe'],
  ['a NUL character', 'grant_type=client_credentials&scope=a%00b'],
  ['a missing grant_type', 'scope=api:read'],
  ['an empty grant_type', 'grant_type=&scope=api:read'],
  ['an empty body', ''],
  ['a body of JSON under the form’s name', '{"grant_type":"client_credentials"}'],
  [
    'too many parameters',
    `grant_type=client_credentials&${Array.from({ length: 120 }, (_, index) => `p${index}=1`).join('&')}`,
  ],
] as const) {
  test(`${what} is invalid_request, with a description and nothing to store (RFC 6749 §3.2, §5.2)`, async () => {
    const answer = await send(body);
    assert.equal(answer.status, 400);
    assert.equal(answer.body.error, 'invalid_request');
    assert.match(answer.body.error_description ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  });
}

test('bytes that are not UTF-8 are invalid_request (RFC 6749 Appendix B)', async () => {
  const answer = await send(
    Buffer.concat([Buffer.from('grant_type=client_credentials&scope='), Buffer.from([0xff, 0xfe])]),
  );
  assert.equal(answer.status, 400);
  assert.equal(answer.body.error, 'invalid_request');
});

test('a body over 64 KiB is refused with 413, announced or not', async () => {
  const body = `grant_type=client_credentials&scope=${'x'.repeat(65_536)}`;
  assert.equal((await send(body)).status, 413);
  assert.equal(
    (
      await send('grant_type=client_credentials', {
        ...formType,
        ...basic(service),
        'content-length': '70000',
      })
    ).status,
    413,
  );
});

test('a content type other than the form’s is invalid_request (RFC 6749 §3.2)', async () => {
  for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', '']) {
    const answer = await send('grant_type=client_credentials', { ...basic(service), 'content-type': type });
    assert.equal(answer.status, 400, type);
    assert.equal(answer.body.error, 'invalid_request');
  }
  const cased = { ...basic(service), 'content-type': 'Application/X-WWW-Form-Urlencoded ; charset=UTF-8' };
  assert.equal((await send('grant_type=client_credentials', cased)).status, 200);
});

test('unknown parameters are ignored and empty ones absent (RFC 6749 §3.2)', async () => {
  const answer = await send('grant_type=client_credentials&scope=&unheard_of=1&constructor=2&__proto__=3');
  assert.equal(answer.status, 200);
  assert.equal(answer.body.scope, 'api:read');
});

test('the password grant and unknown grants are unsupported_grant_type, with feature and error_uri (CAP-1, RFC 9700 §2.4)', async () => {
  for (const grant of [
    'password',
    'implicit',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'Client_Credentials',
    'toString',
    '__proto__',
  ]) {
    const answer = await send(`grant_type=${encodeURIComponent(grant)}&username=ada&password=x`);
    assert.equal(answer.status, 400);
    assert.equal(answer.body.error, 'unsupported_grant_type');
    assert.equal(answer.body.feature, 'grant_type');
    assert.equal(answer.body.error_uri, `${testIssuer}/help/grant_type`);
  }
});

test('a grant that the client is not registered for is unauthorized_client (RFC 6749 §5.2)', async () => {
  assert.equal(
    (await flow.token(client, { grant_type: 'client_credentials' })).body.error,
    'unauthorized_client',
  );
  assert.equal(
    (await flow.token(service, { grant_type: 'authorization_code', code: 'x' })).body.error,
    'unauthorized_client',
  );
  assert.equal(
    (await flow.token(service, { grant_type: 'refresh_token', refresh_token: 'x' })).body.error,
    'unauthorized_client',
  );
});

test('a client that does not authenticate learns nothing of the code it brings, and does not spend it (RFC 6749 §5.2)', async () => {
  const code = await flow.code(client, ada);
  const wrong = await flow.redeem({ ...client, secret: 'wrong' }, code);
  const unknown = await flow.redeem({ id: 'nobody', secret: 'wrong' }, code);
  const without = await flow.redeem({ id: client.id, secret: null }, code);
  for (const { status, headers } of [wrong, unknown, without]) {
    assert.equal(status, 401);
    assert.match(headers.get('www-authenticate') ?? '', /^Basic /);
  }
  assert.deepEqual(wrong.body, unknown.body);
  assert.deepEqual(wrong.body, without.body);
  assert.equal((await flow.redeem(client, code)).status, 200);
});

test('two ways to authenticate at once are invalid_request (RFC 6749 §2.3)', async () => {
  const { status, body } = await flow.token(service, {
    grant_type: 'client_credentials',
    client_id: service.id,
    client_secret: service.secret ?? '',
  });
  assert.equal(status, 400);
  assert.equal(body.error, 'invalid_request');
});

test('a disabled client gets nothing, and the answer does not say why (RFC 6749 §5.2)', async () => {
  const gone = await flow.client(serviceMetadata);
  await harness.store.clients.replace({ ...gone.record, disabledAt: 1, version: 2 }, 1, {});
  const { status, body } = await flow.token(gone, { grant_type: 'client_credentials' });
  assert.equal(status, 401);
  assert.equal(body.error_description, 'client authentication failed');
});

test('a client that must prove a key is not served without: fail closed (RFC 9449 §5)', async () => {
  const bound = await flow.client(serviceMetadata);
  const metadata = { ...bound.record.metadata, senderConstraint: 'dpop' } as const;
  await harness.store.clients.replace({ ...bound.record, metadata, version: 2 }, 1, {});
  const { status, body } = await flow.token(bound, { grant_type: 'client_credentials' });
  assert.equal(status, 400);
  assert.equal(body.error, 'invalid_dpop_proof');
});

test('a client from before its tenant took up fapi2-security gets no bearer token there (FAPI 2.0 Security Profile §5.3.2.1)', async () => {
  const fapi = await harness.addTenant({ id: 'bank' });
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const before = await flow.client(
    {
      ...serviceMetadata,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256' }] },
    },
    fapi,
  );
  const ask = async () => {
    const now = harness.clock.now();
    const assertion = await new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'a' })
      .setIssuer(before.id)
      .setSubject(before.id)
      .setAudience(`${testIssuer}/t/bank`)
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .sign(privateKey);
    const form = {
      grant_type: 'client_credentials',
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
    return flow.token({ id: before.id, secret: null }, form, '/t/bank');
  };
  assert.equal((await ask()).status, 200);
  const changed = { ...fapi, profile: 'fapi2-security', version: fapi.version + 1 } as const;
  await harness.store.tenants.replace(changed, fapi.version, {});
  const { status, body } = await ask();
  assert.equal(status, 400);
  assert.equal(body.error, 'invalid_dpop_proof');
});

test('GET is not served at the token endpoint (RFC 6749 §3.2)', async () => {
  const response = await harness.fetch('/oauth2/token?grant_type=client_credentials', {
    headers: basic(service),
  });
  assert.equal(response.status, 405);
});

test('a page of an allowed origin may read the answer, another may not (architecture, decision 17)', async () => {
  const spa = await flow.client({ ...publicClient, allowed_origins: ['https://app.example'] });
  const code = await flow.code(spa, ada);
  const form = { grant_type: 'authorization_code', code, client_id: spa.id };
  const allowed = await harness.post('/oauth2/token', form, { headers: { origin: 'https://app.example' } });
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example');
  assert.equal(allowed.headers.get('access-control-allow-credentials'), null);
  const foreign = await harness.post('/oauth2/token', form, { headers: { origin: 'https://evil.example' } });
  assert.equal(foreign.headers.get('access-control-allow-origin'), null);
});

test('no random form ends in a 500, and none without a live grant gets a token', async () => {
  const names = [
    'grant_type',
    'code',
    'refresh_token',
    'redirect_uri',
    'code_verifier',
    'scope',
    'resource',
    'client_id',
    'client_secret',
    'client_assertion',
    'client_assertion_type',
    '__proto__',
    '%',
  ];
  const values = [
    'authorization_code',
    'refresh_token',
    'cs_rt_',
    `cs_rt_${'A'.repeat(22)}.0.${'A'.repeat(43)}`,
    'x'.repeat(43),
    'openid',
    'https://a.example/',
    client.id,
    'e30.e30.e30',
    '%00',
    '%',
    '',
  ];
  const pair = fc.tuple(
    fc.constantFrom(...names),
    fc.oneof(fc.constantFrom(...values), fc.string({ maxLength: 20 })),
    fc.boolean(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(pair, { maxLength: 7 }), fc.boolean(), async (pairs, authenticated) => {
      const body = pairs
        .map(([name, value, raw]) => `${name}=${raw ? value : encodeURIComponent(value)}`)
        .join('&');
      const answer = await send(body, authenticated ? { ...formType, ...basic(client) } : formType);
      assert.ok(answer.status === 400 || answer.status === 401, `${answer.status} for ${body}`);
      assert.equal(typeof answer.body.error, 'string');
    }),
    { numRuns: 300 },
  );
});

test('an exception to PKCE needs a confidential web client of a profile that has it (architecture, decision 4)', async () => {
  const bare = { code_challenge: undefined, code_challenge_method: undefined };
  const lax = await flow.client({ ...webClient, require_pkce: false });
  await assert.rejects(flow.code(lax, ada, bare), /invalid_request/);
  assert.ok(await flow.code(lax, ada, { ...bare, nonce: 'n' }));
  const core = await harness.addTenant({ id: 'core', profile: 'oidc-core' });
  const grace = await flow.person(core);
  assert.ok(await flow.code(await flow.client(webClient, core), grace, bare));
  await assert.rejects(flow.code(await flow.client(publicClient, core), grace, bare), /invalid_request/);
  const strict = await harness.addTenant({ id: 'strict', profile: 'strict' });
  await assert.rejects(flow.client({ ...webClient, require_pkce: false }, strict), /require_pkce/);
  await assert.rejects(
    flow.code(await flow.client(webClient, strict), await flow.person(strict), { ...bare, nonce: 'n' }),
    /invalid_request/,
  );
});
