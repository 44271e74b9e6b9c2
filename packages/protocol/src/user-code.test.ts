import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatUserCode, makeUserCode, parseUserCode, userCodeCount } from './user-code.ts';

test('a user code is two groups of four consonants, and there are 2^34 of them or more (RFC 8628 §6.1)', () => {
  assert.ok(Math.log2(userCodeCount) > 34.5);
  for (let turn = 0; turn < 200; turn += 1) {
    const code = makeUserCode(randomBytes);
    assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/);
    assert.match(formatUserCode(code), /^[B-Z]{4}-[B-Z]{4}$/);
  }
});

test('every letter of a user code is equally likely: bytes that would favour some are thrown away (RFC 8628 §5.1)', () => {
  const counts = new Map<string, number>();
  // Every byte once: 240 fair ones make 30 codes, the other 16 none.
  let next = 0;
  const everyByte = (size: number): Uint8Array =>
    Uint8Array.from({ length: size }, () => {
      const byte = next % 256;
      next += 1;
      return byte;
    });
  for (let codes = 0; codes < 30; codes += 1) {
    for (const letter of makeUserCode(everyByte)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  assert.equal(counts.size, 20);
  const numbers = [...counts.values()];
  assert.ok(Math.max(...numbers) - Math.min(...numbers) <= 1, JSON.stringify([...counts]));
});

test('what a person types is read whatever its case, spaces and separators (RFC 8628 §6.1)', () => {
  for (const typed of [
    'WDJBMJHT',
    'wdjb-mjht',
    ' WDJB MJHT ',
    'w.d/j_b—mjht',
    'WDJB-MJHT\u200b',
    'wDjB‐MjHt',
  ]) {
    assert.equal(parseUserCode(typed), 'WDJBMJHT', typed);
  }
});

test('what cannot be a code is none: vowels, digits, other scripts, other lengths (RFC 8628 §6.1)', () => {
  for (const typed of [
    '',
    '-',
    'WDJB-MJH',
    'WDJB-MJHTB',
    'WDJA-MJHT',
    'WDJ8-MJHT',
    'ＷDJB-MJHT',
    'wdjb-mjhß',
    'ΒCDFGHJK',
  ]) {
    assert.equal(parseUserCode(typed), undefined, typed);
  }
  assert.equal(parseUserCode(`WDJB${'-'.repeat(100)}MJHT`), undefined);
});

test('a code that was shown is read back, and nothing that is typed makes the parser fail (RFC 8628 §6.1)', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      fc.string({ unit: 'binary' }),
      (bytes, noise) => {
        let at = 0;
        const code = makeUserCode((size) => {
          const piece = bytes.slice(at, at + size);
          at += size;
          return at <= 64 ? piece : randomBytes(size);
        });
        assert.equal(parseUserCode(formatUserCode(code).toLowerCase()), code);
        assert.match(parseUserCode(noise) ?? 'BBBBBBBB', /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/);
      },
    ),
  );
});
