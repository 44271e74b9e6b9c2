import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { JoseError } from './jose-error.ts';

const malformed = (error: unknown) => error instanceof JoseError && error.code === 'malformed';

test('decodes what it encodes, for every byte string (RFC 7515 §2)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.deepEqual(decodeBase64url(encodeBase64url(bytes)), new Uint8Array(bytes));
    }),
  );
});

test('accepts one spelling only for each byte string (RFC 4648 §3.5)', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      let bytes: Uint8Array;
      try {
        bytes = decodeBase64url(text);
      } catch (error) {
        assert.ok(malformed(error));
        return;
      }
      assert.equal(encodeBase64url(bytes), text);
    }),
  );
});

for (const [what, text] of [
  ['padding', 'QQ=='],
  ['white space', 'QU JD'],
  ['a line feed', 'QUJD\n'],
  ['the plain alphabet', '+/+/'],
  ['a length of 1 modulo 4', 'QUJDR'],
  ['non-zero trailing bits', 'QR'],
  ['characters outside ASCII', 'QUJĐ'],
] as const) {
  test(`refuses base64url with ${what} (RFC 7515 §2)`, () => {
    assert.throws(() => decodeBase64url(text), malformed);
  });
}

test('encodes a string as its UTF-8 bytes (RFC 7515 §2)', () => {
  assert.equal(encodeBase64url('ü'), 'w7w');
});
