import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfirmation } from './confirmation.ts';
import { OAuthError } from './errors.ts';

const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
const refused = (error: unknown) => error instanceof OAuthError && error.code === 'invalid_token';

test('reads a bound key, a bound certificate, or both (RFC 9449 §6.1, RFC 8705 §3.1)', () => {
  for (const cnf of [{ jkt }, { 'x5t#S256': jkt }, { jkt, 'x5t#S256': jkt }]) {
    assert.deepEqual(parseConfirmation(cnf), cnf);
  }
});

for (const [what, cnf] of [
  ['no member', {}],
  ['only a method that we cannot check', { kid: 'a' }],
  ['one such method beside a known one', { jkt, jwk: {} }],
  ['a short thumbprint', { jkt: jkt.slice(1) }],
  ['a padded thumbprint', { jkt: `${jkt}=` }],
  ['trailing bits', { jkt: `${jkt.slice(0, 42)}J` }],
  ['a thumbprint that is not text', { jkt: 1 }],
  ['no object', 'jkt'],
  ['null', null],
  ['a list', [jkt]],
] as const) {
  test(`a confirmation with ${what} is refused, never read as unbound (RFC 7800 §3.1)`, () => {
    assert.throws(() => parseConfirmation(cnf), refused);
  });
}

test('parses or refuses any value (RFC 7800 §3.1)', () => {
  const member = fc.dictionary(
    fc.constantFrom('jkt', 'x5t#S256', 'kid'),
    fc.oneof(fc.constant(jkt), fc.jsonValue()),
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), member), (value) => {
      try {
        assert.deepEqual(parseConfirmation(value), Object.fromEntries(Object.entries(Object(value))));
      } catch (error) {
        assert.ok(refused(error));
      }
    }),
  );
});
