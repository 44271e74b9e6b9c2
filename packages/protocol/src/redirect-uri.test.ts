import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OAuthError, type ProfileFeature } from './errors.ts';
import { isLoopbackHost, matchRedirectUri, parseRedirectUri } from './redirect-uri.ts';

const refusedFor = (feature: ProfileFeature) => (error: unknown) =>
  error instanceof OAuthError && error.code === 'invalid_redirect_uri' && error.feature === feature;

for (const uri of [
  'https://a.example/cb',
  'https://a.example',
  'https://a.example:8443/cb?x=1&y=*',
  'https://A.example/cb',
  'https://a.example:443/cb',
  'https://xn--bcher-kva.example/cb',
  'https://[2001:db8::1]/cb',
  'http://localhost:3000/cb',
  'http://127.0.0.1/cb',
  'http://[::1]:9/cb',
]) {
  test(`registers ${uri} for a web client, unchanged (RFC 6749 §3.1.2)`, () => {
    assert.equal(parseRedirectUri(uri, 'web'), uri);
  });
}

const refusals: readonly (readonly [string, string])[] = [
  ['that is relative', '/cb'],
  ['without scheme', 'a.example/cb'],
  ['that is empty', ''],
  ['with a fragment', 'https://a.example/cb#x'],
  ['with an empty fragment', 'https://a.example/cb#'],
  ['with a user', 'https://user@a.example/cb'],
  ['with a password', 'https://u:p@a.example/cb'],
  ['with an empty user', 'https://@a.example/cb'],
  ['with http on a public host', 'http://a.example/cb'],
  ['with http on a name that starts like loopback', 'http://localhost.a.example/cb'],
  ['with http on a name that ends like loopback', 'http://a.localhost/cb'],
  ['with http on another spelling of loopback', 'http://127.1/cb'],
  ['with http on a decimal loopback', 'http://2130706433/cb'],
  ['with http on another loopback address', 'http://127.0.0.2/cb'],
  ['with http on an unabbreviated loopback', 'http://[0:0:0:0:0:0:0:1]/cb'],
  ['with javascript', 'javascript:alert(1)'],
  ['with data', 'data:text/html,x'],
  ['with file', 'file:///etc/passwd'],
  ['with blob', 'blob:https://a.example/x'],
  ['with a backslash', 'https://a.example\\@b.example/cb'],
  ['with a missing slash', 'https:/a.example/cb'],
  ['with no slash', 'https:a.example/cb'],
  ['with an extra slash', 'https:///a.example/cb'],
  ['with a space', 'https://a.example/c b'],
  ['with a leading space', ' https://a.example/cb'],
  ['with a tab', 'https://a.exa\tmple/cb'],
  ['with a line feed', 'https://a.example/cb\n'],
  ['with a broken escape', 'https://a.example/%zz'],
  ['with an encoded host', 'https://a%2eexample/cb'],
  ['with characters outside ASCII', 'https://bücher.example/cb'],
  ['with dot segments', 'https://a.example/x/../cb'],
  ['with encoded dot segments', 'https://a.example/x/%2E%2e/cb'],
  ['with a port out of range', 'https://a.example:65536/cb'],
  ['longer than 2000 characters', `https://a.example/${'x'.repeat(2000)}`],
];
for (const [what, uri] of refusals) {
  test(`refuses a redirect URI ${what} (RFC 6749 §3.1.2, RFC 9700 §2.1)`, () => {
    for (const type of ['web', 'native'] as const) {
      assert.throws(() => parseRedirectUri(uri, type), refusedFor('redirect_uri'));
    }
  });
}

for (const uri of [
  'https://*.a.example/cb',
  'https://a.example/*',
  'https://a.example/%2A',
  'com.a.app:/*',
  '*',
]) {
  test(`refuses the wildcard in ${uri} by name (RFC 9700 §2.1, CAP-1)`, () => {
    assert.throws(() => parseRedirectUri(uri, 'native'), refusedFor('wildcard_redirect'));
  });
}

test('private-use schemes are reversed domain names and for native clients only (RFC 8252 §7.1, §8.4)', () => {
  for (const uri of ['com.example.app:/cb', 'com.example.app://cb/x', 'com.example.my-app:/oauth?x=1']) {
    assert.equal(parseRedirectUri(uri, 'native'), uri);
    assert.throws(() => parseRedirectUri(uri, 'web'), refusedFor('redirect_uri'));
  }
  for (const uri of ['myapp:/cb', 'myapp://cb', 'app.:/cb', 'com..app:/cb', 'urn:ietf:wg:oauth:2.0:oob']) {
    assert.throws(() => parseRedirectUri(uri, 'native'), refusedFor('redirect_uri'), uri);
  }
});

test('refuses or returns unchanged, on any text; what it returns a browser reads alike (RFC 9700 §4.1.3)', () => {
  const piece = fc.constantFrom(
    'https:',
    'http:',
    '//',
    '/',
    '\\',
    '@',
    '#',
    '?',
    '*',
    '.',
    '..',
    '%2e',
    ':',
    '80',
  );
  const text = fc.array(
    fc.oneof(piece, fc.constantFrom('localhost', '127.0.0.1', 'a.example', 'x'), fc.string()),
    { maxLength: 8 },
  );
  const any = fc.oneof(
    text.map((parts) => parts.join('')),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
  );
  fc.assert(
    fc.property(any, fc.constantFrom('web', 'native'), (uri, type) => {
      try {
        assert.equal(parseRedirectUri(uri, type), uri);
        const url = new URL(uri);
        assert.equal(url.hash + url.username + url.password, '');
        if (url.protocol === 'http:') assert.ok(isLoopbackHost(url.hostname));
        if (type === 'web') assert.match(url.protocol, /^https?:$/);
        assert.ok(matchRedirectUri([uri], uri, type));
      } catch (error) {
        assert.ok(error instanceof OAuthError && error.code === 'invalid_redirect_uri', String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test('matching is by character: no prefix, case, port, slash or query is forgiven (RFC 9700 §4.1.3, CAP-1)', () => {
  const registered = ['https://a.example/cb', 'http://127.0.0.1:3000/cb', 'http://localhost/cb'];
  assert.ok(matchRedirectUri(registered, 'https://a.example/cb', 'web'));
  for (const presented of [
    'https://a.example/cb/',
    'https://a.example/cb?x=1',
    'https://a.example/cb#',
    'https://a.example/c',
    'https://a.example/CB',
    'https://A.example/cb',
    'https://a.example:443/cb',
    'https://a.example.evil.example/cb',
    'https://a.example/cb/../x',
    'http://a.example/cb',
    'http://127.0.0.1:3001/cb',
    'http://127.0.0.1/cb',
    'http://localhost:1/cb',
    '',
  ]) {
    assert.equal(matchRedirectUri(registered, presented, 'web'), false, presented);
  }
});

test('a native client may change the port of a loopback URI and nothing else (RFC 8252 §7.3)', () => {
  const registered = [
    'http://127.0.0.1/cb',
    'http://[::1]:4000/cb?x=1',
    'http://localhost:1/',
    'https://a.example/cb',
  ];
  for (const presented of [
    'http://127.0.0.1:51004/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:1/cb?x=1',
    'http://[::1]/cb?x=1',
    'http://localhost:65535/',
  ]) {
    assert.equal(matchRedirectUri(registered, presented, 'native'), true, presented);
  }
  for (const presented of [
    'http://127.0.0.1:51004/cb2',
    'http://127.0.0.1:51004/cb/',
    'http://127.0.0.1:51004/cb?x=1',
    'http://127.0.0.1:0/cb',
    'http://127.0.0.1:65536/cb',
    'http://127.0.0.1:/cb',
    'http://127.0.0.1:80@evil.example/cb',
    'http://127.0.0.1:1.evil.example/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://127.0.0.2:1/cb',
    'https://127.0.0.1:1/cb',
    'http://[::1]:1/cb',
    'http://localhost:1/cb',
    'http://LOCALHOST:1/',
    'http://localhost:1',
    'https://a.example:8443/cb',
  ]) {
    assert.equal(matchRedirectUri(registered, presented, 'native'), false, presented);
  }
});

test('loopback hosts are three names (RFC 8252 §7.3)', () => {
  for (const host of ['127.0.0.1', '[::1]', '::1', 'localhost', 'LocalHost']) assert.ok(isLoopbackHost(host));
  for (const host of ['127.0.0.2', '0.0.0.0', 'localhost.', 'a.localhost', '[::ffff:127.0.0.1]', '']) {
    assert.equal(isLoopbackHost(host), false, host);
  }
});
