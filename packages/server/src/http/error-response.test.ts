import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError } from '@countersign/protocol';
import { OverloadError } from '../overload.ts';
import { StorageError, type StorageErrorCode } from '../storage/error.ts';
import { createLogger } from '../telemetry/log.ts';
import { InsufficientScopeError, MissingTokenError } from './bearer-challenge.ts';
import type { RequestContext, Route } from './context.ts';
import { createErrorResponder, RateLimitError } from './error-response.ts';
import { createTestContext } from './pages/context.test-support.ts';
import { renderErrorPage } from './pages/index.ts';

const respond = createErrorResponder({ renderErrorPage });
const lines: string[] = [];
const base = createTestContext();
const context: RequestContext = {
  ...base,
  log: createLogger('debug', { write: (line) => lines.push(line) }),
};

type Refusing = Pick<Route, 'errors' | 'name' | 'challenge'>;
const oauth: Refusing = { errors: 'oauth', name: 'token' };
const resource: Refusing = { errors: 'oauth', name: 'userinfo', challenge: 'Bearer' };
const api: Refusing = { errors: 'api', name: 'api' };
const page: Refusing = { errors: 'page', name: 'authorize' };

function answer(error: unknown, route: Refusing = oauth, headers: Record<string, string> = {}): Response {
  return respond(error, route, new Request('http://localhost:9400/x', { headers }), context);
}

test('a protocol error goes out with its public half alone (RFC 6749 §5.2, SPN-4)', async () => {
  const response = answer(
    new OAuthError('invalid_grant', 'the code is not valid', { detail: 'PRIVATE', cause: 'CAUSE' }),
  );
  assert.equal(response.status, 400);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const text = await response.text();
  assert.deepEqual(JSON.parse(text), { error: 'invalid_grant', error_description: 'the code is not valid' });
});

test('a refusal by the profile names its feature and its help page (CAP-1)', async () => {
  const body = await answer(new OAuthError('invalid_request', 'no', { feature: 'pkce' })).json();
  assert.deepEqual(body, {
    error: 'invalid_request',
    error_description: 'no',
    feature: 'pkce',
    error_uri: `${context.issuer}/help/pkce`,
  });
});

test('our own APIs answer an error object (SPN-18)', async () => {
  const response = answer(new RateLimitError(1.2), api);
  assert.equal(response.status, 429);
  assert.equal(response.headers.get('retry-after'), '2');
  const { error } = (await response.json()) as { error: Record<string, string> };
  assert.equal(error.type, 'rate_limited');
  assert.equal(typeof error.message, 'string');
});

test('a store that does not answer is 503 with Retry-After, never a default (SPN-1)', async () => {
  for (const code of ['unavailable', 'full', 'read-only', 'incompatible'] satisfies StorageErrorCode[]) {
    const response = answer(new StorageError(code, 'SECRET /data/countersign.db'));
    assert.equal(response.status, 503, code);
    assert.match(response.headers.get('retry-after') ?? '', /^[1-9][0-9]*$/);
    const text = await response.text();
    assert.doesNotMatch(text, /SECRET|countersign\.db/);
    assert.match(text, /"error":"temporarily_unavailable"/);
  }
});

test('an overloaded pool is 503 with its own Retry-After (SPN-18)', () => {
  class Busy extends OverloadError {
    readonly code = 'busy';
    readonly retryAfterSeconds = 7;
  }
  const response = answer(new Busy('busy'));
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '7');
});

test('an unknown error is 500 with the trace id and neither message nor stack (SPN-17)', async () => {
  lines.length = 0;
  for (const error of [
    new TypeError('SECRET'),
    new StorageError('internal', 'SECRET'),
    'SECRET',
    undefined,
  ]) {
    for (const route of [oauth, api, page]) {
      const response = answer(error, route, { accept: 'application/json' });
      assert.equal(response.status, 500);
      const text = await response.text();
      assert.doesNotMatch(text, /SECRET|TypeError|at .*\.ts/);
      assert.ok(text.includes(context.traceId));
    }
  }
  assert.ok(lines.join('').includes('SECRET'), 'the operator finds the cause in the log');
});

test('a failed client authentication is challenged with Basic (RFC 6749 §5.2, SPN-4)', () => {
  const response = answer(new OAuthError('invalid_client', 'client authentication failed'));
  assert.equal(response.status, 401);
  assert.equal(response.headers.get('www-authenticate'), `Basic realm="${context.issuer}", charset="UTF-8"`);
  assert.equal(answer(new OAuthError('invalid_grant', 'no')).headers.get('www-authenticate'), null);
});

test('a resource challenges with Bearer and the error, on 400, 401 and 403 (RFC 6750 §3, SPN-5)', () => {
  const challengeOf = (error: unknown): string | null =>
    answer(error, resource).headers.get('www-authenticate');
  const realm = `Bearer realm="${context.issuer}"`;
  assert.equal(
    challengeOf(new OAuthError('invalid_token', 'expired "now"')),
    `${realm}, error="invalid_token", error_description="expired 'now'"`,
  );
  assert.equal(
    challengeOf(new InsufficientScopeError('openid')),
    `${realm}, error="insufficient_scope", error_description="the access token lacks the scope openid", scope="openid"`,
  );
  assert.match(challengeOf(new OAuthError('invalid_request', 'two')) ?? '', /error="invalid_request"/);
  assert.equal(challengeOf(new RateLimitError(1)), null);
  assert.equal(challengeOf(new StorageError('unavailable', '')), null);
});

test('without a token the challenge names no error (RFC 6750 §3, SPN-5)', () => {
  const response = answer(new MissingTokenError(), resource);
  assert.equal(response.status, 401);
  assert.equal(response.headers.get('www-authenticate'), `Bearer realm="${context.issuer}"`);
});

test('a person gets a page and a program JSON, by Accept (decision 7, CAP-1)', async () => {
  const error = new OAuthError('invalid_request', 'no', { feature: 'redirect_uri' });
  const html = answer(error, page, { accept: 'text/html,application/json;q=0.9' });
  assert.match(html.headers.get('content-type') ?? '', /^text\/html/);
  const json = answer(error, page, { accept: 'application/json' });
  assert.match(json.headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(html.status, json.status);
});
