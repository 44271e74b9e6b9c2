import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError } from '@countersign/protocol';
import fc from 'fast-check';
import { parseAuthorizationRequest, readAuthorizationRequest } from './parameters.ts';

const readable = 'client_id=web&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=xyz';

function refuses(encoded: string): void {
  assert.throws(() => parseAuthorizationRequest(encoded), OAuthError);
}

for (const [what, pair] of [
  ['a duplicate parameter', 'scope=openid&scope=profile'],
  ['a parameter that occurs with and without a value', 'nonce=a&nonce='],
  ['broken percent-encoding', 'login_hint=%zz'],
  ['a name with broken percent-encoding', '%=1'],
  ['invalid UTF-8', 'login_hint=%ff%fe'],
  ['an overlong UTF-8 form', 'login_hint=%c0%af'],
  ['a NUL character', 'login_hint=a%00b'],
  ['an unencoded character', 'login_hint=\u00e9'],
  ['a name that is too long', `${'a'.repeat(300)}=1`],
  ['too many parameters', Array.from({ length: 101 }, (_, index) => `p${index}=1`).join('&')],
] as const) {
  test(`${what} leaves client, redirect URI and state readable (RFC 6749 §3.1, §4.1.2.1)`, () => {
    const { parameters, malformed } = parseAuthorizationRequest(`${readable}&${pair}`);
    assert.equal(malformed?.code, 'invalid_request');
    assert.deepEqual([...parameters.names()].sort(), ['client_id', 'redirect_uri', 'state']);
    assert.equal(parameters.get('redirect_uri'), 'https://app.example/cb');
    assert.equal(parameters.get('state'), 'xyz');
  });
}

test('a state that occurs twice is not echoed, neither of them (RFC 6749 §3.1)', () => {
  const { parameters, malformed } = parseAuthorizationRequest(`${readable}&state=other`);
  assert.equal(malformed?.code, 'invalid_request');
  assert.equal(parameters.has('state'), false);
  assert.equal(parameters.get('client_id'), 'web');
});

test('what decides where the answer goes is never guessed at (RFC 6749 §4.1.2.1, CAP-1)', () => {
  refuses(`${readable}&client_id=web`);
  refuses(`${readable}&redirect_uri=https%3A%2F%2Fevil.example%2F`);
  refuses(`${readable}&redirect%5Furi=https%3A%2F%2Fevil.example%2F`);
  refuses(`${readable}&redirect_uri=`);
  refuses(`${readable}&request_uri=a&request_uri=b`);
  refuses('client_id=web&redirect_uri=https%3A%2F%2Fapp.example%2F%zz&scope=openid');
  refuses('client_id=we%00b&redirect_uri=https%3A%2F%2Fapp.example%2Fcb');
});

test('resource alone may occur more than once (RFC 8707 §2)', () => {
  const { parameters, malformed } = parseAuthorizationRequest(
    `${readable}&resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb`,
  );
  assert.equal(malformed, undefined);
  assert.deepEqual(parameters.all('resource'), ['https://a', 'https://b']);
  assert.equal(
    parseAuthorizationRequest(`${readable}&audience=a&audience=b`).malformed?.code,
    'invalid_request',
  );
});

test('an empty parameter is an absent one (RFC 6749 §3.1)', () => {
  const { parameters, malformed } = parseAuthorizationRequest(`${readable}&nonce=&prompt`);
  assert.equal(malformed, undefined);
  assert.equal(parameters.has('nonce'), false);
  assert.equal(parameters.has('prompt'), false);
});

test('any text is parsed or refused, and a redirect URI that is read is the only one sent', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'client_id=web',
      'redirect_uri=https://a',
      'redirect_uri=https://b',
      'state=1',
      'state=2',
      '%',
      '=',
      '&',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const encoded = pieces.join('&');
      try {
        const { parameters } = parseAuthorizationRequest(encoded);
        const sent = encoded.split('&').filter((pair) => pair.startsWith('redirect_uri='));
        assert.ok(sent.length <= 1);
        assert.ok(parameters.all('redirect_uri').length <= 1);
      } catch (error) {
        assert.ok(error instanceof OAuthError, String(error));
      }
    }),
  );
});

function post(body: string | Uint8Array<ArrayBuffer>, type = 'application/x-www-form-urlencoded'): Request {
  return new Request('http://localhost/oauth2/authorize?client_id=query', {
    method: 'POST',
    body,
    headers: { 'content-type': type },
  });
}

test('a POST is read from its body and from nowhere else (OpenID Connect Core §3.1.2.1)', async () => {
  const { parameters } = await readAuthorizationRequest(post('client_id=body'));
  assert.equal(parameters.get('client_id'), 'body');
  assert.equal((await readAuthorizationRequest(post('scope=openid'))).parameters.has('client_id'), false);
});

test('a POST of another content type, or of more than 64 KiB, is refused', async () => {
  await assert.rejects(readAuthorizationRequest(post('{}', 'application/json')), { code: 'invalid_request' });
  await assert.rejects(readAuthorizationRequest(post(`a=${'x'.repeat(65_536)}`)), {
    code: 'invalid_request',
    status: 413,
  });
});

test('bytes in a POST that are not UTF-8 are malformed, not mended', async () => {
  const body = Buffer.concat([Buffer.from(`${readable}&login_hint=`), Buffer.from([0xff, 0xfe])]);
  assert.equal((await readAuthorizationRequest(post(body))).malformed?.code, 'invalid_request');
});

test('a query of more than 64 KiB is refused', async () => {
  const request = new Request(`http://localhost/oauth2/authorize?state=${'x'.repeat(65_536)}`);
  await assert.rejects(readAuthorizationRequest(request), { code: 'invalid_request' });
});
