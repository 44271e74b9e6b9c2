import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ClaimMapping, mapClaims, parseClaimMappings } from './claim-mapping.ts';

const good = { claim: 'department', in: ['id_token'], attribute: 'department' };
const refused = (value: unknown) =>
  assert.throws(
    () => parseClaimMappings(value),
    { name: 'OAuthError', code: 'invalid_client_metadata' },
    JSON.stringify(value),
  );

describe('claim mappings', () => {
  it('takes a fixed value, an attribute or filtered groups, and gives back what it was given (OpenID Connect Core §5.1.2)', () => {
    const mappings = [
      good,
      { claim: 'https://example.com/plan', in: ['userinfo', 'access_token'], scope: 'plan', fixed: 'gold' },
      { claim: 'roles', in: ['access_token'], groups: { prefix: 'app-', strip: true } },
    ];
    assert.deepEqual(parseClaimMappings(mappings), mappings);
    assert.deepEqual(parseClaimMappings([{ claim: 'g', in: ['userinfo'], groups: {} }]), [
      { claim: 'g', in: ['userinfo'], groups: { prefix: '', strip: false } },
    ]);
  });

  it('refuses a claim that the protocol, this server or the standard gives a meaning (RFC 7519 §4, OpenID Connect Core §2, §5.1)', () => {
    for (const claim of [
      'iss',
      'sub',
      'aud',
      'exp',
      'cnf',
      'act',
      'acr',
      'nonce',
      'scope',
      'typ',
      'sid',
      'email',
    ]) {
      refused([{ ...good, claim }]);
    }
    for (const claim of ['', ' ', 'a b', '__proto__', 'constructor', 'x'.repeat(129), 'a\\u0000', 5, null]) {
      refused([{ ...good, claim }]);
    }
  });

  it('refuses anything but one source, known places and one scope, and two mappings of one claim in one place (OpenID Connect Registration §3.3)', () => {
    const bad: readonly unknown[] = [
      {},
      'text',
      [5],
      [{ ...good, fixed: 'x' }],
      [{ claim: 'x', in: ['id_token'] }],
      [{ ...good, in: [] }],
      [{ ...good, in: ['header'] }],
      [{ ...good, in: 'id_token' }],
      [{ ...good, scope: 'a b' }],
      [{ ...good, scope: '' }],
      [{ ...good, other: 1 }],
      [{ ...good, attribute: '' }],
      [{ claim: 'x', in: ['id_token'], fixed: { a: 1 } }],
      [{ claim: 'x', in: ['id_token'], fixed: [] }],
      [{ claim: 'x', in: ['id_token'], groups: { suffix: 'x' } }],
      [{ claim: 'x', in: ['id_token'], groups: { strip: 'yes' } }],
      [good, good],
      Array.from({ length: 51 }, (_, index) => ({ ...good, claim: `c${index}` })),
    ];
    for (const value of bad) refused(value);
  });

  const mappings: readonly ClaimMapping[] = [
    { claim: 'a', in: ['id_token'], fixed: 'always' },
    { claim: 'b', in: ['id_token'], scope: 'extra', fixed: 1 },
    { claim: 'c', in: ['id_token', 'userinfo'], attribute: 'cost_centre' },
    { claim: 'd', in: ['userinfo'], groups: { prefix: 'app-', strip: true } },
  ];
  const person = { attributes: { cost_centre: 'x7' }, groups: ['app-', 'app-admin', 'staff'] };

  it('gives each place its own claims, a scope only where it was granted, and never an empty one (OpenID Connect Core §5.3.2)', () => {
    assert.deepEqual(mapClaims(mappings, 'id_token', ['openid'], person), { a: 'always', c: 'x7' });
    assert.deepEqual(mapClaims(mappings, 'id_token', ['extra'], person), { a: 'always', b: 1, c: 'x7' });
    assert.deepEqual(mapClaims(mappings, 'userinfo', [], person), { c: 'x7', d: ['admin'] });
    assert.deepEqual(mapClaims(mappings, 'access_token', [], person), {});
    assert.deepEqual(mapClaims(mappings, 'userinfo', [], { attributes: {}, groups: ['staff'] }), {});
    assert.deepEqual(mapClaims(mappings, 'id_token', [], undefined), { a: 'always' });
  });

  it('inherited names are no attributes, and too many groups are refused rather than cut (RFC 7519 §4)', () => {
    const inherited: readonly ClaimMapping[] = [{ claim: 'x', in: ['id_token'], attribute: 'toString' }];
    assert.deepEqual(mapClaims(inherited, 'id_token', [], person), {});
    const groups = Array.from({ length: 201 }, (_, index) => `app-${index}`);
    assert.throws(() => mapClaims(mappings, 'userinfo', [], { attributes: {}, groups }), {
      code: 'server_error',
    });
  });
});
