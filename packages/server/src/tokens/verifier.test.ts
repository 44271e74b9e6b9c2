import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeJws, joinJws } from '@countersign/protocol/jose';
import { createFlow, type Flow, readJwt } from '../authorize/flow.test-support.ts';
import { type Harness, openHarness, serviceMetadata, testIssuer } from '../testing/harness.ts';

let harness: Harness;
let flow: Flow;
let client: Awaited<ReturnType<Flow['client']>>;
let good: ReturnType<typeof readJwt>;

before(async () => {
  harness = await openHarness();
  flow = createFlow(harness);
  client = await flow.client(serviceMetadata);
  good = readJwt((await flow.token(client, { grant_type: 'client_credentials' })).body.access_token);
});
after(() => harness.close());

/** The good token with changes, signed by the tenant's own key: only the rules of the verifier are left to refuse it. */
async function signed(
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
  tenant = 'default',
): Promise<string> {
  const key = await harness.app.keys.signingKey(tenant, 'ES256');
  const { signingInput } = encodeJws(
    { ...good.header, kid: key.kid, alg: 'ES256', ...header },
    { ...good.claims, ...claims },
  );
  return joinJws(signingInput, await key.sign(signingInput));
}

test('a token that we signed ourselves passes with the right type, issuer, times and subject alone (RFC 9068 §4, RFC 8725 §3.11, SPN-4)', async () => {
  const now = harness.clock.now();
  const cases: readonly (readonly [string, object, object, boolean])[] = [
    ['unchanged', {}, {}, true],
    ['the long form of the type', {}, { typ: 'application/at+jwt' }, true],
    ['another node a little ahead', { iat: now + 8 }, {}, true],
    ['without type', {}, { typ: undefined }, false],
    ['an ID token', {}, { typ: 'JWT' }, false],
    ['a logout token', {}, { typ: 'logout+jwt' }, false],
    ['a proof', {}, { typ: 'dpop+jwt' }, false],
    ['an introspection answer', {}, { typ: 'token-introspection+jwt' }, false],
    ['without kid', {}, { kid: undefined }, false],
    ['an unknown kid', {}, { kid: 'unknown' }, false],
    ['another issuer', { iss: `${testIssuer}/t/acme` }, {}, false],
    ['the issuer with a slash', { iss: `${testIssuer}/` }, {}, false],
    ['expired this second', { exp: now }, {}, false],
    ['without expiry', { exp: undefined }, {}, false],
    ['issued far in the future', { iat: now + 60, exp: now + 360 }, {}, false],
    ['not valid yet', { nbf: now + 60 }, {}, false],
    ['without jti', { jti: undefined }, {}, false],
    ['without audience', { aud: undefined }, {}, false],
    ['an unknown kind of subject', { typ: 'god' }, {}, false],
    ['an unknown client', { client_id: 'nobody' }, {}, false],
    ['an unknown subject', { sub: 'USR-default-unknown' }, {}, false],
    ['bound by a method we cannot check', { cnf: { kid: 'x' } }, {}, false],
  ];
  for (const [title, claims, header, accepted] of cases) {
    const token = await signed(
      { exp: now + 200, ...claims } as Record<string, unknown>,
      header as Record<string, unknown>,
    );
    assert.equal(await flow.isActive(client, token), accepted, title);
    assert.equal(await flow.isActive(client, token), accepted, `${title}, seen again`);
  }
});

test('a token signed by another tenant’s key never verifies for this one, whatever it says of itself (SPN-3)', async () => {
  await harness.addTenant({ id: 'acme' });
  assert.equal(await flow.isActive(client, await signed({}, {}, 'acme')), false);
  const { kid } = await harness.app.keys.signingKey('default', 'ES256');
  assert.equal(await flow.isActive(client, await signed({}, { kid }, 'acme')), false);
});

test('a token seen before dies with its key (SPN-3)', async () => {
  const token = await signed({ exp: harness.clock.now() + 86_400 * 30 });
  assert.ok(await flow.isActive(client, token));
  await harness.app.keys.rotate('default', 'ES256', { emergency: true, traceId: '', operator: 'ada' });
  assert.ok(await flow.isActive(client, token), 'retired keys still verify');
  harness.clock.advance(86_400 * 8);
  await harness.app.keys.tick();
  assert.equal(await flow.isActive(client, token), false);
});
