import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SubjectError } from './subject-error.ts';
import { parseUsername, usernameKey } from './username.ts';

const isRefused = (error: unknown) => error instanceof SubjectError && error.code === 'invalid_username';

test('user names that differ in case or composition only are the same', () => {
  for (const [left, right] of [
    ['Ada', 'ada'],
    ['ADA', 'ada'],
    ['e\u0301va', 'éva'],
    ['ﬁn', 'fin'],
    ['Straße', 'STRASSE'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
    ['Ⅳ', 'iv'],
    ['ＡＤＡ', 'ada'],
  ] as const) {
    assert.equal(usernameKey(left), usernameKey(right), `${left} ${right}`);
  }
});

test('the key of a user name is stable: folding it again changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const key = usernameKey(text);
      assert.equal(usernameKey(key), key);
    }),
    { numRuns: 2000 },
  );
});

test('the key of any text at all is computed, and quickly', () => {
  for (const text of ['', '\u0000', '\ud800', '\ufdfa'.repeat(100_000), 'a'.repeat(1_000_000)])
    assert.ok(usernameKey(text).length <= 20_000);
});

test('ordinary names of many scripts are accepted', () => {
  for (const name of [
    'ada',
    'a',
    'Ada.Lovelace-1815',
    'ada@example.com',
    'ada+test',
    'éva',
    'Ольга',
    'Ελένη',
    '山田太郎',
    'ゆうこ',
    '김민준',
    'محمد',
    'admin',
    'x'.repeat(64),
  ]) {
    assert.equal(parseUsername(name).username, name.normalize('NFKC'));
  }
});

test('names that are too long, empty, or have spaces, control or invisible characters are refused', () => {
  for (const name of [
    '',
    ' ',
    'a b',
    'a\n',
    '\u0000',
    'a\u200bb',
    'a\u202eb',
    'a\u00adb',
    'a\ufeff',
    '\ud800',
    'x'.repeat(65),
    '\u0301a',
    'a<b',
    'a"b',
    'a/b',
    'a:b',
    'a\\b',
    '😀',
  ]) {
    assert.throws(() => parseUsername(name), isRefused, JSON.stringify(name));
  }
});

test('letters of two scripts in one name are refused, since they can look like somebody else', () => {
  for (const name of ['аdmin', 'pаypal', 'αda', 'adа'])
    assert.throws(() => parseUsername(name), isRefused, name);
});

test('reserved names and names in the form of a subject id are refused, in any case', () => {
  for (const name of [
    'system',
    'SYSTEM',
    '_system',
    'anonymous',
    'Me',
    'USR-default-1',
    'svc-x',
    'ＳＹＳＴＥＭ',
  ])
    assert.throws(() => parseUsername(name), isRefused, name);
});

test('every accepted name has a key under which it is found', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (text) => {
      try {
        const { username, key } = parseUsername(text);
        assert.equal(usernameKey(text), key);
        assert.equal(usernameKey(username), key);
      } catch (error) {
        assert.ok(isRefused(error));
      }
    }),
    { numRuns: 2000 },
  );
});
