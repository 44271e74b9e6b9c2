import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OAuthError } from './errors.ts';
import { formatScope, parseScope, resolveScope } from './scope.ts';

const refused = (error: unknown) => error instanceof OAuthError && error.code === 'invalid_scope';

test('each scope once, in the order sent (RFC 6749 §3.3)', () => {
  assert.deepEqual(parseScope('openid email openid  a:b/c '), ['openid', 'email', 'a:b/c']);
  assert.deepEqual(parseScope(''), []);
});

for (const [what, text] of [
  ['a quote', 'a"b'],
  ['a backslash', 'a\\b'],
  ['a tab', 'a\tb'],
  ['characters outside ASCII', 'é'],
  ['a token of 257 characters', 'a'.repeat(257)],
  ['more than 100 tokens', Array.from({ length: 101 }, (_, index) => `s${index}`).join(' ')],
  ['more than 8192 characters', `a${' '.repeat(8192)}`],
] as const) {
  test(`refuses a scope with ${what} (RFC 6749 §3.3)`, () => {
    assert.throws(() => parseScope(text), refused);
  });
}

test('what was parsed and written parses the same; any text is parsed or refused (RFC 6749 §3.3)', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      try {
        const scope = parseScope(text);
        assert.deepEqual(parseScope(formatScope(scope)), scope);
        assert.equal(new Set(scope).size, scope.length);
      } catch (error) {
        assert.ok(refused(error));
      }
    }),
  );
});

const allowed = ['openid', 'email', 'orders:read'];
const base = { allowed, defaults: ['email', 'gone'], onUnknown: 'drop' } as const;

test('no scope asked: the default, within what is allowed, else invalid_scope; never everything (RFC 6749 §3.3)', () => {
  assert.deepEqual(resolveScope({ ...base, requested: undefined }), ['email']);
  assert.deepEqual(resolveScope({ ...base, onUnknown: 'refuse', requested: undefined }), ['email']);
  assert.throws(() => resolveScope({ ...base, defaults: [], requested: undefined }), refused);
  assert.throws(() => resolveScope({ ...base, defaults: ['gone'], requested: undefined }), refused);
});

test('unknown scopes are dropped at authorize and refused at the token endpoint (RFC 6749 §3.3, §5.2)', () => {
  const requested = ['orders:read', 'admin', 'openid', 'openid'];
  assert.deepEqual(resolveScope({ ...base, requested }), ['orders:read', 'openid']);
  assert.throws(() => resolveScope({ ...base, requested, onUnknown: 'refuse' }), refused);
  assert.throws(() => resolveScope({ ...base, requested: ['admin'] }), refused);
  assert.throws(() => resolveScope({ ...base, requested: [] }), refused);
});

test('nothing is granted that was not both wanted and allowed (RFC 6749 §3.3)', () => {
  const scopes = fc.array(fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'e'));
  const onUnknown = fc.constantFrom('drop' as const, 'refuse' as const);
  fc.assert(
    fc.property(
      fc.option(scopes, { nil: undefined }),
      scopes,
      scopes,
      onUnknown,
      (requested, may, defaults, rule) => {
        try {
          const granted = resolveScope({ requested, allowed: may, defaults, onUnknown: rule });
          assert.ok(granted.length > 0);
          for (const token of granted)
            assert.ok(may.includes(token) && (requested ?? defaults).includes(token));
        } catch (error) {
          assert.ok(refused(error));
        }
      },
    ),
  );
});
