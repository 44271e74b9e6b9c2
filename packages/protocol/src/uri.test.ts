import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasDotSegments, parseAbsoluteUri } from './uri.ts';

test('takes a URI apart as it was written (RFC 3986 §3)', () => {
  const parts = parseAbsoluteUri('HTTPS://A.example:443/x/../y?q#f');
  assert.ok(parts);
  const { scheme, authority, path, hasFragment } = parts;
  assert.deepEqual(
    { scheme, authority, path, hasFragment },
    { scheme: 'https', authority: 'A.example:443', path: '/x/../y', hasFragment: true },
  );
  assert.equal(parseAbsoluteUri('com.example.app:/cb?x')?.path, '/cb');
  assert.equal(parseAbsoluteUri('urn:a:b')?.authority, undefined);
});

for (const text of [
  'https:/a.example',
  'http://127.1/',
  'http://0x7f.1/',
  'https://a%2eexample/',
  'a',
  '//a/b',
  'https://',
]) {
  test(`refuses ${text}, which two readers take for different hosts or none (RFC 3986 §3.2.2)`, () => {
    assert.equal(parseAbsoluteUri(text), undefined);
  });
}

test('dot segments are seen through their encoding (RFC 3986 §5.2.4)', () => {
  for (const path of ['/..', '/a/./b', '/%2e', '/a/.%2E/b']) assert.equal(hasDotSegments(path), true, path);
  for (const path of ['', '/', '/a..b', '/...', '/.well-known', '/%252e'])
    assert.equal(hasDotSegments(path), false);
});

test('whatever is accepted for the web has the host that a browser sees (RFC 3986 §3.2.2)', () => {
  const text = fc.oneof(
    fc.webUrl(),
    fc.string(),
    fc.string({ unit: fc.constantFrom(...'https:/@.a1[]%2e\\?#') }).map((rest) => `https://${rest}`),
  );
  fc.assert(
    fc.property(text, (value) => {
      const parts = parseAbsoluteUri(value);
      if (parts === undefined || !/^https?$/.test(parts.scheme)) return;
      const host = (parts.authority ?? '').replace(/^.*@/, '').replace(/:[0-9]*$/, '');
      assert.equal(host.toLowerCase(), parts.url.hostname);
    }),
    { numRuns: 1000 },
  );
});
