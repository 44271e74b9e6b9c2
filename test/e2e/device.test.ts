import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as client from 'openid-client';
import type { Browser, Page } from 'playwright-core';
import { canary } from '../../scripts/canaries.ts';
import { openApplication } from '../support/application.ts';
import { launchChromium, openVisitor, signIn, skipWithoutChromium } from '../support/chromium.ts';
import { type Countersign, startCountersign } from '../support/countersign.ts';
import { askForDevice, furnish } from '../support/pages.ts';

describe('a person connects a device in Chromium', { skip: skipWithoutChromium, timeout: 300_000 }, () => {
  const cleaning = new AsyncDisposableStack();
  let browser: Browser;
  let server: Countersign;
  let tv: client.Configuration;

  before(async () => {
    browser = await launchChromium(cleaning);
    const application = await openApplication(cleaning);
    server = await startCountersign(cleaning, { name: 'e2e-device' });
    await furnish({ server, application });
    tv = await client.discovery(new URL(server.issuer), 'tv', undefined, client.None(), {
      execute: [client.allowInsecureRequests],
    });
  });
  after(() => cleaning.disposeAsync());

  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
  const shows = (page: Page, name: string) =>
    page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with JavaScript' : 'with JavaScript off';
    it(`openid-client asks and polls, the person types the code, signs in and allows, and the device has its tokens, ${how} (RFC 8628 §3, SPN-16)`, async () => {
      const asked = await client.initiateDeviceAuthorization(tv, { scope: 'openid profile offline_access' });
      const polling = client.pollDeviceAuthorizationGrant(tv, asked);
      const person = await openVisitor(browser, { javaScriptEnabled });
      const { page } = person;
      await page.goto(asked.verification_uri);
      await page.getByLabel('Code').fill(asked.user_code.toLowerCase().replace('-', ' '));
      await press(page, 'Continue');
      await page.getByText('Sign in to connect a device.').waitFor();
      await signIn(page, canary.username, canary.password);
      await shows(page, 'Connect this device?');
      await page.getByText(asked.user_code, { exact: true }).waitFor();
      await page.getByText('Harbour TV').first().waitFor();
      await press(page, 'Allow');
      await shows(page, 'Your device is connected');

      const tokens = await polling;
      const claims = tokens.claims();
      assert.deepEqual([claims?.iss, claims?.aud], [server.issuer, 'tv']);
      const userinfo = await client.fetchUserInfo(tv, tokens.access_token, claims?.sub ?? '');
      assert.equal(userinfo.preferred_username, canary.username);
      await page.goto(`${server.issuer}/account`);
      await press(page, 'Sign out');
      const refreshed = await client.refreshTokenGrant(tv, tokens.refresh_token ?? '');
      await client.fetchUserInfo(tv, refreshed.access_token, claims?.sub ?? '');
      await person.leave();
    });
  }

  it('a person who declines is done, and openid-client is told access_denied (RFC 8628 §3.5)', async () => {
    const asked = await client.initiateDeviceAuthorization(tv, { scope: 'openid' });
    const polling = assert.rejects(client.pollDeviceAuthorizationGrant(tv, asked), {
      error: 'access_denied',
    });
    const person = await openVisitor(browser);
    const { page } = person;
    await page.goto(asked.verification_uri_complete ?? '');
    assert.equal(await page.getByLabel('Code').inputValue(), asked.user_code);
    await page.getByText('Compare this code with the one on your device').waitFor();
    await press(page, 'Continue');
    await signIn(page, canary.username, canary.password);
    await page.getByText('Deny if you did not start this').waitFor();
    await press(page, 'Deny');
    await shows(page, 'Nothing was connected');
    await polling;
    await person.leave();
  });

  it('what one browser began at the page, a second one can neither see nor finish (attack 3)', async () => {
    const { user_code, device_code } = await askForDevice(server);
    const [attacker, victim] = [await openVisitor(browser), await openVisitor(browser)];
    await victim.page.goto(`${server.issuer}/account`);
    await signIn(victim.page, canary.username, canary.password);
    await shows(victim.page, 'Your account');

    await attacker.page.goto(`${server.issuer}/device?user_code=${user_code}`);
    await press(attacker.page, 'Continue');
    await shows(attacker.page, 'Sign in');
    const interaction = new URL(attacker.page.url()).searchParams.get('interaction');
    victim.expectStatus(400);
    await victim.page.goto(`${server.issuer}/device/confirm?interaction=${interaction}`);
    await shows(victim.page, 'This step has ended');
    await victim.page.goto(`${server.issuer}/login?interaction=${interaction}`);
    await shows(victim.page, 'This sign-in has ended');

    const body = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: 'tv',
      device_code,
    });
    const polled = await fetch(`${server.issuer}/oauth2/token`, { method: 'POST', body });
    assert.equal(((await polled.json()) as { error: string }).error, 'authorization_pending');
    await attacker.leave();
    await victim.leave();
  });

  it('types the code and answers by keyboard alone, with the field ready to type (ACC-7)', async () => {
    const { user_code } = await askForDevice(server);
    const person = await openVisitor(browser);
    const { page } = person;
    await page.goto(`${server.issuer}/account`);
    await signIn(page, canary.username, canary.password);
    await shows(page, 'Your account');
    await page.goto(`${server.issuer}/device`);
    await page.keyboard.type(user_code);
    await page.keyboard.press('Enter');
    await shows(page, 'Connect this device?');
    for (let presses = 0; (await focusedText(page)) !== 'Allow'; presses += 1) {
      assert.ok(presses < 20, 'Tab never reaches the button that allows');
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await shows(page, 'Your device is connected');
    await person.leave();
  });
});

function focusedText(page: Page): Promise<string> {
  return page.evaluate<string>('document.activeElement.textContent');
}
