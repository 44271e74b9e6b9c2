import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type KeyEndpoint, openKeyEndpoint } from '../clients/key-endpoint.test-support.ts';
import { type Harness, openHarness, testIssuer } from '../testing/harness.ts';
import { type AssertionClient, addAssertionClient } from './assertion.test-support.ts';

const loopback = { COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8' };
let endpoint: KeyEndpoint;
let harness: Harness;

before(async () => {
  endpoint = await openKeyEndpoint();
  harness = await openHarness(loopback);
});
after(async () => {
  endpoint.close();
  await harness.close();
});

const published = (url: string) => ({ jwks: undefined, jwks_uri: url });

async function refused(response: Response, title = ''): Promise<void> {
  assert.equal(response.status, 401, title);
  assert.deepEqual(
    await response.json(),
    { error: 'invalid_client', error_description: 'client authentication failed' },
    title,
  );
}

test('a client authenticates with a key behind its jwks_uri, and after a rotation with the new one (RFC 7591 §2, OpenID Connect Core §10.1.1)', async () => {
  const robot = await addAssertionClient(harness, 'robot', { metadata: published(endpoint.url) });
  endpoint.serve({ keys: [robot.publicJwk] });
  assert.equal((await robot.ask(await robot.assertion())).status, 200);

  const { privateKey, publicKey } = await generateKeyPair('ES256');
  endpoint.serve({ keys: [{ ...(await exportJWK(publicKey)), kid: 'next' }] });
  harness.clock.advance(11);
  const claims = {
    iss: robot.id,
    sub: robot.id,
    aud: testIssuer,
    jti: 'of-the-next-key',
    exp: harness.clock.now() + 60,
  };
  const assertion = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: 'next' })
    .sign(privateKey);
  assert.equal((await robot.ask(assertion)).status, 200);
  await refused(await robot.ask(await robot.assertion()), 'the key it withdrew');
});

test('an assertion with a forged kid looks like any other failure, and buys one call in ten seconds (RFC 7523 §3)', async () => {
  const robot = await addAssertionClient(harness, 'forged', { metadata: published(endpoint.url) });
  endpoint.serve({ keys: [robot.publicJwk] });
  const before = endpoint.calls;
  for (let attempt = 0; attempt < 10; attempt += 1) {
    await refused(await robot.ask(await robot.assertion({}, { kid: `unknown-${attempt}` })));
  }
  assert.equal(endpoint.calls, before + 1);
  assert.equal((await robot.ask(await robot.assertion())).status, 200);
});

test('a jwks_uri that leads inside, or that cannot be read, authenticates nobody, in the words of any other failure (RFC 7523 §3)', async () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['no network inside is allowed', {}],
    ['sealed', { ...loopback, COUNTERSIGN_OUTBOUND__SEALED: 'true' }],
  ];
  for (const [title, settings] of cases) {
    const world = await openHarness(settings);
    const robot: AssertionClient = await addAssertionClient(world, 'robot', {
      metadata: published(endpoint.url),
    });
    endpoint.serve({ keys: [robot.publicJwk] });
    const calls = endpoint.calls;
    await refused(await robot.ask(await robot.assertion()), title);
    assert.equal(endpoint.calls, calls, title);
    await world.close();
  }
});

test('a name that resolves inside on the second look is not called there: the keys of a client are no way in (RFC 9101 §10.4.1)', async () => {
  let looks = 0;
  const world = await openHarness(loopback, {
    resolve: async () => {
      looks += 1;
      return [looks === 1 ? '127.0.0.1' : '169.254.169.254'];
    },
  });
  const url = endpoint.url.replace('127.0.0.1', 'localhost');
  const robot = await addAssertionClient(world, 'robot', { metadata: published(url) });
  endpoint.serve({ keys: [robot.publicJwk] });
  assert.equal((await robot.ask(await robot.assertion())).status, 200);
  assert.equal(looks, 1);
  world.clock.advance(301);
  assert.equal((await robot.ask(await robot.assertion())).status, 200, 'by the copy');
  assert.equal(looks, 2);
  assert.match(world.logged.join(''), /"reason":"forbidden_address"/);
  await world.close();
});

test('a change of the registration takes effect at once: keys by value, and at another URL (RFC 7592 §2.2)', async () => {
  const robot = await addAssertionClient(harness, 'moving', { metadata: published(endpoint.url) });
  endpoint.serve({ keys: [robot.publicJwk] });
  assert.equal((await robot.ask(await robot.assertion())).status, 200);
  const record = await harness.store.clients.find(harness.tenant.id, robot.id);
  assert.ok(record);
  const empty = await openKeyEndpoint();
  const metadata = { ...record.metadata, jwksUri: empty.url };
  await harness.store.clients.replace(
    { ...record, metadata, version: record.version + 1 },
    record.version,
    {},
  );
  await refused(await robot.ask(await robot.assertion()));
  assert.equal(empty.calls, 1);
  empty.close();
});

test('a tenant with a path is named without the slash at its end: /t/a is not /t/a/ (RFC 7523 §3, OpenID Connect Core §9)', async () => {
  const tenant = await harness.addTenant({ id: 'acme' });
  const robot = await addAssertionClient(harness, 'robot', { tenant });
  const issuer = `${testIssuer}/t/acme`;
  for (const aud of [issuer, `${issuer}/oauth2/token`, [issuer]]) {
    assert.equal((await robot.ask(await robot.assertion({ aud }))).status, 200, String(aud));
  }
  for (const aud of [
    `${issuer}/`,
    `${issuer}/oauth2/token/`,
    `${issuer}x`,
    `${issuer}/..`,
    `${testIssuer}/t/ACME`,
    `${testIssuer}/t/acm`,
    testIssuer,
    [issuer, `${issuer}/oauth2/token`],
    [issuer, issuer],
    [],
  ]) {
    await refused(await robot.ask(await robot.assertion({ aud })), String(aud));
  }
});
