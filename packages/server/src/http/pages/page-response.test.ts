import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createTestContext } from './context.test-support.ts';
import { html } from './html.ts';
import { messagesIn } from './messages.ts';
import { PageError, renderErrorPage } from './page-error.ts';
import { formActionSources, imageSource, pageResponse, seeOther } from './page-response.ts';

const context = createTestContext();
const page = { messages: messagesIn('de'), title: 'A & B', body: html`<h1>A</h1>` };
const directive = (response: Response, name: string): string | undefined =>
  response.headers
    .get('content-security-policy')
    ?.split('; ')
    .find((entry) => entry.startsWith(`${name} `));

test('a page admits its inline style and script by hash and nothing else', async () => {
  const response = pageResponse(context, page);
  const text = await response.text();
  for (const [element, name] of [
    ['style', 'style-src'],
    ['script', 'script-src'],
  ] as const) {
    const contents = [...text.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, 'g'))];
    assert.equal(contents.length, 1);
    const hash = createHash('sha256')
      .update(contents[0]?.[1] ?? '')
      .digest('base64');
    assert.equal(directive(response, name), `${name} 'sha256-${hash}'`);
  }
  assert.equal(directive(response, 'default-src'), "default-src 'none'");
  assert.equal(directive(response, 'frame-ancestors'), "frame-ancestors 'none'");
  assert.equal(directive(response, 'base-uri'), "base-uri 'none'");
  assert.equal(directive(response, 'form-action'), "form-action 'self'");
  assert.doesNotMatch(text, / style=| on[a-z]+=|javascript:/);
});

test('a page makes no request elsewhere and names its language and title', async () => {
  const text = await pageResponse(context, page).text();
  assert.doesNotMatch(text, /(?:src|href)="(?:https?:)?\/\//);
  assert.match(text, /<html lang="de">/);
  assert.match(text, /<title>A &amp; B · Countersign<\/title>/);
  assert.ok(text.length < 20_000);
});

test('a page is not stored, not framed, not sniffed and sends no referrer', () => {
  const { headers } = pageResponse(context, page);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('x-frame-options'), 'DENY');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
  assert.ok(headers.has('permissions-policy'));
});

test('HSTS is sent where the public URL is https, and only there', () => {
  assert.equal(pageResponse(context, page).headers.get('strict-transport-security'), null);
  const secure = createTestContext({ secure: true });
  assert.ok(pageResponse(secure, page).headers.has('strict-transport-security'));
  assert.ok(seeOther(secure, '/account').headers.has('strict-transport-security'));
});

test('form-action admits what a redirect after the form may lead to: the client and where its own server sends on (decision 20)', () => {
  assert.deepEqual(formActionSources('https://app.example/cb?x=1'), ['https:']);
  const loopback = ['http://localhost:*', 'http://127.0.0.1:*', 'https:'];
  assert.deepEqual(formActionSources('http://localhost:8123/cb'), ['http://localhost:8123', ...loopback]);
  assert.deepEqual(formActionSources('http://[::1]:8123/cb'), ['http:', ...loopback]);
  assert.deepEqual(formActionSources('http://intranet/cb'), ['http://intranet', 'https:']);
  assert.deepEqual(formActionSources('com.example.app:/cb'), ['com.example.app:']);
});

test('a host name that would end the directive never gets into the policy', () => {
  assert.deepEqual(formActionSources('http://a;script-src b,c/cb'), []);
  assert.deepEqual(formActionSources('http://a;b.example/cb'), []);
  const response = pageResponse(context, {
    ...page,
    formActions: ["https://x; script-src 'unsafe-inline'", '*'],
  });
  assert.equal(directive(response, 'form-action'), "form-action 'self'");
});

test('img-src admits our own pictures, and of others the one origin that the page names (OpenID Connect Registration §2)', () => {
  assert.equal(directive(pageResponse(context, page), 'img-src'), "img-src 'self' data:");
  const images = [imageSource('https://cdn.example:8443/logo.png?v=1') ?? '', 'https://a; script-src *', '*'];
  assert.equal(
    directive(pageResponse(context, { ...page, images }), 'img-src'),
    "img-src 'self' data: https://cdn.example:8443",
  );
  for (const uri of ['https://a;b.example/x', 'data:image/png;base64,AA', 'https://[::1]/x', 'x', '']) {
    assert.equal(imageSource(uri), undefined, uri);
  }
});

test('a redirect after a form is a 303, so that the form is not sent on (RFC 9700 §4.12)', () => {
  const headers = new Headers([
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ]);
  const response = seeOther(context, '/account', headers);
  assert.equal(response.status, 303);
  assert.equal(response.headers.get('location'), '/account');
  assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
  assert.equal(response.headers.get('cache-control'), 'no-store');
});

test('an error page says what, why, what to do and the trace, and never the private detail', async () => {
  const request = new Request('http://localhost/', { headers: { 'accept-language': 'de' } });
  const error = new PageError('rate-limited', { retryAfterSeconds: 7, detail: 'SECRET-DETAIL' });
  const response = renderErrorPage(request, context, error);
  const text = await response.text();
  assert.equal(response.status, 429);
  assert.equal(response.headers.get('retry-after'), '7');
  assert.equal(response.headers.get('location'), null);
  assert.match(text, /Zu viele Versuche/);
  assert.match(text, /in 7 Sekunden/);
  assert.ok(text.includes(context.traceId));
  assert.doesNotMatch(text, /SECRET-DETAIL/);
});

test('a refused redirect URI gets a page that names the rule and links its help, never a redirect (CAP-1)', async () => {
  const request = new Request('http://localhost/');
  const refusal = {
    status: 400,
    code: 'invalid_profile_usage',
    description: '<b>not registered</b>',
    feature: 'redirect_uri',
    retryAfterSeconds: undefined,
  } as const;
  const response = renderErrorPage(request, context, refusal);
  const text = await response.text();
  assert.equal(response.status, 400);
  assert.equal(response.headers.get('location'), null);
  assert.match(text, /We cannot send you back/);
  assert.match(text, /href="\/help\/redirect_uri"/);
  assert.match(text, /&lt;b&gt;not registered/);
});
