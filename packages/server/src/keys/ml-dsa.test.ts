import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { createFlow, type Flow, readJwt, webClient } from '../authorize/flow.test-support.ts';
import { ClientError } from '../clients/index.ts';
import { TenantError } from '../tenants/index.ts';
import { type Harness, openHarness, testIssuer } from '../testing/harness.ts';
import { openTestStore, type TestStore } from '../testing/store.ts';
import {
  byOperator,
  manage,
  pemOf,
  publishedKids,
  refusal,
  sign,
  states,
  verifies,
} from './manager.test-support.ts';

const names = ['ML-DSA-44', 'ML-DSA-65'] as const;
const on = { COUNTERSIGN_FEATURES__ML_DSA: 'true' };

let harness: Harness;
let flow: Flow;
let plain: Harness;
let opened: TestStore;

before(async () => {
  harness = await openHarness(on);
  flow = createFlow(harness);
  plain = await openHarness();
  opened = await openTestStore();
});
after(async () => {
  await harness.close();
  await plain.close();
  await opened.close();
});

interface Document {
  readonly issuer: string;
  readonly [member: string]: unknown;
}

async function documentOf(world: Harness, issuerPath = ''): Promise<Document> {
  return (await (await world.fetch(`${issuerPath}/.well-known/openid-configuration`)).json()) as Document;
}

async function keysOf(world: Harness, issuerPath = ''): Promise<JSONWebKeySet> {
  return (await (await world.fetch(`${issuerPath}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
}

for (const algorithm of names) {
  test(`tokens signed with ${algorithm} verify against the JWKS by an outside library, at_hash included (RFC 9964 §5, SPN-3)`, async () => {
    const id = algorithm.toLowerCase();
    const tenant = await harness.addTenant({ id }, { defaultSigningAlgorithm: algorithm });
    const client = await flow.client(
      {
        ...webClient,
        id_token_signed_response_alg: algorithm,
        userinfo_signed_response_alg: algorithm,
        introspection_signed_response_alg: algorithm,
      },
      tenant,
    );
    const person = await flow.person(tenant);
    const code = await flow.code(client, person, { scope: 'openid offline_access' });
    const form = { grant_type: 'authorization_code', code, redirect_uri: 'https://app.example/cb' };
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    const { status, body } = await flow.token(client, { ...form, code_verifier: verifier }, `/t/${id}`);
    assert.equal(status, 200);
    const issuer = `${testIssuer}/t/${id}`;
    const keys = createLocalJWKSet(await keysOf(harness, `/t/${id}`));
    const currentDate = new Date(harness.clock.now() * 1000);
    const expected = { issuer, algorithms: [algorithm], currentDate };
    const { protectedHeader } = await jwtVerify(body.access_token, keys, { ...expected, typ: 'at+jwt' });
    assert.match(protectedHeader.kid ?? '', new RegExp(`^production\\.${id}\\.${id}\\.v1\\.`));
    const idToken = await jwtVerify(body.id_token, keys, { ...expected, audience: client.id });
    assert.equal(Buffer.from(String(idToken.payload.at_hash), 'base64url').length, 32);
    const headers = { authorization: `Bearer ${body.access_token}` };
    const userinfo = await (await harness.fetch(`/t/${id}/oauth2/userinfo`, { headers })).text();
    await jwtVerify(userinfo, keys, { ...expected, audience: client.id });
    const introspected = await harness.post(
      `/t/${id}/oauth2/introspect`,
      { token: body.access_token },
      { client },
    );
    const told = await jwtVerify(await introspected.text(), keys, { ...expected, audience: client.id });
    assert.equal((told.payload.token_introspection as { active: boolean }).active, true);
  });
}

test('with the flag ML-DSA is advertised, and its keys are in the JWKS before they are named (RFC 9964 §3, SPN-3, SPN-16)', async () => {
  const document = await documentOf(harness);
  for (const member of ['id_token', 'userinfo', 'introspection']) {
    const listed = document[`${member}_signing_alg_values_supported`] as readonly string[];
    assert.deepEqual(listed.slice(-2), names);
  }
  const { keys } = await keysOf(harness);
  for (const [name, length] of [
    ['ML-DSA-44', 1312],
    ['ML-DSA-65', 1952],
  ] as const) {
    const key = keys.find(({ alg }) => alg === name) as Record<string, unknown> | undefined;
    assert.deepEqual(Object.keys(key ?? {}).sort(), ['alg', 'kid', 'kty', 'pub', 'use']);
    assert.equal(key?.kty, 'AKP');
    assert.equal(Buffer.from(String(key?.pub), 'base64url').length, length);
  }
  // What a client signs is not ours to be early with.
  assert.doesNotMatch(JSON.stringify(document.token_endpoint_auth_signing_alg_values_supported), /ML-DSA/);
});

test('without the flag ML-DSA is not advertised, not registered and no tenant setting, and the refusal names the switch (SPN-3, SPN-16)', async () => {
  assert.doesNotMatch(JSON.stringify([await documentOf(plain), await keysOf(plain)]), /ML-DSA|AKP/);
  for (const member of ['id_token', 'userinfo', 'introspection']) {
    const metadata = { ...webClient, [`${member}_signed_response_alg`]: 'ML-DSA-44' };
    await assert.rejects(
      plain.addClient(`wish-${member}`, metadata),
      (error: unknown) =>
        error instanceof ClientError &&
        error.message.includes(`${member}_signed_response_alg`) &&
        error.message.includes('features.mlDsa'),
    );
  }
  await assert.rejects(
    plain.changeTenant({ defaultSigningAlgorithm: 'ML-DSA-65' }),
    (error: unknown) => error instanceof TenantError && error.message.includes('features.mlDsa'),
  );
});

test('fapi2-security refuses ML-DSA, flag or not (FAPI 2.0 Security Profile §5.4, SPN-3)', async () => {
  await assert.rejects(
    harness.addTenant({ id: 'bank', profile: 'fapi2-security' }, { defaultSigningAlgorithm: 'ML-DSA-44' }),
    (error: unknown) => error instanceof TenantError && error.message.includes('forbids ML-DSA-44'),
  );
  const document = await documentOf(harness, '/t/bank');
  assert.doesNotMatch(JSON.stringify(document), /ML-DSA/);
});

test('a client cannot sign with ML-DSA itself (RFC 7523 §3)', async () => {
  for (const member of ['token_endpoint_auth_signing_alg', 'request_object_signing_alg']) {
    await assert.rejects(
      harness.addClient(`own-${member}`, { ...webClient, [member]: 'ML-DSA-44' }),
      ClientError,
    );
  }
});

test('an ML-DSA key rotates and is imported like any other (SPN-3)', async () => {
  const manager = manage(opened, { publishSeconds: 0 });
  const token = await sign(manager, 'acme', 'ML-DSA-44');
  const rotated = await manager.rotate('acme', 'ML-DSA-44', { ...byOperator, emergency: true });
  assert.equal(rotated.outcome, 'promoted');
  assert.equal(states(await manager.list('acme')), 'v1 retired, v2 current');
  assert.ok(await verifies(manager, 'acme', token));
  assert.ok(await verifies(manager, 'acme', await sign(manager, 'acme', 'ML-DSA-44')));
  const pem = pemOf(generateKeyPairSync('ml-dsa-44').privateKey);
  const imported = await manager.import('acme', 'ML-DSA-44', pem, byOperator);
  assert.match(imported.thumbprint, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(await refusal(manager.import('globex', 'ML-DSA-44', pem, byOperator)), 'duplicate_key');
  manager.close();
});

test('switched off, what ML-DSA signed is no longer believed, published or renewed; switched on again, it is (SPN-3)', async () => {
  const manager = manage(opened);
  const token = await sign(manager, 'initech', 'ML-DSA-65');
  const kids = await publishedKids(manager, 'initech');
  assert.equal(kids.length, 1);
  manager.close();

  opened.clock.advance(100 * 86_400);
  const off = manage(opened, { mlDsa: false });
  assert.deepEqual(await publishedKids(off, 'initech'), []);
  assert.equal(await verifies(off, 'initech', token), false);
  assert.equal(await refusal(off.signingKey('initech', 'ML-DSA-65')), 'disabled_algorithm');
  assert.equal(await refusal(off.rotate('initech', 'ML-DSA-65', byOperator)), 'disabled_algorithm');
  const pem = pemOf(generateKeyPairSync('ml-dsa-65').privateKey);
  assert.equal(await refusal(off.import('initech', 'ML-DSA-65', pem, byOperator)), 'disabled_algorithm');
  await off.tick();
  assert.equal(states(await off.list('initech')), 'v1 current', 'the schedule makes no key of it');
  off.close();

  const again = manage(opened);
  assert.deepEqual(await publishedKids(again, 'initech'), kids);
  assert.ok(await verifies(again, 'initech', token));
  again.close();
});

test('a token of a tenant whose algorithm was switched off is not issued with another (SPN-3)', async () => {
  const world = await openHarness();
  const { tenant } = world;
  const settings = { ...tenant.settings, defaultSigningAlgorithm: 'ML-DSA-44' as const };
  await world.store.tenants.replace({ ...tenant, settings, version: tenant.version + 1 }, tenant.version, {});
  const client = await world.addClient('job', {
    grant_types: ['client_credentials'],
    scope: 'read',
    default_scope: 'read',
    token_endpoint_auth_method: 'client_secret_basic',
  });
  const response = await world.post(
    '/oauth2/token',
    { grant_type: 'client_credentials' },
    { client: { id: 'job', secret: client.secret } },
  );
  assert.equal(response.status, 500);
  assert.equal(((await response.json()) as { error: string }).error, 'server_error');
  assert.match(world.logged.join('\n'), /features\.mlDsa/);
  assert.equal((await world.fetch('/.well-known/jwks.json')).status, 200);
  await world.close();
});

test('the token header tells which algorithm signed (RFC 9964 §5)', async () => {
  const client = await flow.client({ ...webClient, id_token_signed_response_alg: 'ML-DSA-44' });
  const { id_token, access_token } = await flow.tokens(client, await flow.person(), { scope: 'openid' });
  assert.equal(readJwt(id_token).header.alg, 'ML-DSA-44');
  assert.equal(readJwt(access_token).header.alg, 'ES256');
});
