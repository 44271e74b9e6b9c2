import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openHarness } from '../testing/harness.ts';
import { answerOf, createFlow, encode, requestOf } from './flow.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const client = await flow.client();
const ada = await flow.person();
const json = { accept: 'application/json' };

test('a POST is answered like a GET, after coming back by GET for the SameSite cookies (OpenID Connect Core §3.1.2.1)', async () => {
  const browser = flow.visitor();
  // A form on the client's site: the browser withholds our Lax cookies from it …
  const posted = await browser.post('/oauth2/authorize', requestOf(client.id));
  assert.equal(posted.status, 303);
  assert.match(posted.headers.get('location') ?? '', /^\/oauth2\/authorize\/resume\?interaction=/);
  // … and sends them with the GET that the answer redirects to.
  browser.takeCookie(ada.cookie);
  assert.ok(answerOf(await browser.follow(posted)).code);
});

test('a POST under prompt none finds the session, and without one is login_required (OpenID Connect Core §3.1.2.6)', async () => {
  const browser = flow.visitor();
  const nobody = await browser.follow(
    await browser.post('/oauth2/authorize', requestOf(client.id, { prompt: 'none' })),
  );
  assert.equal(answerOf(nobody).error, 'login_required');
  const posted = await browser.post('/oauth2/authorize', requestOf(client.id, { prompt: 'none' }));
  browser.takeCookie(ada.cookie);
  assert.ok(answerOf(await browser.follow(posted)).code);
});

test('a POST is read from its body alone: the query beside it counts for nothing (OpenID Connect Core §3.1.2.1)', async () => {
  const headers = { ...json, 'content-type': 'application/x-www-form-urlencoded' };
  const inQuery = `/oauth2/authorize?${encode(requestOf(client.id))}`;
  const empty = await harness.fetch(inQuery, { method: 'POST', body: '', headers });
  assert.equal(empty.status, 400);
  const mixed = await harness.fetch(`/oauth2/authorize?redirect_uri=https://evil.example/&client_id=nobody`, {
    method: 'POST',
    body: encode(requestOf(client.id, { response_type: 'token' })),
    headers,
  });
  assert.equal(answerOf(mixed).error, 'unsupported_response_type');
});

test('a POST of the wrong content type or over 64 KiB is refused without a redirect', async () => {
  const wrong = await harness.fetch('/oauth2/authorize', {
    method: 'POST',
    body: '{}',
    headers: { ...json, 'content-type': 'application/json' },
  });
  assert.equal(wrong.status, 400);
  const body = encode(requestOf(client.id, { login_hint: 'x'.repeat(65_536) }));
  const large = await harness.post('/oauth2/authorize', new URLSearchParams(body), { headers: json });
  assert.equal(large.status, 413);
  assert.equal(((await large.json()) as { error: string }).error, 'invalid_request');
});
