/** What the `claims` parameter decides: which claims, whose consent, which acr, whether auth_time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveAcr } from './acr.ts';
import { requiresAuthTime } from './auth-time.ts';
import { resolveClaims } from './claims.ts';
import { resolveConsentScope } from './consent-scope.ts';
import { clientWith, refuses, stepInput } from './step-input.test-support.ts';

const asking = (claims: unknown, more = '') =>
  `claims=${encodeURIComponent(JSON.stringify(claims))}${more === '' ? '' : `&${more}`}`;
const registered = clientWith({ scope: 'openid profile email' });
const claimsOf = (claims: unknown, client = registered) =>
  resolveClaims(stepInput(asking(claims), { client }));
const names = (list: readonly { readonly name: string }[] = []) => list.map(({ name }) => name);

test('an absent claims parameter is none, an unreadable one is refused (OpenID Connect Core §5.5)', () => {
  assert.equal(resolveClaims(stepInput('')), null);
  assert.equal(resolveClaims(stepInput('claims=')), null);
  for (const text of ['{', '[]', '{"id_token":[]}', '{"id_token":{"email":1}}', 'null']) {
    refuses(() => resolveClaims(stepInput(`claims=${encodeURIComponent(text)}`)), 'invalid_request');
  }
});

test('naming a claim gets a client nothing that the scope would not: what belongs to an unregistered scope is dropped (OpenID Connect Core §5.4, §5.5)', () => {
  const asked = { email: null, 'name#de': null, phone_number: { essential: true }, address: null, sub: null };
  const claims = claimsOf({
    userinfo: asked,
    id_token: { ...asked, acr: null, 'https://example.com/c': null },
  });
  assert.deepEqual(names(claims?.userinfo), ['email', 'name#de', 'sub']);
  assert.deepEqual(names(claims?.idToken), ['email', 'name#de', 'sub', 'acr', 'https://example.com/c']);
});

test('a claim asked for by name is allowed by the person as the scope it belongs to, once (OpenID Connect Core §5.5)', () => {
  const claims = claimsOf({
    userinfo: { email: null, given_name: null },
    id_token: { name: null, sub: null },
  });
  assert.deepEqual(resolveConsentScope(['openid', 'email'], claims), ['openid', 'email', 'profile']);
  assert.deepEqual(resolveConsentScope(['openid'], null), ['openid']);
  const dropped = claimsOf({ userinfo: { phone_number: { essential: true } } });
  assert.deepEqual(resolveConsentScope(['openid'], dropped), ['openid']);
});

test('auth_time comes with max_age, by registration, and when it is asked for in the ID token (OpenID Connect Core §2, §5.5.1, Registration §2)', () => {
  const input = stepInput('', { client: registered });
  assert.equal(requiresAuthTime(input, undefined, null), false);
  assert.equal(requiresAuthTime(input, 0, null), true);
  const strict = stepInput('', { client: clientWith({ require_auth_time: true }) });
  assert.equal(requiresAuthTime(strict, undefined, null), true);
  for (const how of [null, { essential: true }]) {
    assert.equal(requiresAuthTime(input, undefined, claimsOf({ id_token: { auth_time: how } })), true);
  }
  assert.equal(requiresAuthTime(input, undefined, claimsOf({ userinfo: { auth_time: null } })), false);
});

function acrOf(query: string, client = registered) {
  const input = stepInput(query, { client });
  return resolveAcr(input, resolveClaims(input));
}

test('acr is wished for by acr_values, else by default_acr_values of the client (OpenID Connect Core §3.1.2.1, Registration §2)', () => {
  const client = clientWith({ default_acr_values: ['silver'] });
  assert.equal(acrOf(''), null);
  assert.deepEqual(acrOf('acr_values=gold++aal1'), { wanted: ['gold', 'aal1'], essential: false });
  assert.deepEqual(acrOf('', client), { wanted: ['silver'], essential: false });
  assert.deepEqual(acrOf('acr_values=gold', client), { wanted: ['gold'], essential: false });
  assert.equal(acrOf(`acr_values=${'x+'.repeat(500)}`)?.wanted.length, 20);
});

test('an acr claim with values goes before both, and alone can be essential (OpenID Connect Core §5.5.1.1)', () => {
  const client = clientWith({ default_acr_values: ['silver'] });
  const claim = (acr: unknown) => acrOf(asking({ id_token: { acr } }, 'acr_values=gold'), client);
  assert.deepEqual(claim({ values: ['aal2', 'aal1'] }), { wanted: ['aal2', 'aal1'], essential: false });
  assert.deepEqual(claim({ essential: true, value: 'aal2' }), { wanted: ['aal2'], essential: true });
  assert.deepEqual(claim({ essential: true, value: 'aal1', values: ['aal2', 'aal1'] }), {
    wanted: ['aal1'],
    essential: true,
  });
  assert.deepEqual(claim({ essential: true, value: 'aal1', values: ['aal2'] }), {
    wanted: [],
    essential: true,
  });
});

test('an acr claim that names no value asks only to be told, and one for userinfo asks nothing of the sign-in (OpenID Connect Core §5.5.1.1)', () => {
  for (const acr of [null, {}, { essential: true }]) {
    assert.equal(acrOf(asking({ id_token: { acr } })), null);
  }
  assert.equal(acrOf(asking({ userinfo: { acr: { essential: true, values: ['gold'] } } })), null);
});
