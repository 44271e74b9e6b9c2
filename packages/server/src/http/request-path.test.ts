import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlainPath, pathOf } from './request-path.ts';

test('the path of a URL is what stands between authority and query', () => {
  assert.equal(pathOf('http://localhost:9400/oauth2/token'), '/oauth2/token');
  assert.equal(pathOf('http://localhost:9400/oauth2/token?x=/y?z'), '/oauth2/token');
  assert.equal(pathOf('http://localhost:9400/'), '/');
});

test('a path is served in one spelling: neither encoded nor one that a parser had to change (RFC 9110 §4.2.3, SPN-16)', () => {
  const at = (path: string): string => `http://localhost:9400${path}`;
  assert.ok(isPlainPath(at('/t/acme/login?next=%2F'), '/t/acme/login?next=%2F'));
  assert.ok(isPlainPath(at('/login'), undefined));
  assert.ok(!isPlainPath(at('/t%2facme/login'), '/t%2facme/login'));
  assert.ok(!isPlainPath(at('/lo%67in'), undefined));
  assert.ok(!isPlainPath(at('/login'), '/t/acme/../../login'));
  assert.ok(!isPlainPath(at('/login'), '/./login'));
  assert.ok(!isPlainPath(at('/t/a/login'), '/t/a\\login'));
});
