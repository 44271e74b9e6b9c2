import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientRecord } from '../../storage/ports.ts';
import type { Prompt } from '../request.ts';
import { resolveRequestedScope } from './scope.ts';
import { clientWith, refuses, stepInput } from './step-input.test-support.ts';

const refreshing = {
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid profile offline_access',
};

function resolve(
  scope: string | undefined,
  client: ClientRecord,
  prompt: readonly Prompt[] = [],
): readonly string[] {
  const query = scope === undefined ? '' : `scope=${encodeURIComponent(scope)}`;
  return resolveRequestedScope(stepInput(query, { client }), new Set(prompt));
}

test('scopes that are unknown or not allowed are dropped, order and the rest kept (RFC 6749 §3.3)', () => {
  assert.deepEqual(resolve('profile  admin openid profile', clientWith()), ['profile', 'openid']);
});

test('where no scope remains the request is invalid_scope (RFC 6749 §3.3)', () => {
  refuses(() => resolve('admin', clientWith()), 'invalid_scope');
  refuses(() => resolve('offline_access', clientWith(refreshing)), 'invalid_scope');
});

test('no scope asked means the default scope, and without a default invalid_scope (RFC 6749 §3.3)', () => {
  assert.deepEqual(resolve(undefined, clientWith({ default_scope: 'profile' })), ['profile']);
  refuses(() => resolve(undefined, clientWith()), 'invalid_scope');
});

test('a malformed scope is invalid_scope (RFC 6749 §3.3)', () => {
  refuses(() => resolve('openid "quoted"', clientWith()), 'invalid_scope');
  refuses(() => resolve('openid\tprofile', clientWith()), 'invalid_scope');
});

test('offline_access needs prompt=consent, unless the client is first-party (OpenID Connect Core §11)', () => {
  const asked = 'openid offline_access';
  assert.deepEqual(resolve(asked, clientWith(refreshing)), ['openid']);
  assert.deepEqual(resolve(asked, clientWith(refreshing), ['login']), ['openid']);
  assert.deepEqual(resolve(asked, clientWith(refreshing), ['consent']), ['openid', 'offline_access']);
  assert.deepEqual(resolve(asked, clientWith({ ...refreshing, first_party: true })), [
    'openid',
    'offline_access',
  ]);
});

test('offline_access is nothing to a client without the refresh grant (decision 5)', () => {
  const client = clientWith({ scope: refreshing.scope, first_party: true });
  assert.deepEqual(resolve('openid offline_access', client, ['consent']), ['openid']);
});
