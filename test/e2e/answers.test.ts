/** How an answer gets from our page to the application: by form, into a popup, and past a logo that comes late. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as client from 'openid-client';
import type { Browser, Page } from 'playwright-core';
import { canary } from '../../scripts/canaries.ts';
import { type Application, openApplication } from '../support/application.ts';
import { launchChromium, openVisitor, signIn, skipWithoutChromium } from '../support/chromium.ts';
import { type Countersign, startCountersign } from '../support/countersign.ts';
import { authorizeUrl, furnish } from '../support/pages.ts';

describe('an answer to an application, in Chromium', { skip: skipWithoutChromium, timeout: 300_000 }, () => {
  const cleaning = new AsyncDisposableStack();
  let browser: Browser;
  let server: Countersign;
  let application: Application;
  let config: client.Configuration;

  before(async () => {
    browser = await launchChromium(cleaning);
    application = await openApplication(cleaning);
    server = await startCountersign(cleaning, { name: 'e2e-answers' });
    await furnish({ server, application });
    const options = ['--secret-stdin', '--redirect-uri', application.redirectUri, '--first-party'];
    await server.cli(['client', 'add', '--id', 'web', ...options], canary.clientSecret);
    config = await client.discovery(
      new URL(server.issuer),
      'web',
      undefined,
      client.ClientSecretBasic(canary.clientSecret),
      { execute: [client.allowInsecureRequests] },
    );
  });
  after(() => cleaning.disposeAsync());

  /** A form_post request as openid-client makes it, and what it makes of the form that came. */
  async function begin(state: string) {
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: application.redirectUri,
      scope: 'openid email',
      response_mode: 'form_post',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state,
    });
    const finish = (form: string) =>
      client.authorizationCodeGrant(
        config,
        new Request(application.redirectUri, {
          method: 'POST',
          body: form,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
        { pkceCodeVerifier, expectedState: state },
      );
    return { url, finish };
  }

  const lastForm = (): string => application.posted.at(-1) ?? assert.fail('no form came');
  const isBack = async (page: Page): Promise<void> => {
    await page.waitForURL(application.redirectUri);
    await page.getByRole('heading', { name: 'Back at the application' }).waitFor();
  };

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'by itself' : 'by its button, with JavaScript off';
    it(`is posted ${how}, and openid-client takes it (OAuth 2.0 Form Post Response Mode §2)`, async () => {
      const visitor = await openVisitor(browser, { javaScriptEnabled });
      const { page } = visitor;
      const { url, finish } = await begin(client.randomState());
      await page.goto(url.href);
      await signIn(page, canary.username, canary.password);
      if (!javaScriptEnabled) {
        await page.getByRole('heading', { name: 'Back to the application' }).waitFor();
        await page.getByRole('button', { name: 'Continue' }).click();
      }
      await isBack(page);
      const form = lastForm();
      assert.deepEqual([...new URLSearchParams(form).keys()], ['code', 'state', 'iss']);
      const tokens = await finish(form);
      const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '');
      assert.equal(person.email, canary.email);
      await visitor.leave();
    });
  }

  it('is posted with the state as it was, whatever is in it, and the page does nothing else (OAuth 2.0 Form Post Response Mode §2)', async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    const states = [
      '"></form><form action="https://evil.example/"><input name="x"><script>document.title="owned"</script>',
      `'"><img src=x onerror="document.title='owned'">`,
      '&amp;&quot;&#x27;&lt;%00%0d%0a+ %',
      'javascript:document.title="owned"',
      '\u202eabc\u{1f980}\ufeff\u0085 \t ',
    ];
    for (const [count, state] of states.entries()) {
      const { url, finish } = await begin(state);
      await page.goto(url.href);
      if (count === 0) await signIn(page, canary.username, canary.password);
      await isBack(page);
      assert.equal(new URLSearchParams(lastForm()).get('state'), state);
      await finish(lastForm());
    }
    await visitor.leave();
  });

  it('is a refusal by form as well, where the person cancels (OAuth 2.0 Form Post Response Mode §2, RFC 9207 §2)', async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    await page.goto((await begin('cancelled')).url.href);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await isBack(page);
    const { error, state, iss } = Object.fromEntries(new URLSearchParams(lastForm()));
    assert.deepEqual([error, state, iss], ['access_denied', 'cancelled', server.issuer]);
    await visitor.leave();
  });

  it('leaves no page in the history that would post it again: the way back leads to where one came from (OAuth 2.0 Form Post Response Mode §2)', async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    const opener = new URL('/opener', application.redirectUri).href;
    await page.goto((await begin('signing-in')).url.href);
    await signIn(page, canary.username, canary.password);
    await isBack(page);
    await page.goto(opener);
    const { url } = await begin('again');
    await page.evaluate(`location.href = ${JSON.stringify(url.href)}`);
    await isBack(page);
    const forms = application.posted.length;
    await page.goBack();
    await page.waitForURL(opener);
    assert.equal(application.posted.length, forms);
    await visitor.leave();
  });

  it('reaches the window that opened a popup, through every page, by redirect and by form (OpenID Connect Core §3.1.2.1)', async () => {
    const visitor = await openVisitor(browser);
    const { page, context } = visitor;
    for (const response_mode of ['query', 'form_post']) {
      await page.goto(new URL('/opener', application.redirectUri).href);
      const url = authorizeUrl(
        { server, application },
        { display: 'popup', response_mode, prompt: 'login consent' },
      );
      const opening = context.waitForEvent('page');
      await page.evaluate(`void window.open(${JSON.stringify(url)}, 'sign-in', 'width=450,height=500')`);
      const popup = await opening;
      assert.equal(await popup.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
      await signIn(popup, canary.username, canary.password);
      const closing = popup.waitForEvent('close');
      await popup.getByRole('button', { name: 'Allow', exact: true }).click();
      await closing;
      assert.ok((await page.title()).startsWith(application.redirectUri), response_mode);
    }
    await visitor.leave();
  });

  it('is asked for on a page whose controls a finger can hit (OpenID Connect Core §3.1.2.1)', async () => {
    const visitor = await openVisitor(browser, { viewport: { width: 390, height: 844 }, hasTouch: true });
    const { page } = visitor;
    await page.goto(authorizeUrl({ server, application }, { display: 'touch' }));
    const heights: number[] = [];
    const measure = async (): Promise<void> => {
      for (const control of await page.locator('input:visible, .actions button').all()) {
        heights.push((await control.boundingBox())?.height ?? 0);
      }
    };
    await measure();
    await signIn(page, canary.username, canary.password);
    await page.getByRole('heading', { name: 'Allow access' }).waitFor();
    await measure();
    assert.equal(heights.length, 6);
    assert.ok(Math.min(...heights) >= 44, heights.join(' '));
    await visitor.leave();
  });

  it('is asked for on a page that shows the logo without a referrer, and nothing moves when it comes, or never does (OpenID Connect Registration §2)', async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    const arrived = Promise.withResolvers<void>();
    const asked: (string | undefined)[] = [];
    await page.route('**/logo.svg', async (route) => {
      asked.push(route.request().headers().referer);
      await arrived.promise;
      await route.continue();
    });
    await page.goto(authorizeUrl({ server, application }), { waitUntil: 'commit' });
    const heading = page.getByRole('heading', { name: 'Sign in' });
    const places = async () =>
      Promise.all(
        [
          heading,
          page.getByText('asks you to sign in'),
          page.getByLabel('User name'),
          page.locator('footer'),
        ].map((one) => one.boundingBox()),
      );
    await heading.waitFor();
    const before = await places();
    arrived.resolve();
    await page.evaluate('document.querySelector("main img").decode()');
    assert.deepEqual(await places(), before);
    assert.deepEqual(asked, [undefined]);
    await page.unroute('**/logo.svg');
    await page.route('**/logo.svg', (route) => route.fulfill({ status: 204 }));
    await page.reload();
    assert.deepEqual(await places(), before, 'without a logo too');
    await visitor.leave();
  });
});
