import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { OAuthError, type OAuthErrorCode, toErrorDescription } from './errors.ts';

test('a description is printable ASCII without quote and backslash, at most 256 (RFC 6749 §5.2)', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.string()), (text) => {
      const description = toErrorDescription(text);
      assert.match(description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]{0,256}$/);
      assert.equal(toErrorDescription(description), description);
    }),
  );
  assert.equal(toErrorDescription('say "ü" \\ \r\n'), "say '?' ' ??");
});

test('the private half is in no text that a caller may see (architecture decision 7)', () => {
  const error = new OAuthError('invalid_grant', 'the code is not valid', {
    detail: 'code 17 was used by client x',
    cause: new TypeError('row 17'),
  });
  assert.equal(error.message, 'invalid_grant: the code is not valid');
  assert.equal(String(error), 'OAuthError: invalid_grant: the code is not valid');
  assert.equal(error.detail, 'code 17 was used by client x');
  assert.match(inspect(error.cause), /row 17/);
});

const statuses: readonly (readonly [OAuthErrorCode, number])[] = [
  ['invalid_request', 400],
  ['invalid_grant', 400],
  ['use_dpop_nonce', 400],
  ['invalid_dpop_proof', 400],
  ['invalid_client', 401],
  ['invalid_token', 401],
  ['insufficient_user_authentication', 401],
  ['insufficient_scope', 403],
  ['rate_limited', 429],
  ['server_error', 500],
  ['temporarily_unavailable', 503],
];
for (const [code, status] of statuses) {
  test(`${code} is answered with ${status} unless told otherwise (RFC 6749 §5.2, RFC 6750 §3.1)`, () => {
    assert.equal(new OAuthError(code, 'x').status, status);
    assert.equal(new OAuthError(code, 'x', { status: 418 }).status, 418);
  });
}
