import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scopeOfClaim } from './standard-claims.ts';

test('each claim about a person belongs to one scope, in any language, and other claims to none (OpenID Connect Core §5.2, §5.4)', () => {
  assert.equal(scopeOfClaim('given_name'), 'profile');
  assert.equal(scopeOfClaim('family_name#ja-Kana-JP'), 'profile');
  assert.equal(scopeOfClaim('email_verified'), 'email');
  assert.equal(scopeOfClaim('phone_number'), 'phone');
  assert.equal(scopeOfClaim('address'), 'address');
  for (const name of [
    'sub',
    'acr',
    'auth_time',
    'email#',
    'constructor',
    '#',
    '',
    'https://example.com/email',
  ]) {
    assert.equal(scopeOfClaim(name), name === 'email#' ? 'email' : undefined, name);
  }
});
