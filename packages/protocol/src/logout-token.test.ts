import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError } from './errors.ts';
import { parseJws } from './jose/jws.ts';
import { makeKey, signJwt, signRaw } from './jose/signing-keys.test-support.ts';
import {
  buildLogoutToken,
  type LogoutTokenInput,
  parseLogoutToken,
  verifyLogoutToken,
} from './logout-token.ts';

const event = 'http://schemas.openid.net/event/backchannel-logout';
const now = 1_800_000_000;
const expected = { issuer: 'https://id.example', clientId: 'web', now, skewSeconds: 10 };
const key = makeKey('ES256', 'k1');
const input: LogoutTokenInput = {
  key: { kid: 'k1', alg: 'ES256' },
  issuer: 'https://id.example',
  clientId: 'web',
  subject: 'u1',
  sid: 's1',
  issuedAt: now,
  expiresAt: now + 120,
  jti: 'j1',
};
const { claims } = buildLogoutToken(input);
const refused = (error: unknown) => error instanceof OAuthError && error.code === 'invalid_request';

test('has the claims of the standard and no other: never a nonce (OpenID Connect Back-Channel Logout §2.4)', () => {
  assert.deepEqual(buildLogoutToken(input), {
    header: { typ: 'logout+jwt', alg: 'ES256', kid: 'k1' },
    claims: {
      ...{ iss: 'https://id.example', aud: 'web', iat: now, exp: now + 120, jti: 'j1', sub: 'u1', sid: 's1' },
      events: { [event]: {} },
    },
  });
});

test('names a subject, a session or both, and lives two minutes at most (OpenID Connect Back-Channel Logout §2.4)', () => {
  assert.equal('sub' in buildLogoutToken({ ...input, subject: undefined }).claims, false);
  assert.equal('sid' in buildLogoutToken({ ...input, sid: undefined }).claims, false);
  for (const wrong of [
    { subject: undefined, sid: undefined },
    { expiresAt: now + 121 },
    { expiresAt: now },
  ]) {
    assert.throws(() => buildLogoutToken({ ...input, ...wrong }), { code: 'server_error' });
  }
});

test('what was built is accepted, by type, signature and claims (OpenID Connect Back-Channel Logout §2.6)', async () => {
  for (const alg of ['ES256', 'EdDSA', 'RS256', 'PS256'] as const) {
    const own = makeKey(alg, 'k');
    const token = signJwt(own, claims, { typ: 'logout+jwt' });
    const keys = { keys: [key.jwk, own.jwk] };
    assert.deepEqual(await verifyLogoutToken(token, { ...expected, keys, algorithms: [alg] }), claims);
  }
});

test('a signature by another key, a forbidden algorithm or none is refused (OpenID Connect Back-Channel Logout §2.6)', async () => {
  const other = makeKey('ES256', 'k1');
  const header = { typ: 'logout+jwt' };
  const keys = { keys: [key.jwk] };
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [signJwt(other, claims, header), ['ES256']],
    [signJwt(key, claims, { ...header, kid: 'k2' }), ['ES256']],
    [signJwt(key, claims, header), ['RS256', 'EdDSA']],
    [signRaw(key, JSON.stringify({ ...header, alg: 'none' }), JSON.stringify(claims)), ['ES256', 'none']],
    ['not a token', ['ES256']],
  ];
  for (const [token, algorithms] of cases) {
    await assert.rejects(verifyLogoutToken(token, { ...expected, keys, algorithms }), refused);
  }
});

const parse = (
  change: Readonly<Record<string, unknown>>,
  typ: string | undefined = 'logout+jwt',
): ReturnType<typeof parseLogoutToken> =>
  parseLogoutToken(parseJws(signJwt(key, { ...claims, ...change }, { typ })), expected);

test('an audience list with this client, either name of who is meant, and clocks a little apart are accepted (OpenID Connect Back-Channel Logout §2.6)', () => {
  for (const change of [
    { aud: ['other', 'web'] },
    { sub: undefined },
    { sid: undefined },
    { iat: now + 10 },
    { exp: now - 9 },
    { events: { [event]: {}, 'https://events.example/more': {} } },
  ]) {
    assert.ok(parse(change));
  }
  assert.ok(parse({}, 'application/logout+jwt'));
});

const wrong: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'of another issuer': { iss: 'https://id.example/' },
  'for another client': { aud: 'webb' },
  'for nobody': { aud: [] },
  'from the future': { iat: now + 11 },
  'that has expired': { exp: now - 10 },
  'without exp': { exp: undefined },
  'without iat': { iat: undefined },
  'without jti': { jti: undefined },
  'with an endless jti': { jti: 'x'.repeat(257) },
  'without subject and session': { sub: undefined, sid: undefined },
  'with a nonce': { nonce: 'n' },
  'with an empty nonce': { nonce: '' },
  'without events': { events: undefined },
  'with events as a list': { events: [event] },
  'with another event': { events: { 'https://events.example/login': {} } },
  'with an event that is no object': { events: { [event]: true } },
};
for (const [what, change] of Object.entries(wrong)) {
  test(`refuses a logout token ${what} (OpenID Connect Back-Channel Logout §2.6)`, () => {
    assert.throws(() => parse(change), refused);
  });
}

test('a token of another type is no logout token, whatever its claims (OpenID Connect Back-Channel Logout §2.4, RFC 8725 §3.11)', () => {
  for (const typ of ['JWT', 'at+jwt', 'secevent+jwt', undefined]) {
    const token = signJwt(key, claims, typ === undefined ? {} : { typ });
    assert.throws(() => parseLogoutToken(parseJws(token), expected), refused, typ);
  }
});
