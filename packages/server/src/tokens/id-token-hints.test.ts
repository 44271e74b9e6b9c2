import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, test } from 'node:test';
import { encodeJws, joinJws, type SigningAlgorithmName } from '@countersign/protocol/jose';
import { createFlow, readJwt } from '../authorize/flow.test-support.ts';
import { openHarness, testIssuer } from '../testing/harness.ts';
import { createIdTokenHints } from './id-token-hints.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const { keys } = harness.app;
const hints = createIdTokenHints({ keys });
const acme = await harness.addTenant({ id: 'acme' });
const ada = await flow.person();
const client = await flow.client();
const { id_token: good, access_token: accessToken } = await flow.tokens(client, ada);
const { header, claims } = readJwt(good);

const verify = (hint: string, tenant = harness.tenant, issuer = testIssuer) =>
  hints.verify(tenant, issuer, hint, harness.clock.now());

/** The good token with changes, signed by a key of the tenant: only the rules for hints are left to refuse it. */
async function signed(
  claimChanges: Readonly<Record<string, unknown>>,
  headerChanges: Readonly<Record<string, unknown>> = {},
  tenant = 'default',
  algorithm: SigningAlgorithmName = 'ES256',
): Promise<string> {
  const key = await keys.signingKey(tenant, algorithm);
  const { signingInput } = encodeJws(
    { ...header, alg: algorithm, kid: key.kid, ...headerChanges },
    { ...claims, ...claimChanges },
  );
  return joinJws(signingInput, await key.sign(signingInput));
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('an id token of ours is a hint, with the claims it was issued with (OpenID Connect Core §3.1.2.1)', async () => {
  assert.deepEqual(await verify(good), claims);
});

for (const algorithm of ['ES256', 'EdDSA', 'RS256', 'PS256'] as const) {
  test(`an id token signed with ${algorithm} is a hint (OpenID Connect Core §3.1.2.1)`, async () => {
    const hint = await signed({}, {}, 'default', algorithm);
    assert.equal((await verify(hint))?.sub, ada.subject.id);
  });
}

test('what was issued under another issuer, to nobody, or is no id token is not a hint, though we signed it (RFC 8725 §3.9, §3.11, attack 1)', async () => {
  const now = harness.clock.now();
  for (const [title, claimChanges, headerChanges] of [
    ['another issuer', { iss: `${testIssuer}/t/acme` }, {}],
    ['the issuer with a slash', { iss: `${testIssuer}/` }, {}],
    ['two audiences', { aud: [client.id, 'other'] }, {}],
    ['no audience', { aud: undefined }, {}],
    ['no subject', { sub: undefined }, {}],
    ['no expiry', { exp: undefined }, {}],
    ['issued in the future', { iat: now + 60 }, {}],
    ['an access token', {}, { typ: 'at+jwt' }],
    ['a logout token', {}, { typ: 'logout+jwt' }],
    ['a request object', {}, { typ: 'oauth-authz-req+jwt' }],
    ['an introspection answer', {}, { typ: 'token-introspection+jwt' }],
    ['without kid', {}, { kid: undefined }],
    ['an unknown kid', {}, { kid: 'unknown' }],
  ] as const) {
    assert.equal(await verify(await signed(claimChanges, headerChanges)), undefined, title);
  }
  assert.equal(await verify(accessToken), undefined, 'an access token as it is issued');
});

test('a hint that was modified, unsigned or signed by anybody else is none (RFC 7515 §5.2, RFC 8725 §3.1)', async () => {
  const [head = '', , signature = ''] = good.split('.');
  const payload = part({ ...claims, sub: 'USR-default-other' });
  const unsigned = part({ alg: 'none', kid: header.kid, typ: 'JWT' });
  const symmetric = `${part({ alg: 'HS256', kid: header.kid, typ: 'JWT' })}.${payload}`;
  const { keys: published } = (await keys.published('default')).jwks;
  const publicKey = JSON.stringify(published.find(({ kid }) => kid === header.kid));
  for (const [title, hint] of [
    ['another payload', `${head}.${payload}.${signature}`],
    ['alg none', `${unsigned}.${payload}.`],
    ['alg none with the old signature', `${unsigned}.${payload}.${signature}`],
    [
      'HMAC by the public key',
      `${symmetric}.${createHmac('sha256', publicKey).update(symmetric).digest('base64url')}`,
    ],
    ['no signature', `${head}.${payload}.`],
    ['two parts', `${head}.${payload}`],
    ['five parts, as when encrypted', `${good}.a.b`],
    ['not a token', 'hint'],
    ['nothing', ''],
    ['a megabyte', 'a'.repeat(1_048_576)],
    ['a longer signature', `${good}AA`],
    ['a digest instead', createHash('sha256').update(good).digest('base64url')],
  ] as const) {
    assert.equal(await verify(hint), undefined, title);
  }
});

test('a hint of one tenant is none at another, under either issuer, though the client id is the same (attack 9)', async () => {
  const issuer = `${testIssuer}/t/acme`;
  assert.equal(await verify(good, acme, issuer), undefined);
  assert.equal(await verify(good, acme, testIssuer), undefined);
  const theirs = await signed({ iss: issuer }, {}, 'acme');
  assert.equal((await verify(theirs, acme, issuer))?.sub, ada.subject.id);
  assert.equal(await verify(theirs), undefined);
  assert.equal(await verify(await signed({}, {}, 'acme')), undefined, 'our issuer, their key');
  assert.equal(await verify(await signed({}, { kid: header.kid }, 'acme')), undefined, 'under our kid');
});

test('a hint is accepted expired and after its key was replaced, until the key is no longer published (OpenID Connect Core §3.1.2.1, SPN-3)', async () => {
  await keys.rotate('default', 'ES256', { emergency: true, traceId: '', operator: 'ada' });
  harness.clock.advance(86_400);
  assert.ok((claims.exp as number) < harness.clock.now());
  assert.deepEqual(await verify(good), claims);
  harness.clock.advance(7 * 86_400);
  await keys.tick();
  assert.equal(await verify(good), undefined);
});
