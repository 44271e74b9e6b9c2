import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError } from '@countersign/protocol';
import fc from 'fast-check';
import { createTestContext } from '../http/pages/context.test-support.ts';
import { postedForm } from './flow.test-support.ts';
import type { AnswerTarget } from './request.ts';
import { answerWithCode, answerWithError } from './respond.ts';
import { clientWith } from './steps/step-input.test-support.ts';

const context = createTestContext();
const request = new Request('http://localhost:9400/oauth2/authorize');

function target(change: Partial<AnswerTarget> = {}): AnswerTarget {
  return {
    client: clientWith(),
    redirectUri: 'https://app.example/cb',
    redirectUriSent: true,
    state: 'xyz',
    responseMode: 'query',
    uiLocales: [],
    display: 'page',
    ...change,
  };
}

const withCode = (change?: Partial<AnswerTarget>): Response =>
  answerWithCode(request, context, target(change), 'abc');
const byForm = { responseMode: 'form_post' } as const;
const locationOf = (response: Response): string => response.headers.get('location') ?? '';

test('a code is answered with state and iss by 303, not stored and not leaked by Referer (RFC 9207 §2, RFC 9700 §4.2.4, §4.12)', () => {
  const response = withCode();
  assert.equal(response.status, 303);
  assert.equal(
    locationOf(response),
    'https://app.example/cb?code=abc&state=xyz&iss=http%3A%2F%2Flocalhost%3A9400',
  );
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('referrer-policy'), 'no-referrer');
});

const error = new OAuthError('invalid_request', 'code_challenge is missing', {
  feature: 'pkce',
  detail: 'private',
});
const told = {
  error: 'invalid_request',
  error_description: 'code_challenge is missing',
  error_uri: 'http://localhost:9400/help/pkce',
  state: 'xyz',
  iss: 'http://localhost:9400',
};

test('an error carries state and iss too, and the page of its feature as error_uri (RFC 9207 §2, RFC 6749 §4.1.2.1, CAP-1)', () => {
  const answer = new URL(locationOf(answerWithError(request, context, target(), error))).searchParams;
  assert.deepEqual(Object.fromEntries(answer), told);
});

test('an absent state stays absent (RFC 6749 §4.1.2)', async () => {
  const response = withCode({ state: undefined });
  assert.equal(new URL(locationOf(response)).searchParams.has('state'), false);
  assert.deepEqual(Object.keys((await postedForm(withCode({ ...byForm, state: undefined }))).fields), [
    'code',
    'iss',
  ]);
});

test('the query of the registered redirect URI is kept as it is (RFC 6749 §3.1.2)', async () => {
  const redirectUri = 'https://app.example/cb?a=%20b&c';
  const location = locationOf(withCode({ redirectUri }));
  assert.ok(location.startsWith(`${redirectUri}&code=abc&`), location);
  assert.equal((await postedForm(withCode({ ...byForm, redirectUri }))).action, redirectUri);
});

test('any state comes back to the character and never breaks out of its parameter (RFC 6749 §4.1.2)', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2000 }), (state) => {
      const location = locationOf(withCode({ state }));
      const answer = new URL(location).searchParams;
      assert.equal(answer.get('state'), state);
      assert.deepEqual([...answer.keys()], ['code', 'state', 'iss']);
      assert.match(location, /^[\x21-\x7e]+$/);
    }),
  );
});

test('form_post is a page that posts code, state and iss to the redirect URI, stored nowhere (Form Post Response Mode §2, RFC 9207 §2)', async () => {
  const response = withCode(byForm);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('location'), null);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('referrer-policy'), 'no-referrer');
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  assert.deepEqual(await postedForm(response), {
    method: 'post',
    action: 'https://app.example/cb',
    fields: { code: 'abc', state: 'xyz', iss: 'http://localhost:9400' },
  });
});

test('a refusal under form_post is posted too (Form Post Response Mode §2)', async () => {
  const { action, fields } = await postedForm(answerWithError(request, context, target(byForm), error));
  assert.equal(action, 'https://app.example/cb');
  assert.deepEqual(fields, told);
});

test('the page of form_post may post to the origin of the redirect URI alone, and runs our one script (Form Post Response Mode §2)', async () => {
  const response = withCode(byForm);
  const policy = response.headers.get('content-security-policy') ?? '';
  assert.match(policy, /form-action 'self' https:;/);
  assert.match(policy, /script-src 'sha256-[A-Za-z0-9+/]{43}='/);
  assert.match(policy, /default-src 'none'/);
  const text = await response.text();
  assert.match(text, /<button>Continue<\/button>/, 'it works without the script');
  assert.ok(text.length < 20_000);
});

test('no state breaks out of the page of form_post, and each comes back to the character (Form Post Response Mode §2)', async () => {
  for (const state of [
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '</form><form action="https://evil.example/"><input name="code">',
    '&quot;&#34;&amp;',
    '--><!--',
    '{{7*7}}`',
    'javascript:alert(1)',
    '\u202e\ufeff\u0085\u{1f980}',
    ' \t ',
  ]) {
    const text = await withCode({ ...byForm, state })
      .clone()
      .text();
    assert.equal(text.match(/<form/g)?.length, 1, state);
    assert.equal(text.match(/<script/g)?.length, 1, state);
    assert.equal(text.match(/<input/g)?.length, 3, state);
    assert.equal(text.match(/<img/g), null, state);
    assert.equal((await postedForm(withCode({ ...byForm, state }))).fields.state, state);
  }
});

test('the page of form_post speaks the language that was asked for (OpenID Connect Core §3.1.2.1)', async () => {
  const text = await withCode({ ...byForm, uiLocales: ['de'] }).text();
  assert.match(text, /<html lang="de">/);
  assert.match(text, /<button>Weiter<\/button>/);
});
