import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type Harness, openHarness, testIssuer } from '../testing/harness.ts';
import {
  createRegistrant,
  type Registrant,
  registrationOf,
  replaceable,
  shop,
} from './registration.test-support.ts';

const registry = 'https://registry.example';

let harness: Harness;
let registrant: Registrant;
let sign: (claims: JWTPayload, header?: Readonly<Record<string, unknown>>) => Promise<string>;
let forge: typeof sign;

async function makeSigner() {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'r1', alg: 'RS256', use: 'sig' };
  const signer = (claims: JWTPayload, header: Readonly<Record<string, unknown>> = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'r1', ...header }).sign(privateKey);
  return { jwk, signer };
}

before(async () => {
  harness = await openHarness();
  const trusted = await makeSigner();
  sign = trusted.signer;
  forge = (await makeSigner()).signer;
  await harness.changeTenant({
    dynamicRegistration: 'open',
    dynamicClients: {
      statementIssuers: [{ issuer: registry, jwks: { keys: [trusted.jwk] } as never }],
    },
  });
  registrant = createRegistrant(harness);
});
after(() => harness.close());

const now = () => harness.clock.now();
const statement = (claims: JWTPayload = {}) => sign({ iss: registry, ...claims });

test('what a trusted statement says stands over what the client says, and the statement comes back unmodified (RFC 7591 §2.3, §3.2.1)', async () => {
  const software_statement = await statement({
    client_name: 'Harbour Bank',
    software_id: 'harbour-1',
    logo_uri: 'https://cdn.example/harbour.png',
    scope: 'openid email',
    exp: now() + 60,
    aud: testIssuer,
  });
  const answer = await registrant.register({
    ...shop,
    client_name: 'Something else',
    logo_uri: 'https://shop.example/logo.png',
    policy_uri: 'https://elsewhere.example/policy',
    software_statement,
  });
  assert.equal(answer.status, 201);
  const { body } = answer;
  assert.deepEqual(
    [body.client_name, body.software_id, body.logo_uri, body.scope, body.redirect_uris],
    ['Harbour Bank', 'harbour-1', 'https://cdn.example/harbour.png', 'openid email', shop.redirect_uris],
  );
  assert.equal('policy_uri' in body, false, "what it does not vouch for is the client's own word");
  assert.equal(body.software_statement, software_statement);
  const read = await registrant.read(registrationOf(answer));
  assert.equal(read.body.software_statement, software_statement);
});

test("a statement grants no more than a client may have: no privilege, and no scope beyond the tenant's (RFC 7591 §5)", async () => {
  const software_statement = await statement({
    first_party: true,
    audiences: ['https://api.example/'],
    scope: 'openid introspect',
    client_id: 'chosen',
  });
  const { body } = await registrant.register({ ...shop, software_statement });
  assert.deepEqual([body.first_party, body.audiences, body.scope], [false, [], 'openid']);
  assert.notEqual(body.client_id, 'chosen');
  const bad = await statement({ redirect_uris: ['http://shop.example/'] });
  const refused = await registrant.register({ ...shop, software_statement: bad });
  assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_redirect_uri']);
});

test('a statement of an issuer that the tenant does not trust is not approved, whoever signed it (RFC 7591 §3.2.2)', async () => {
  const other = await harness.addTenant({ id: 'other' }, { dynamicRegistration: 'open' });
  const attempts = [
    await registrant.register({ ...shop, software_statement: await sign({ iss: `${registry}/` }) }),
    await registrant.register({ ...shop, software_statement: await forge({ iss: 'https://evil.example' }) }),
    await createRegistrant(harness, `/t/${other.id}`).register({
      ...shop,
      software_statement: await statement(),
    }),
  ];
  for (const { status, body } of attempts) {
    assert.deepEqual([status, body.error], [400, 'unapproved_software_statement']);
  }
});

test('a statement that is forged, expired, early, for somebody else or no statement at all is invalid (RFC 7591 §3.2.2, RFC 8725 §3.11)', async () => {
  const good = await statement();
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`;
  const invalid = [
    await forge({ iss: registry }),
    await statement({ exp: now() - 120 }),
    await statement({ nbf: now() + 120 }),
    await statement({ iat: now() + 120 }),
    await statement({ aud: 'https://elsewhere.example' }),
    await statement({ aud: `${testIssuer}/t/other` }),
    await sign({ iss: registry }, { typ: 'at+jwt' }),
    await sign({ iss: registry }, { kid: 'another' }),
    await sign({}),
    `${good.slice(0, -4)}AAAA`,
    unsigned,
    'x',
    'a.b.c',
    42,
    [good],
    {},
  ];
  for (const software_statement of invalid) {
    const { status, body } = await registrant.register({ ...shop, software_statement });
    assert.deepEqual(
      [status, body.error],
      [400, 'invalid_software_statement'],
      JSON.stringify(software_statement),
    );
  }
});

test('with an update the statement that it came with stays good after its time, another is verified, and none takes its word away (RFC 7592 §2.2)', async () => {
  const software_statement = await statement({
    exp: now() + 60,
    logo_uri: 'https://cdn.example/harbour.png',
  });
  const mine = await registrant.register({ ...shop, software_statement });
  assert.equal(mine.status, 201);
  harness.clock.advance(600);
  const kept = await registrant.replace(registrationOf(mine), replaceable(mine));
  assert.deepEqual(
    [kept.status, kept.body.logo_uri, kept.body.software_statement],
    [200, 'https://cdn.example/harbour.png', software_statement],
  );
  const late = await statement({ exp: now() - 120 });
  const refused = await registrant.replace(registrationOf(mine), {
    ...replaceable(mine),
    software_statement: late,
  });
  assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_software_statement']);
  const without = await registrant.replace(registrationOf(mine), {
    ...replaceable(mine),
    software_statement: undefined,
  });
  assert.equal(without.status, 200);
  assert.equal('software_statement' in without.body, false);
  assert.equal('logo_uri' in without.body, false, 'the link was vouched for, and no longer is');
});

test('an issuer that lost the trust of the tenant vouches for nothing any more, known statement or not (RFC 7591 §2.3)', async () => {
  const losing = await openHarness();
  try {
    const { jwk, signer } = await makeSigner();
    const issuers = [{ issuer: registry, jwks: { keys: [jwk] } as never }];
    await losing.changeTenant({ dynamicRegistration: 'open', dynamicClients: { statementIssuers: issuers } });
    const client = createRegistrant(losing);
    const mine = await client.register({ ...shop, software_statement: await signer({ iss: registry }) });
    assert.equal(mine.status, 201);
    await losing.changeTenant({ dynamicClients: { statementIssuers: [] } });
    const replaced = await client.replace(registrationOf(mine), replaceable(mine));
    assert.deepEqual([replaced.status, replaced.body.error], [400, 'unapproved_software_statement']);
  } finally {
    await losing.close();
  }
});
