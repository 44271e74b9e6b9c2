import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OAuthError } from './errors.ts';
import { parseResource, resolveResources } from './resource.ts';

const refused = (error: unknown) => error instanceof OAuthError && error.code === 'invalid_target';

test('a resource is an absolute URI, taken as it is (RFC 8707 §2)', () => {
  for (const uri of [
    'https://api.example/',
    'https://api.example/app?tenant=1',
    'urn:example:orders',
    'api://orders',
  ]) {
    assert.equal(parseResource(uri), uri);
  }
});

for (const uri of [
  'orders',
  '/orders',
  '',
  'https://api.example/#x',
  'https://api.example/#',
  'https://u@api.example',
  'https:/api.example',
  'urn:é',
  `https://api.example/${'x'.repeat(2000)}`,
]) {
  test(`refuses the resource ${JSON.stringify(uri.slice(0, 30))} (RFC 8707 §2)`, () => {
    assert.throws(() => parseResource(uri), refused);
  });
}

test('parses or refuses any text (RFC 8707 §2)', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl({ withFragments: true })), (text) => {
      try {
        assert.equal(parseResource(text), text);
        assert.ok(!text.includes('#') && URL.canParse(text));
      } catch (error) {
        assert.ok(refused(error));
      }
    }),
  );
});

test('one resource outside what is allowed refuses the request; comparison is by character (RFC 8707 §2.2)', () => {
  const allowed = ['https://a.example/', 'https://b.example/'];
  const [a = '', b = ''] = allowed;
  assert.deepEqual(resolveResources({ requested: [b, a, b], allowed }), [b, a]);
  assert.deepEqual(resolveResources({ requested: [], allowed }), []);
  for (const other of ['https://a.example', 'https://A.example/', 'https://a.example/x']) {
    assert.throws(() => resolveResources({ requested: [a, other], allowed }), refused);
  }
  const many = Array.from({ length: 21 }, (_, index) => `https://r${index}.example/`);
  assert.throws(() => resolveResources({ requested: many, allowed: many }), refused);
});
