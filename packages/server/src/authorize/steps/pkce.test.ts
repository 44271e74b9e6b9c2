import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Profile } from '../../storage/ports.ts';
import { resolveCodeChallenge } from './pkce.ts';
import { clientWith, contextOf, refuses, stepInput } from './step-input.test-support.ts';

const s256 = 'code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256';
const withoutPkce = clientWith({ require_pkce: false });

test('a challenge with S256 is taken (RFC 7636 §4.3)', () => {
  assert.deepEqual(resolveCodeChallenge(stepInput(s256)), {
    challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    method: 'S256',
  });
});

test('plain PKCE is refused, named or implied by the absence of a method, even of a client that needs none (CAP-1, RFC 7636 §4.3)', () => {
  for (const client of [clientWith(), withoutPkce]) {
    const plain = s256.replace('S256', 'plain');
    refuses(() => resolveCodeChallenge(stepInput(plain, { client })), 'invalid_request', 'pkce');
    const implied = s256.replace('&code_challenge_method=S256', '');
    refuses(() => resolveCodeChallenge(stepInput(implied, { client })), 'invalid_request', 'pkce');
    refuses(
      () => resolveCodeChallenge(stepInput('code_challenge_method=S256', { client })),
      'invalid_request',
      'pkce',
    );
    refuses(
      () => resolveCodeChallenge(stepInput(`${s256}AAAA`.replace('-cM', '-cMAAAA'), { client })),
      'invalid_request',
      'pkce',
    );
  }
});

test('a request without PKCE is refused by default (CAP-1, RFC 7636 §4.4.1)', () => {
  refuses(() => resolveCodeChallenge(stepInput('nonce=n')), 'invalid_request', 'pkce');
});

test('a confidential client registered without PKCE sends a nonce instead (architecture, decision 4; RFC 9700 §2.1.1)', () => {
  assert.equal(resolveCodeChallenge(stepInput('nonce=n', { client: withoutPkce })), null);
  refuses(() => resolveCodeChallenge(stepInput('', { client: withoutPkce })), 'invalid_request', 'pkce');
  refuses(
    () => resolveCodeChallenge(stepInput('nonce=', { client: withoutPkce })),
    'invalid_request',
    'pkce',
  );
  const context = contextOf('standard', { requireNonceWithoutPkce: false });
  assert.equal(resolveCodeChallenge(stepInput('', { client: withoutPkce, context })), null);
});

test('under oidc-core a confidential client needs neither challenge nor nonce, unless it is registered to need one (decision 4)', () => {
  const context = contextOf('oidc-core', { requireNonceWithoutPkce: false });
  assert.equal(resolveCodeChallenge(stepInput('', { client: clientWith({}, 'oidc-core'), context })), null);
  const strict = clientWith({ require_pkce: true }, 'oidc-core');
  refuses(() => resolveCodeChallenge(stepInput('', { client: strict, context })), 'invalid_request', 'pkce');
  const nonceWanted = contextOf('oidc-core', { requireNonceWithoutPkce: true });
  refuses(
    () => resolveCodeChallenge(stepInput('', { client: clientWith({}, 'oidc-core'), context: nonceWanted })),
    'invalid_request',
    'pkce',
  );
});

test('public and native clients always send a challenge, under every profile (RFC 8252 §6, RFC 9700 §2.1.1)', () => {
  const shapes = [{ token_endpoint_auth_method: 'none' }, { application_type: 'native' }];
  for (const profile of ['standard', 'oidc-core'] as const) {
    for (const shape of shapes) {
      const client = clientWith(shape, profile);
      // Even if the stored record said otherwise.
      const doctored = { ...client, metadata: { ...client.metadata, requirePkce: false } };
      const input = stepInput('nonce=n', { client: doctored, context: contextOf(profile) });
      refuses(() => resolveCodeChallenge(input), 'invalid_request', 'pkce');
    }
  }
});

test('strict and fapi2-security end an exception that was registered under another profile (decision 4)', () => {
  for (const profile of ['strict', 'fapi2-security'] satisfies Profile[]) {
    const input = stepInput('nonce=n', { client: withoutPkce, context: contextOf(profile) });
    refuses(() => resolveCodeChallenge(input), 'invalid_request', 'pkce');
  }
});
