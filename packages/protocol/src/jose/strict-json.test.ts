import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JoseError, type JoseErrorCode } from './jose-error.ts';
import { parseStrictJson, parseStrictJsonObject } from './strict-json.ts';

const refusedAs = (code: JoseErrorCode) => (error: unknown) =>
  error instanceof JoseError && error.code === code;

const refusals: readonly (readonly [string, string, JoseErrorCode])[] = [
  ['a member that occurs twice', '{"a":1,"a":1}', 'duplicate_member'],
  ['a member that occurs twice under an escape', '{"alg":1,"\\u0061lg":2}', 'duplicate_member'],
  ['a nested member that occurs twice', '{"a":[{"b":1,"c":{},"b":2}]}', 'duplicate_member'],
  ['a member called __proto__', '{"__proto__":{"admin":true}}', 'malformed'],
  ['an escaped member called __proto__', '{"\\u005f_proto__":1}', 'malformed'],
  ['a lone surrogate', '{"a":"\\ud800"}', 'malformed'],
  ['a lone surrogate in a name', '{"\\udc00":1}', 'malformed'],
  ['a number beyond the range of a double', '{"exp":1e999}', 'malformed'],
  ['a negative number beyond the range', '[-1e400]', 'malformed'],
  ['trailing text', '{} {}', 'malformed'],
  ['a comment', '{}//', 'malformed'],
  ['an empty text', '', 'malformed'],
  ['a byte order mark', '\uFEFF{}', 'malformed'],
];

for (const [what, text, code] of refusals) {
  test(`refuses JSON with ${what} (RFC 7515 §4, RFC 7493 §2)`, () => {
    assert.throws(() => parseStrictJson(text), refusedAs(code));
    assert.throws(() => parseStrictJson(Buffer.from(text)), refusedAs(code));
  });
}

test('refuses bytes that are not UTF-8 (RFC 7519 §7.2)', () => {
  assert.throws(() => parseStrictJson(Uint8Array.of(0x22, 0xc0, 0x80, 0x22)), refusedAs('malformed'));
  assert.throws(() => parseStrictJson(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), refusedAs('malformed'));
});

test('bounds depth and size (RFC 8259 §9)', () => {
  assert.throws(() => parseStrictJson('['.repeat(17) + ']'.repeat(17)), refusedAs('too_large'));
  assert.deepEqual(parseStrictJson('[[]]', { maxDepth: 2 }), [[]]);
  assert.throws(() => parseStrictJson('[[]]', { maxDepth: 1 }), refusedAs('too_large'));
  assert.throws(() => parseStrictJson('"éé"', { maxBytes: 5 }), refusedAs('too_large'));
  assert.throws(() => parseStrictJson(Buffer.from('"éé"'), { maxBytes: 5 }), refusedAs('too_large'));
});

test('allows one name in different objects, and names that look like values (RFC 8259 §4)', () => {
  const text = '{"a":{"a":"a"},"b":[{"a":1},{"a":"{\\"a\\":"}],"c":-1.5e+3}';
  assert.deepEqual(parseStrictJson(text), JSON.parse(text));
});

test('an object is demanded where an object is meant (RFC 7519 §7.2)', () => {
  for (const text of ['[]', 'null', '"a"', '1']) {
    assert.throws(() => parseStrictJsonObject(text), refusedAs('malformed'));
  }
});

const withoutPrototypeName = (value: unknown): boolean => !JSON.stringify(value).includes('__proto__');

test('reads every well-formed JSON value as JSON.parse does (RFC 8259 §2)', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }).filter(withoutPrototypeName), (value) => {
      for (const text of [JSON.stringify(value), JSON.stringify(value, undefined, 2)]) {
        assert.deepEqual(parseStrictJson(text), JSON.parse(text));
      }
    }),
  );
});

test('finds a duplicate wherever it is put (RFC 7515 §4)', () => {
  const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text !== '__proto__');
  fc.assert(
    fc.property(fc.dictionary(name, fc.jsonValue(), { minKeys: 1 }), fc.nat(), (members, at) => {
      const entries = Object.entries(members).filter(([, value]) => withoutPrototypeName(value));
      const chosen = entries[at % Math.max(entries.length, 1)];
      fc.pre(chosen !== undefined);
      const text = [...entries, chosen].map(
        ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
      );
      assert.throws(() => parseStrictJson(`{${text.join()}}`), refusedAs('duplicate_member'));
    }),
  );
});

test('answers or throws JoseError on any text whatever (RFC 8259 §9)', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0aé1e-') })),
      (text) => {
        try {
          parseStrictJson(text);
        } catch (error) {
          assert.ok(error instanceof JoseError);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
