import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audienceList, formatAudience, mergeClaims, readClaims } from './claims.ts';
import { OAuthError } from './errors.ts';

const refuse = (detail: string) => new OAuthError('invalid_token', 'not valid', { detail });
const reader = (claims: Record<string, unknown>) => readClaims(claims, refuse);
const refusedFor = (detail: string) => (error: unknown) =>
  error instanceof OAuthError && error.detail === detail;

test('an absent claim is told from one of the wrong type (RFC 7519 §4)', () => {
  assert.equal(reader({}).optionalText('acr'), undefined);
  assert.throws(() => reader({}).text('acr'), refusedFor('acr is missing'));
  for (const value of [null, '', 0, {}, 'x'.repeat(1025)]) {
    assert.throws(() => reader({ acr: value }).optionalText('acr'), refusedFor('acr is not a string'));
  }
});

test('a time is a finite number that is not negative, fractions included (RFC 7519 §2)', () => {
  assert.equal(reader({ exp: 1.5 }).time('exp'), 1.5);
  for (const value of [null, '1', -1, Number.NaN, Number.POSITIVE_INFINITY, [1]]) {
    assert.throws(() => reader({ exp: value }).time('exp'), refusedFor('exp is not a time'));
  }
});

test('an audience is a string or a list of strings, bounded and not empty (RFC 7519 §4.1.3)', () => {
  assert.equal(reader({ aud: 'a' }).audience(), 'a');
  assert.deepEqual(reader({ aud: ['a', 'b'] }).audience(), ['a', 'b']);
  assert.throws(() => reader({ aud: [] }).audience(), refusedFor('aud is empty'));
  for (const aud of [undefined, '', 1, ['a', 1], ['a', ''], Array.from({ length: 51 }, () => 'a')]) {
    assert.throws(() => reader({ aud }).audience(), refusedFor('aud is not a list of strings'));
  }
});

test('a single audience is written as a string, and read back as a list (RFC 7519 §4.1.3)', () => {
  assert.equal(formatAudience(['a']), 'a');
  assert.deepEqual(formatAudience(['a', 'b']), ['a', 'b']);
  assert.deepEqual(audienceList('a'), ['a']);
  assert.deepEqual(audienceList(['a', 'b']), ['a', 'b']);
});

test('undefined claims vanish, and their names stay reserved (RFC 7519 §4)', () => {
  assert.deepEqual(mergeClaims({ a: 1, b: undefined }, { c: undefined, d: 0 }), { a: 1, d: 0 });
  assert.throws(() => mergeClaims({ a: 1, b: undefined }, { b: 2 }), refusedFor('extra claim b is reserved'));
});
