import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError } from '@countersign/protocol';
import fc from 'fast-check';
import { createTestContext } from '../http/pages/context.test-support.ts';
import type { AnswerTarget } from './request.ts';
import { redirectWithCode, redirectWithError } from './respond.ts';
import { clientWith } from './steps/step-input.test-support.ts';

const context = createTestContext();

function target(change: Partial<AnswerTarget> = {}): AnswerTarget {
  return {
    client: clientWith(),
    redirectUri: 'https://app.example/cb',
    redirectUriSent: true,
    state: 'xyz',
    ...change,
  };
}

const locationOf = (response: Response): string => response.headers.get('location') ?? '';

test('a code is answered with state and iss by 303, not stored and not leaked by Referer (RFC 9207 §2, RFC 9700 §4.2.4, §4.12)', () => {
  const response = redirectWithCode(context, target(), 'abc', new Headers());
  assert.equal(response.status, 303);
  assert.equal(
    locationOf(response),
    'https://app.example/cb?code=abc&state=xyz&iss=http%3A%2F%2Flocalhost%3A9400',
  );
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('referrer-policy'), 'no-referrer');
});

test('an error carries state and iss too, and the page of its feature as error_uri (RFC 9207 §2, RFC 6749 §4.1.2.1, CAP-1)', () => {
  const error = new OAuthError('invalid_request', 'code_challenge is missing', {
    feature: 'pkce',
    detail: 'private',
  });
  const answer = new URL(locationOf(redirectWithError(context, target(), error, new Headers()))).searchParams;
  assert.deepEqual(Object.fromEntries(answer), {
    error: 'invalid_request',
    error_description: 'code_challenge is missing',
    error_uri: 'http://localhost:9400/help/pkce',
    state: 'xyz',
    iss: 'http://localhost:9400',
  });
});

test('an absent state stays absent', () => {
  const response = redirectWithCode(context, target({ state: undefined }), 'abc', new Headers());
  assert.equal(new URL(locationOf(response)).searchParams.has('state'), false);
});

test('the query of the registered redirect URI is kept as it is (RFC 6749 §3.1.2)', () => {
  const redirectUri = 'https://app.example/cb?a=%20b&c';
  const location = locationOf(redirectWithCode(context, target({ redirectUri }), 'abc', new Headers()));
  assert.ok(location.startsWith(`${redirectUri}&code=abc&`), location);
});

test('any state comes back to the character and never breaks out of its parameter (RFC 6749 §4.1.2)', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2000 }), (state) => {
      const location = locationOf(redirectWithCode(context, target({ state }), 'abc', new Headers()));
      const answer = new URL(location).searchParams;
      assert.equal(answer.get('state'), state);
      assert.deepEqual([...answer.keys()], ['code', 'state', 'iss']);
      assert.match(location, /^[\x21-\x7e]+$/);
    }),
  );
});
