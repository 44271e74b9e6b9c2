import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCallUrl } from './call-url.ts';

test('a host in a form that readers differ on is refused: http://127.1, http://0x7f.1, http://[::ffff:127.0.0.1] (RFC 3986 §7.4)', () => {
  for (const url of [
    'http://127.1/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://2130706433/',
    'http://127.0.0.1./',
    'http://[::ffff:127.0.0.1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[fe80::1%25eth0]/',
    'http://①27.0.0.1/',
    'http://%6cocalhost/',
    'https:/example.com/',
    'https:example.com',
    'https:///example.com',
    'https://exa\tmple.com/',
    'https://example.com\\@127.0.0.1/',
    ' https://example.com/',
  ]) {
    assert.throws(() => parseCallUrl(url), { code: 'forbidden_url' }, url);
  }
});

test('only http and https, without credentials and of bounded length', () => {
  for (const url of [
    'file:///etc/passwd',
    'ftp://example.com/',
    'gopher://example.com/',
    'data:,x',
    'urn:x:y',
    'https://user@example.com/',
    'https://user:password@example.com/',
    'https://@example.com/',
    `https://example.com/${'x'.repeat(2048)}`,
    '',
  ]) {
    assert.throws(() => parseCallUrl(url), { code: 'forbidden_url' }, url);
  }
  const { host, secure, isAddress } = parseCallUrl('https://EXAMPLE.com:8443/a?b=c');
  assert.deepEqual({ host, secure, isAddress }, { host: 'example.com', secure: true, isAddress: false });
  assert.equal(parseCallUrl('http://[::1]:80/').host, '::1');
  assert.equal(parseCallUrl('http://[::1]:80/').isAddress, true);
});
