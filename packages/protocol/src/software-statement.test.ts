import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OAuthError } from './errors.ts';
import { makeKey, signJwt } from './jose/signing-keys.test-support.ts';
import {
  parseSoftwareStatement,
  type SoftwareStatementExpectation,
  verifySoftwareStatement,
} from './software-statement.ts';

const now = 1_800_000_000;
const key = makeKey('RS256', 'r1');
const other = makeKey('ES256', 'e1');
const claims = {
  iss: 'https://registry.example',
  client_name: 'Shop',
  redirect_uris: ['https://a.example/'],
};
const expected: SoftwareStatementExpectation = {
  keys: [key.jwk, other.jwk],
  audiences: ['https://id.example', 'https://id.example/oauth2/register'],
  now,
  skewSeconds: 60,
};
const refused = (error: unknown) =>
  error instanceof OAuthError && error.code === 'invalid_software_statement' && error.status === 400;

async function check(members: object, changed: Partial<SoftwareStatementExpectation> = {}, header = {}) {
  const statement = parseSoftwareStatement(signJwt(key, { ...claims, ...members }, header));
  await verifySoftwareStatement(statement, { ...expected, ...changed });
  return statement;
}

test('what a statement says of the client is told apart from what it says of itself (RFC 7591 §2.3)', async () => {
  const about = { sub: 'x', aud: 'https://id.example', exp: now + 60, nbf: now, iat: now, jti: 'j' };
  const statement = await check({ ...about, software_statement: 'nested' });
  assert.equal(statement.issuer, claims.iss);
  assert.deepEqual(statement.members, {
    client_name: 'Shop',
    redirect_uris: ['https://a.example/'],
  });
});

test('a statement without times and audience is good for ever and everywhere, as its issuer wants (RFC 7591 §2.3)', async () => {
  await check({});
  await check({}, {}, { typ: 'JWT' });
});

test('times and audience hold where they are given, with the clock that both sides may be off (RFC 7519 §4.1)', async () => {
  await check({ exp: now - 59, nbf: now + 59, iat: now + 59 });
  await check({ aud: ['https://elsewhere.example', 'https://id.example/oauth2/register'] });
  for (const members of [
    { exp: now - 60 },
    { exp: 'tomorrow' },
    { nbf: now + 61 },
    { iat: now + 61 },
    { aud: 'https://elsewhere.example' },
    { aud: 'https://id.example/' },
    { aud: [] },
    { aud: 5 },
    { iss: undefined },
    { iss: '' },
    { iss: 5 },
  ]) {
    await assert.rejects(check(members), refused, JSON.stringify(members));
  }
});

test('no other kind of token is taken for a statement, and no statement without a signature (RFC 8725 §3.11)', async () => {
  for (const typ of ['at+jwt', 'dpop+jwt', 'logout+jwt', 'oauth-authz-req+jwt', 'application/at+jwt']) {
    await assert.rejects(check({}, {}, { typ }), refused, typ);
  }
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  for (const alg of ['none', 'HS256']) {
    const header = Buffer.from(JSON.stringify({ alg })).toString('base64url');
    assert.throws(() => parseSoftwareStatement(`${header}.${payload}.`), refused);
    assert.throws(() => parseSoftwareStatement(`${header}.${payload}.AAAA`), refused);
  }
  await assert.rejects(check({}, {}, { crit: ['x'], x: 1 }), refused);
});

test('the signature is one of the keys given, by kid where one is named, and of its algorithm (RFC 7515 §5.2)', async () => {
  await assert.rejects(check({}, { keys: [] }), refused);
  await assert.rejects(check({}, { keys: [other.jwk] }), refused);
  await assert.rejects(check({}, { keys: [makeKey('RS256', 'r1').jwk] }), refused);
  await assert.rejects(check({}, {}, { kid: 'e1' }), refused);
  const statement = signJwt(key, claims);
  const [head, , signature] = statement.split('.');
  const forged = Buffer.from(JSON.stringify({ ...claims, client_name: 'Bank' })).toString('base64url');
  const parsed = parseSoftwareStatement(`${head}.${forged}.${signature}`);
  await assert.rejects(verifySoftwareStatement(parsed, expected), refused);
});

test('any text is a statement or refused with the registered code (RFC 7591 §3.2.2)', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `${text}.e30.AAAA`),
      ),
      (text) => {
        try {
          parseSoftwareStatement(text);
        } catch (error) {
          assert.ok(refused(error), String(error));
        }
      },
    ),
  );
  assert.throws(() => parseSoftwareStatement(signJwt(key, { ...claims, pad: 'x'.repeat(17_000) })), refused);
});
