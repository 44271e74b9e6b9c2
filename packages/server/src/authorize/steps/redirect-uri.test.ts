import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseParameters } from '@countersign/protocol';
import type { ClientRecord, Profile } from '../../storage/ports.ts';
import { resolveRedirectUri } from './redirect-uri.ts';
import { clientWith, contextOf, refuses } from './step-input.test-support.ts';

function resolve(
  query: Record<string, string>,
  client: ClientRecord = clientWith(),
  profile: Profile = 'standard',
) {
  return resolveRedirectUri(
    parseParameters(new URLSearchParams(query).toString()),
    client,
    contextOf(profile),
  );
}

test('a registered redirect URI is taken as it stands (RFC 6749 §3.1.2.3)', () => {
  assert.deepEqual(resolve({ redirect_uri: 'https://app.example/cb' }), {
    redirectUri: 'https://app.example/cb',
    redirectUriSent: true,
  });
});

test('nothing but the same string is a registered redirect URI (CAP-1, RFC 9700 §2.1)', () => {
  for (const redirect_uri of [
    'https://app.example/cb/',
    'https://app.example/cb?x=1',
    'https://app.example/cb#',
    'https://app.example/CB',
    'https://APP.example/cb',
    'https://app.example:443/cb',
    'http://app.example/cb',
    'https://app.example/x/../cb',
    'https://app.example/c%62',
    'https://app.example@evil.example/cb',
    'https://app.example.evil.example/cb',
    ' https://app.example/cb',
    'https://app.example/cb\n',
    '//app.example/cb',
    '/cb',
    'javascript:alert(1)',
  ]) {
    refuses(() => resolve({ redirect_uri }), 'invalid_profile_usage', 'redirect_uri');
  }
});

test('a native client may use any port on the loopback it registered, a web client may not (RFC 8252 §7.3)', () => {
  const uris = { redirect_uris: ['http://127.0.0.1/cb'] };
  const presented = { redirect_uri: 'http://127.0.0.1:51004/cb' };
  const native = clientWith({ ...uris, application_type: 'native', token_endpoint_auth_method: 'none' });
  assert.equal(resolve(presented, native).redirectUri, presented.redirect_uri);
  refuses(() => resolve(presented, clientWith(uris)), 'invalid_profile_usage', 'redirect_uri');
  refuses(
    () => resolve({ redirect_uri: 'http://localhost:51004/cb' }, native),
    'invalid_profile_usage',
    'redirect_uri',
  );
});

test('without redirect_uri the only registered one is meant, and it is remembered that none was sent (RFC 6749 §3.1.2.3)', () => {
  assert.deepEqual(resolve({ scope: 'profile' }), {
    redirectUri: 'https://app.example/cb',
    redirectUriSent: false,
  });
  const two = clientWith({ redirect_uris: ['https://app.example/a', 'https://app.example/b'] });
  refuses(() => resolve({ scope: 'profile' }, two), 'invalid_profile_usage', 'redirect_uri');
});

test('redirect_uri is required with openid and under strict (OpenID Connect Core §3.1.2.1)', () => {
  refuses(() => resolve({ scope: 'profile openid' }), 'invalid_profile_usage', 'redirect_uri');
  refuses(
    () => resolve({ scope: 'profile' }, clientWith(), 'strict'),
    'invalid_profile_usage',
    'redirect_uri',
  );
});
