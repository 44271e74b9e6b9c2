import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptsIntrospectionJwt, buildIntrospectionResponse } from './introspection-response.ts';

test('a signed introspection answer keeps the members inside one claim (RFC 9701 §5)', () => {
  const members = { active: true, sub: 'someone', exp: 2000, iss: 'https://as.example' };
  const built = buildIntrospectionResponse({
    key: { kid: 'k1', alg: 'RS256' },
    issuer: 'https://as.example',
    clientId: 'api',
    issuedAt: 1000,
    members,
  });
  assert.deepEqual(built, {
    header: { typ: 'token-introspection+jwt', alg: 'RS256', kid: 'k1' },
    claims: { iss: 'https://as.example', aud: 'api', iat: 1000, token_introspection: members },
  });
});

const jwt = 'application/token-introspection+jwt';
const accepted: readonly (readonly [string | null, boolean])[] = [
  [null, false],
  ['', false],
  ['*/*', false],
  ['application/*', false],
  ['application/json', false],
  ['application/jwt', false],
  [jwt, true],
  ['Application/Token-Introspection+JWT', true],
  [`application/json;q=0.5, ${jwt}`, true],
  [`application/json, ${jwt};q=0.5`, false],
  [`application/json;q=0.5, ${jwt};q=0.5`, true],
  [`${jwt};q=0`, false],
  [`${jwt};q=0.000`, false],
  [`${jwt}; charset=x; q=1.000`, true],
  [`${jwt};q=2`, false],
  [`${jwt};q=x`, false],
  [`${jwt}x`, false],
  [`x${jwt}`, false],
  [`${'a/b,'.repeat(1000)}${jwt}`, false],
];
for (const [accept, expected] of accepted) {
  const shown = accept === null ? 'absent' : accept.slice(0, 80);
  test(`Accept ${shown} ${expected ? 'asks' : 'does not ask'} for the signed form (RFC 9701 §4)`, () => {
    assert.equal(acceptsIntrospectionJwt(accept), expected);
  });
}
