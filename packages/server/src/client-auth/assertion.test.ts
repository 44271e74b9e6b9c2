import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import type { Profile, TenantRecord } from '../storage/ports.ts';
import { type Harness, openHarness, testIssuer } from '../testing/harness.ts';
import { type AssertionClient, addAssertionClient, forgeJwt } from './assertion.test-support.ts';

let harness: Harness;
let client: AssertionClient;
let strict: TenantRecord;

before(async () => {
  harness = await openHarness();
  client = await addAssertionClient(harness, 'robot');
  strict = await harness.addTenant({ id: 'strict', profile: 'strict' });
});
after(() => harness.close());

async function refused(response: Response, title = ''): Promise<void> {
  assert.equal(response.status, 401, title);
  assert.match(response.headers.get('www-authenticate') ?? '', /^Basic /);
  const body = await response.json();
  assert.deepEqual(
    body,
    { error: 'invalid_client', error_description: 'client authentication failed' },
    title,
  );
}

test('an assertion signed with a registered key authenticates (RFC 7523 §2.2, SPN-4)', async () => {
  assert.equal((await client.ask(await client.assertion())).status, 200);
  assert.equal(
    (await client.ask(await client.assertion({}, { kid: undefined }))).status,
    200,
    'one key needs no kid',
  );
  assert.equal((await client.ask(await client.assertion(), { client_id: client.id })).status, 200);
});

const audiences: readonly (readonly [string, unknown, readonly Profile[]])[] = [
  ['the issuer', testIssuer, ['standard', 'strict', 'oidc-core', 'fapi2-security']],
  ['the exact URL of the endpoint', `${testIssuer}/oauth2/token`, ['standard', 'oidc-core']],
  ['the issuer in an array of one', [testIssuer], ['standard', 'oidc-core']],
  ['another endpoint of ours', `${testIssuer}/oauth2/par`, []],
  ['the issuer with a slash', `${testIssuer}/`, []],
  ['the endpoint with a query', `${testIssuer}/oauth2/token?x=y`, []],
  ['two of our own values', [testIssuer, `${testIssuer}/oauth2/token`], []],
  ['us and another server', [testIssuer, 'https://other.example'], []],
  ['another tenant', `${testIssuer}/t/globex`, []],
  ['another tenant’s endpoint', `${testIssuer}/t/globex/oauth2/token`, []],
  ['nobody', undefined, []],
  ['an empty array', [], []],
];
const profiles: readonly Profile[] = ['standard', 'strict', 'oidc-core', 'fapi2-security'];

for (const profile of profiles) {
  test(`under ${profile} an assertion is taken for this server alone, as its profile says (RFC 7523 §3, FAPI 2.0 §5.3.2.1, SPN-4)`, async () => {
    // The tenant `default` has no path, so that the values above are those of the table; its profile is steered.
    const world = await openHarness();
    try {
      await world.addTenant({ id: 'globex' });
      const robot = await addAssertionClient(world, 'robot');
      const fresh = await world.store.tenants.find('default');
      assert.ok(fresh);
      await world.store.tenants.replace({ ...fresh, profile, version: fresh.version + 1 }, fresh.version, {});
      for (const [title, audience, accepted] of audiences) {
        const response = await robot.ask(await robot.assertion({ aud: audience }));
        // What else FAPI 2.0 demands of a token request is not this test's matter.
        if (accepted.includes(profile))
          assert.ok(profile === 'fapi2-security' ? response.status !== 401 : response.ok, title);
        else await refused(response, title);
      }
    } finally {
      await world.close();
    }
  });
}

test('an assertion for another tenant, of an equal client with an equal key, is refused (RFC 7523 §3, SPN-4)', async () => {
  const globex = await harness.addTenant({ id: 'globex' });
  await harness.addClient(
    client.id,
    {
      grant_types: ['client_credentials'],
      response_types: [],
      scope: 'api:read',
      default_scope: 'api:read',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [client.publicJwk] },
    },
    globex,
  );
  const form = async (aud: string) => ({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await client.assertion({ aud }),
  });
  await refused(await harness.post('/t/globex/oauth2/token', await form(testIssuer)));
  await refused(await harness.post('/oauth2/token', await form(`${testIssuer}/t/globex`)));
  assert.equal(
    (await harness.post('/t/globex/oauth2/token', await form(`${testIssuer}/t/globex`))).status,
    200,
  );
});

test('the jti works once, and not again until it has expired (RFC 7523 §3, ACC-2)', async () => {
  const jti = randomUUID();
  assert.equal((await client.ask(await client.assertion({ jti }))).status, 200);
  await refused(await client.ask(await client.assertion({ jti })));
  await refused(await client.ask(await client.assertion({ jti, iat: harness.clock.now() + 1 })));
});

test('one assertion sent 200 times in parallel authenticates once (RFC 7523 §3, ACC-2)', async () => {
  const assertion = await client.assertion();
  const answers = await Promise.all(Array.from({ length: 200 }, () => client.ask(assertion)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.equal(answers.filter(({ status }) => status === 401).length, 199);
});

test('two clients may use the same jti (RFC 7523 §3, ACC-2)', async () => {
  const other = await addAssertionClient(harness, 'robot-2');
  const jti = randomUUID();
  assert.equal((await client.ask(await client.assertion({ jti }))).status, 200);
  assert.equal((await other.ask(await other.assertion({ jti }))).status, 200);
});

test('a forged assertion claims nobody’s jti (RFC 7523 §3, ACC-2)', async () => {
  const jti = randomUUID();
  const { privateKey } = await generateKeyPair('ES256');
  const forged = await new SignJWT({ iss: client.id, sub: client.id, aud: testIssuer, jti })
    .setProtectedHeader({ alg: 'ES256', kid: String(client.publicJwk.kid) })
    .setExpirationTime(harness.clock.now() + 60)
    .sign(privateKey);
  await refused(await client.ask(forged));
  assert.equal((await client.ask(await client.assertion({ jti }))).status, 200);
});

test('an assertion outside its time is refused: expired, from the future, far ahead, old (RFC 7523 §3, SPN-4)', async () => {
  const now = harness.clock.now();
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, boolean])[] = [
    ['expired within the skew of 60 s', { exp: now - 50 }, true],
    ['expired', { exp: now - 70 }, false],
    ['no expiry', { exp: undefined }, false],
    ['valid for an hour', { exp: now + 3600 }, true],
    ['valid for two hours', { exp: now + 7200 }, false],
    ['valid for ever', { exp: Number.MAX_SAFE_INTEGER }, false],
    ['issued a little ahead of our clock', { iat: now + 50 }, true],
    ['issued in the future', { iat: now + 100 }, false],
    ['not valid yet', { nbf: now + 100 }, false],
    ['issued yesterday', { iat: now - 86_400 }, false],
    ['without iat', { iat: undefined }, true],
    ['a time as text', { exp: String(now + 60) }, false],
    ['a time with a fraction below a second', { exp: now + 60.5 }, true],
  ];
  for (const [title, claims, accepted] of cases) {
    const response = await client.ask(await client.assertion(claims));
    if (accepted) assert.equal(response.status, 200, title);
    else await refused(response, title);
  }
});

test('issuer and subject are the client, and jti is there and short (RFC 7523 §3, SPN-4)', async () => {
  for (const claims of [
    { iss: 'other' },
    { sub: 'other' },
    { iss: undefined },
    { sub: undefined },
    { jti: undefined },
    { jti: '' },
    { jti: 'x'.repeat(257) },
    { jti: 7 },
  ]) {
    await refused(await client.ask(await client.assertion(claims)), JSON.stringify(claims));
  }
  await refused(await client.ask(await client.assertion(), { client_id: 'another' }));
});

test('alg none, HS256 and key confusion never verify (RFC 8725 §3.1, §2.1, SPN-4)', async () => {
  const now = harness.clock.now();
  const claims = {
    iss: client.id,
    sub: client.id,
    aud: testIssuer,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
  };
  for (const alg of ['none', 'None', 'NONE', ''])
    await refused(await client.ask(forgeJwt({ alg }, claims)), alg);
  await refused(await client.ask(forgeJwt({ alg: 'none' }, claims, 'AAAA')));
  const publicKey = await importJWK(client.publicJwk as never, 'ES256');
  const secrets = [
    JSON.stringify(client.publicJwk),
    await exportSPKI(publicKey as never),
    Buffer.from(String(client.publicJwk.x), 'base64url'),
  ];
  for (const secret of secrets) {
    const unsigned = forgeJwt({ alg: 'HS256', kid: client.publicJwk.kid }, claims).slice(0, -1);
    const mac = createHmac('sha256', secret).update(unsigned).digest('base64url');
    await refused(await client.ask(`${unsigned}.${mac}`));
  }
});

test('a key that the assertion brings along, or one of another algorithm, is not ours to trust (RFC 8725 §3.1, SPN-4)', async () => {
  const own = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(own.publicKey);
  const now = harness.clock.now();
  const claims = { iss: client.id, sub: client.id, aud: testIssuer, exp: now + 60 };
  for (const header of [
    { jwk },
    { jku: 'https://evil.example/jwks' },
    { x5c: ['AAAA'] },
    { kid: 'unknown', jwk },
  ]) {
    const forged = await new SignJWT({ ...claims, jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', ...header })
      .sign(own.privateKey);
    await refused(await client.ask(forged));
  }
});

test('an unknown kid, another kind of token, and rubbish are refused alike (RFC 8725 §3.11, SPN-4)', async () => {
  await refused(await client.ask(await client.assertion({}, { kid: 'unknown' })));
  for (const typ of ['at+jwt', 'dpop+jwt', 'logout+jwt', 'oauth-authz-req+jwt']) {
    await refused(await client.ask(await client.assertion({}, { typ })), typ);
  }
  for (const typ of ['JWT', 'client-authentication+jwt']) {
    assert.equal((await client.ask(await client.assertion({}, { typ }))).status, 200, typ);
  }
  for (const text of ['x', 'a.b.c', '..', `${await client.assertion()}.x`, 'é', 'x'.repeat(20_000)]) {
    await refused(await client.ask(text));
  }
});

test('under fapi2-security RS256 is refused, also of a client registered before (FAPI 2.0 §5.4.1, SPN-4)', async () => {
  const tenant = await harness.addTenant({ id: 'bank' });
  const rsa = await addAssertionClient(harness, 'rsa', { algorithm: 'RS256', tenant });
  const pinned = await addAssertionClient(harness, 'pinned', {
    algorithm: 'RS256',
    tenant,
    metadata: { token_endpoint_auth_signing_alg: 'RS256' },
  });
  const good = await addAssertionClient(harness, 'good', { algorithm: 'PS256', tenant });
  for (const each of [rsa, pinned, good]) assert.equal((await each.ask(await each.assertion())).status, 200);
  const { secret } = await harness.addClient('basic', undefined, tenant);
  await harness.store.tenants.replace({ ...tenant, profile: 'fapi2-security', version: 2 }, 1, {});
  for (const each of [rsa, pinned]) await refused(await each.ask(await each.assertion()));
  assert.notEqual((await good.ask(await good.assertion())).status, 401);
  await refused(
    await harness.post(
      '/t/bank/oauth2/token',
      { grant_type: 'refresh_token' },
      { client: { id: 'basic', secret } },
    ),
    'a secret is no FAPI client authentication',
  );
});

test('a client takes no other algorithm than the one it registered (OpenID Connect Registration §2, SPN-4)', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'shared' };
  const both = await addAssertionClient(harness, 'one-alg', {
    metadata: { jwks: { keys: [jwk] }, token_endpoint_auth_signing_alg: 'PS256' },
  });
  const now = harness.clock.now();
  const signed = (alg: string) =>
    importJWKFor(privateKey, alg).then((key) =>
      new SignJWT({ iss: both.id, sub: both.id, aud: testIssuer, jti: randomUUID(), exp: now + 60 })
        .setProtectedHeader({ alg, kid: 'shared' })
        .sign(key),
    );
  await refused(await both.ask(await signed('RS256')));
  assert.equal((await both.ask(await signed('PS256'))).status, 200);
});

async function importJWKFor(key: Parameters<typeof exportSPKI>[0], alg: string) {
  return importJWK({ ...(await exportJWK(key)), alg });
}

test('a strict tenant’s own issuer is the one audience there (SPN-4)', async () => {
  const robot = await addAssertionClient(harness, 'strict-robot', { tenant: strict });
  assert.equal((await robot.ask(await robot.assertion())).status, 200);
  await refused(await robot.ask(await robot.assertion({ aud: testIssuer })));
  await refused(await robot.ask(await robot.assertion({ aud: `${testIssuer}/t/strict/oauth2/token` })));
});
