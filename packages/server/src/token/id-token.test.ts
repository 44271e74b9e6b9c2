/** What the tokens of a person say. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import {
  answerOf,
  createFlow,
  encode,
  readJwt,
  redirectUri,
  requestOf,
  webClient,
} from '../authorize/flow.test-support.ts';
import { openHarness, testIssuer } from '../testing/harness.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const ada = await flow.person();
const client = await flow.client();

const claimsOf = (token: string) => readJwt(token).claims;

test('a real client discovers, pushes, signs in, redeems, verifies, refreshes and reads userinfo (OpenID Connect Core §3.1)', async () => {
  const options = {
    [oauth.customFetch]: (url: string, init: object) => harness.fetch(url, init as RequestInit),
    [oauth.allowInsecureRequests]: true,
  };
  const issuer = new URL(testIssuer);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
  const party: oauth.Client = { client_id: client.id };
  const authentication = oauth.ClientSecretBasic(client.secret ?? '');
  const codeVerifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = encode(
    requestOf(client.id, {
      scope: 'openid email offline_access',
      state,
      nonce,
      max_age: '600',
      code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
    }),
  );
  const pushing = await oauth.pushedAuthorizationRequest(
    server,
    party,
    authentication,
    new URLSearchParams(parameters),
    options,
  );
  const { request_uri } = await oauth.processPushedAuthorizationResponse(server, party, pushing);
  const response = await flow.authorize({ client_id: client.id, request_uri }, { cookie: ada.cookie });
  const callback = oauth.validateAuthResponse(
    server,
    party,
    new URL(response.headers.get('location') ?? ''),
    state,
  );
  const redeeming = await oauth.authorizationCodeGrantRequest(
    server,
    party,
    authentication,
    callback,
    redirectUri,
    codeVerifier,
    options,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, party, redeeming, {
    expectedNonce: nonce,
    maxAge: 600,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, redeeming, options);
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  assert.equal(claims?.sub, ada.subject.id);
  const userinfo = await oauth.userInfoRequest(server, party, tokens.access_token, options);
  const person = await oauth.processUserInfoResponse(server, party, ada.subject.id, userinfo);
  assert.equal(person.email, ada.subject.email);
  const refreshing = await oauth.refreshTokenGrantRequest(
    server,
    party,
    authentication,
    tokens.refresh_token ?? '',
    options,
  );
  const renewed = await oauth.processRefreshTokenResponse(server, party, refreshing);
  assert.equal(oauth.getValidatedIdTokenClaims(renewed)?.sub, ada.subject.id);
});

test('an id token is about the person, for the client, from the issuer, of this session (OpenID Connect Core §2)', async () => {
  const { id_token, access_token } = await flow.tokens(client, ada);
  const { header, claims } = readJwt(id_token);
  const set = await (await harness.fetch('/.well-known/jwks.json')).json();
  await jwtVerify(id_token, createLocalJWKSet(set as Parameters<typeof createLocalJWKSet>[0]), {
    issuer: testIssuer,
    audience: client.id,
    typ: 'JWT',
  });
  assert.equal(header.alg, 'ES256');
  assert.equal(claims.sub, ada.subject.id);
  assert.equal(claims.aud, client.id);
  assert.equal(claims.sid, ada.session.id);
  assert.equal(claims.acr, 'aal1');
  assert.deepEqual(claims.amr, ['pwd'], 'values of RFC 8176');
  assert.equal((claims.exp as number) - (claims.iat as number), 300);
  const half = createHash('sha256').update(access_token).digest().subarray(0, 16).toString('base64url');
  assert.equal(claims.at_hash, half);
  assert.equal('nonce' in claims, false);
});

test('a nonce is in the id token to the character, to 384 characters and beyond (OpenID Connect Core §2, protocol notes)', async () => {
  for (const nonce of ['n', `${'0'.repeat(370)}+/ %&=\u00fc\u{1f980}`, 'n'.repeat(384), 'n'.repeat(1024)]) {
    assert.equal(claimsOf((await flow.tokens(client, ada, { nonce })).id_token).nonce, nonce);
  }
  const refused = answerOf(
    await flow.authorize(requestOf(client.id, { nonce: 'n'.repeat(1025) }), { cookie: ada.cookie }),
  );
  assert.equal(refused.error, 'invalid_request');
});

test('auth_time is told when max_age, default_max_age or require_auth_time ask for it, and else not (OpenID Connect Core §2)', async () => {
  assert.equal('auth_time' in claimsOf((await flow.tokens(client, ada)).id_token), false);
  const asked = claimsOf((await flow.tokens(client, ada, { max_age: '3600' })).id_token);
  assert.equal(asked.auth_time, ada.session.authTime);
  for (const metadata of [{ default_max_age: 3600 }, { require_auth_time: true }]) {
    const wanting = await flow.client({ ...webClient, ...metadata });
    assert.equal(claimsOf((await flow.tokens(wanting, ada)).id_token).auth_time, ada.session.authTime);
  }
});

test('a refresh keeps auth_time, acr, amr and sid of the sign-in, and repeats no nonce (OpenID Connect Core §12.2, attack 10)', async () => {
  const first = await flow.tokens(client, ada, {
    scope: 'openid offline_access',
    max_age: '3600',
    nonce: 'once',
  });
  harness.clock.advance(100);
  const { body } = await flow.refresh(client, first.refresh_token);
  const [before, later] = [claimsOf(first.id_token), claimsOf(body.id_token)];
  for (const claim of ['iss', 'sub', 'aud', 'auth_time', 'acr', 'amr', 'sid'])
    assert.deepEqual(later[claim], before[claim], claim);
  assert.equal('nonce' in later, false);
  assert.ok((later.iat as number) >= (before.iat as number) + 100);
  assert.equal(claimsOf(body.access_token).auth_time, ada.session.authTime);
});

test('without openid there is no id token, at first or at a refresh (OpenID Connect Core §3.1.2.1)', async () => {
  const first = await flow.tokens(client, ada, { scope: 'profile offline_access' });
  assert.equal(first.id_token, undefined);
  assert.equal((await flow.refresh(client, first.refresh_token)).body.id_token, undefined);
});

test('an access token is a JWT of RFC 9068, and tokens carry the kind of their subject (SPN-12, RFC 9068 §2.1)', async () => {
  const { header, claims } = readJwt(
    (await flow.tokens(client, ada, { scope: 'openid profile' })).access_token,
  );
  assert.equal(header.typ, 'at+jwt');
  assert.deepEqual(Object.keys(claims).sort(), [
    'acr',
    'amr',
    'aud',
    'auth_time',
    'client_id',
    'exp',
    'grant_id',
    'iat',
    'iss',
    'jti',
    'scope',
    'sid',
    'sub',
    'typ',
  ]);
  assert.equal(claims.client_id, client.id);
  assert.equal(claims.sub, ada.subject.id);
  assert.equal(claims.typ, 'usr');
  assert.equal(claims.scope, 'openid profile');
  assert.equal(claims.aud, testIssuer);
});

test('a client with an algorithm of its own gets its id tokens in it (OpenID Connect Registration §2)', async () => {
  for (const id_token_signed_response_alg of ['PS256', 'EdDSA']) {
    const own = await flow.client({ ...webClient, id_token_signed_response_alg });
    const { id_token } = await flow.tokens(own, ada);
    assert.equal(readJwt(id_token).header.alg, id_token_signed_response_alg);
    const set = await (await harness.fetch('/.well-known/jwks.json')).json();
    await jwtVerify(id_token, createLocalJWKSet(set as Parameters<typeof createLocalJWKSet>[0]), {
      audience: own.id,
    });
  }
});

test('at_hash is the left half of the hash that the algorithm names, and no token response carries a c_hash (OpenID Connect Core §3.1.3.6, §3.3.2.11)', async () => {
  for (const [algorithm, digest] of [
    ['ES256', 'sha256'],
    ['RS256', 'sha256'],
    ['PS256', 'sha256'],
    ['EdDSA', 'sha512'],
  ] as const) {
    const own = await flow.client({ ...webClient, id_token_signed_response_alg: algorithm });
    const first = await flow.tokens(own, ada, { scope: 'openid offline_access' });
    const { body: second } = await flow.refresh(own, first.refresh_token);
    for (const { id_token, access_token } of [first, second]) {
      const { header, claims } = readJwt(id_token);
      assert.equal(header.alg, algorithm);
      const whole = createHash(digest).update(access_token, 'ascii').digest();
      assert.equal(claims.at_hash, whole.subarray(0, whole.length / 2).toString('base64url'), algorithm);
      assert.equal('c_hash' in claims, false);
      assert.equal('s_hash' in claims, false);
    }
  }
});

test('an opaque access token says nothing by itself, works at userinfo and introspection, and is told by at_hash (architecture, decision 5)', async () => {
  const opaque = await flow.client({ ...webClient, access_token_format: 'opaque' });
  const { access_token, id_token } = await flow.tokens(opaque, ada, { scope: 'openid email' });
  assert.match(access_token, /^cs_at_[A-Za-z0-9_-]{43}$/);
  const half = createHash('sha256').update(access_token).digest().subarray(0, 16).toString('base64url');
  assert.equal(claimsOf(id_token).at_hash, half);
  assert.equal(await flow.isActive(opaque, access_token), true);
  const userinfo = await harness.fetch('/oauth2/userinfo', {
    headers: { authorization: `Bearer ${access_token}` },
  });
  assert.equal(((await userinfo.json()) as { sub: string }).sub, ada.subject.id);
  harness.clock.advance(300);
  assert.equal(await flow.isActive(opaque, access_token), false);
});

test('an opaque access token ends when its code is used twice (RFC 6749 §4.1.2)', async () => {
  const opaque = await flow.client({ ...webClient, access_token_format: 'opaque' });
  const code = await flow.code(opaque, ada);
  const { access_token } = (await flow.redeem(opaque, code)).body;
  await flow.redeem(opaque, code);
  assert.equal(await flow.isActive(opaque, access_token), false);
});
