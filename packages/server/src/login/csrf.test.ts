import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestContext } from '../http/pages/context.test-support.ts';
import { PageError } from '../http/pages/index.ts';
import { createFormGuard } from './csrf.ts';

const guard = createFormGuard({ vault: { deriveAll: () => [new Uint8Array(32).fill(7)] } });
const context = createTestContext();
const secret = 'b'.repeat(43);
const token = guard.issue(context, secret, 'login 1');
const request = (headers: Readonly<Record<string, string>> = {}): Request =>
  new Request('http://localhost:9400/login', { method: 'POST', headers });
const refuses = (act: () => void): void =>
  assert.throws(
    act,
    (error) => error instanceof PageError && error.code === 'form-refused' && error.status === 403,
  );

test('a form is accepted with the token that was issued for this browser and this form', () => {
  guard.verify(request(), context, secret, 'login 1', token);
});

test('a missing, shortened, altered or foreign token is refused', () => {
  const other = guard.issue(context, 'c'.repeat(43), 'login 1');
  const tokens = [undefined, '', token.slice(1), `${token}A`, other, guard.issue(context, secret, 'login 2')];
  for (const wrong of tokens) refuses(() => guard.verify(request(), context, secret, 'login 1', wrong));
});

test('a browser without the cookie is refused whatever token it brings', () => {
  refuses(() => guard.verify(request(), context, undefined, 'login 1', token));
  refuses(() => guard.verify(request(), context, '', 'login 1', token));
});

test("one tenant's token is nothing to another tenant on the same host (attack 9)", () => {
  refuses(() => guard.verify(request(), createTestContext({}, 'acme'), secret, 'login 1', token));
});

test('a right token does not help a request that another site or a sibling subdomain began', () => {
  for (const site of ['cross-site', 'same-site', 'unheard-of']) {
    refuses(() => guard.verify(request({ 'sec-fetch-site': site }), context, secret, 'login 1', token));
  }
  for (const origin of [
    'https://evil.example',
    'http://localhost',
    'http://localhost:9400.evil.example',
    'null',
    '',
  ]) {
    refuses(() => guard.verify(request({ origin }), context, secret, 'login 1', token));
  }
  const both = { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' };
  refuses(() => guard.verify(request(both), context, secret, 'login 1', token));
});

test('our own form passes with the headers browsers send for it, the null Origin of no-referrer included', () => {
  const sent = [
    { origin: 'http://localhost:9400', 'sec-fetch-site': 'same-origin' },
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'http://localhost:9400' },
  ];
  for (const headers of sent) guard.verify(request(headers), context, secret, 'login 1', token);
});

test('a null Origin alone, as a sandboxed frame sends it, is refused', () => {
  refuses(() =>
    guard.verify(
      request({ origin: 'null', 'sec-fetch-site': 'cross-site' }),
      context,
      secret,
      'login 1',
      token,
    ),
  );
  refuses(() =>
    guard.verify(request({ origin: 'null', 'sec-fetch-site': 'none' }), context, secret, 'login 1', token),
  );
});
