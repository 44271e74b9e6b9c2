import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import tls from 'node:tls';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as client from 'openid-client';
import type { Browser, Page } from 'playwright-core';
import {
  openRelyingParty,
  type RelyingParty,
} from '../../packages/server/src/logout/relying-party.test-support.ts';
import { canary } from '../../scripts/canaries.ts';
import { type Application, openApplication, waitForReturn } from '../support/application.ts';
import { makeCertificate } from '../support/certificate.ts';
import {
  findBarriers,
  launchChromium,
  openVisitor,
  signIn,
  skipWithoutChromium,
  type Visitor,
} from '../support/chromium.ts';
import {
  type Countersign,
  findFreePort,
  runCountersign,
  startCountersign,
  temporaryFolder,
} from '../support/countersign.ts';
import { authorizeUrl, furnish, walkThrough } from '../support/pages.ts';

const openid = 'openid profile email';
const suite = { skip: skipWithoutChromium, timeout: 300_000 };

describe('a person in Chromium', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let browser: Browser;
  let server: Countersign;
  let application: Application;
  let config: client.Configuration;

  before(async () => {
    browser = await launchChromium(cleaning);
    application = await openApplication(cleaning);
    server = await startCountersign(cleaning, { name: 'e2e-browser' });
    await furnish({ server, application });
    config = await registerWeb(server, 'web', application);
  });
  after(() => cleaning.disposeAsync());

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with JavaScript' : 'with JavaScript off';
    it(`signs in for openid-client by discovery, PAR and PKCE, allows, and the tokens work, ${how} (SPN-1, SPN-6, SPN-16)`, async () => {
      const visitor = await openVisitor(browser, { javaScriptEnabled });
      const { page } = visitor;
      const flow = await begin(config, application, { scope: `${openid} offline_access`, prompt: 'consent' });
      assert.match(flow.url.searchParams.get('request_uri') ?? '', /^urn:ietf:params:oauth:request_uri:/);
      await page.goto(flow.url.href);
      await page.getByText('web asks you to sign in.').waitFor();
      await signIn(page, canary.username, canary.password);
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      const tokens = await flow.finish(await waitForReturn(page, application));

      const claims = tokens.claims();
      assert.equal(tokens.token_type, 'bearer');
      assert.equal(claims?.iss, server.issuer);
      assert.equal(claims?.aud, 'web');
      const person = await client.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '');
      assert.deepEqual(
        [person.preferred_username, person.name, person.email],
        [canary.username, canary.name, canary.email],
      );
      const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
      assert.notEqual(refreshed.access_token, tokens.access_token);
      assert.notEqual(refreshed.refresh_token, tokens.refresh_token, 'it was rotated');
      assert.equal(refreshed.claims()?.auth_time ?? claims?.auth_time, claims?.auth_time);
      await client.fetchUserInfo(config, refreshed.access_token, claims?.sub ?? '');
      await visitor.leave();
    });
  }

  it('is not asked again for what was allowed, and is asked for more (ACC-7)', async () => {
    const remembering = await registerWeb(server, 'remembering', application);
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    const first = await begin(remembering, application, { scope: 'openid profile' });
    await page.goto(first.url.href);
    await signIn(page, canary.username, canary.password);
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await first.finish(await waitForReturn(page, application));

    await page.goto('about:blank');
    const again = await begin(remembering, application, { scope: 'openid profile' });
    await page.goto(again.url.href);
    await again.finish(await waitForReturn(page, application));

    const more = await begin(remembering, application, { scope: openid });
    await page.goto(more.url.href);
    await page.getByText('read your e-mail address').waitFor();
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await waitForReturn(page, application);
    await visitor.leave();
  });

  it('is sent on by the application to another origin of its own, after a form of ours (OpenID Connect Core §3.1.2.5, decision 20)', async () => {
    await using cleanup = new AsyncDisposableStack();
    const elsewhere = await openApplication(cleanup);
    application.onward = elsewhere.redirectUri;
    cleanup.defer(() => {
      application.onward = undefined;
    });
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    const flow = await begin(config, application, { scope: openid, prompt: 'consent' });
    await page.goto(flow.url.href);
    await signIn(page, canary.username, canary.password);
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.waitForURL(elsewhere.redirectUri);
    await page.getByRole('heading', { name: 'Back at the application' }).waitFor();
    await visitor.leave();
  });

  it('has to sign in again for prompt=login, and the id token tells the new time (SPN-16)', async () => {
    const visitor = await signedIn(browser, server);
    const { page } = visitor;
    const before = await begin(config, application, { scope: openid, max_age: '3600' });
    await page.goto(before.url.href);
    const earlier = (await before.finish(await waitForReturn(page, application))).claims();

    await page.goto('about:blank');
    const flow = await begin(config, application, { scope: openid, prompt: 'login', max_age: '3600' });
    await page.goto(flow.url.href);
    // The clock has whole seconds: the second sign-in falls into a later one.
    await waitForSecondAfter(earlier?.auth_time ?? 0);
    await signIn(page, canary.username, canary.password);
    const later = (await flow.finish(await waitForReturn(page, application))).claims();
    assert.ok((later?.auth_time ?? 0) > (earlier?.auth_time ?? 0));
    await visitor.leave();
  });

  it('denies, or cancels the sign-in, and the application is told access_denied with iss and state (CAP-1, RFC 9207)', async () => {
    const denying = await registerWeb(server, 'denied', application);
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    for (const choice of ['Cancel', 'Deny']) {
      const flow = await begin(denying, application, { scope: openid });
      await page.goto(flow.url.href);
      if (choice === 'Deny') await signIn(page, canary.username, canary.password);
      await page.getByRole('button', { name: choice, exact: true }).click();
      const { searchParams } = await waitForReturn(page, application);
      assert.deepEqual(
        [searchParams.get('error'), searchParams.get('iss'), searchParams.get('state')],
        ['access_denied', server.issuer, flow.state],
      );
      assert.equal(searchParams.get('code'), null);
      await page.goto('about:blank');
    }
    await visitor.leave();
  });

  it('is told about a wrong password beside the form, in the same words for an account that does not exist, and goes on (SPN-18)', async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    visitor.expectStatus(401);
    await page.goto(`${server.issuer}/account`);
    const told: string[] = [];
    for (const username of [canary.username, 'nobody-of-that-name']) {
      await signIn(page, username, 'not the password');
      const alert = page.getByRole('alert');
      await alert.waitFor();
      await page
        .getByLabel('User name')
        .and(page.locator(`[value="${username}"]`))
        .waitFor();
      told.push((await alert.textContent()) ?? '');
      assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '');
      assert.equal(await focusedName(page), 'password');
    }
    assert.equal(told[0], told[1]);
    await signIn(page, canary.username, canary.password);
    await page.getByRole('heading', { name: 'Your account' }).waitFor();
    await visitor.leave();
  });

  it('signs in and consents by keyboard alone, and sees where the focus is (ACC-7)', async () => {
    const keyboardOnly = await registerWeb(server, 'keyboard', application);
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    const flow = await begin(keyboardOnly, application, { scope: openid });
    await page.goto(flow.url.href);
    assert.equal(await focusedName(page), 'username', 'the first field is ready to type');
    await page.keyboard.type(canary.username);
    await page.keyboard.press('Tab');
    assert.equal(await focusedName(page), 'password');
    assert.ok(await hasFocusRing(page));
    await page.keyboard.type(canary.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Allow access' }).waitFor();
    for (let presses = 0; (await focusedName(page)) !== 'Allow'; presses += 1) {
      assert.ok(presses < 20, 'Tab never reaches the button that allows');
      await page.keyboard.press('Tab');
    }
    assert.ok(await hasFocusRing(page));
    await page.keyboard.press('Enter');
    await flow.finish(await waitForReturn(page, application));
    await visitor.leave();
  });

  it('reads German by ui_locales before Accept-Language, by Accept-Language else, and the page says its language (ACC-7)', async () => {
    const english = await openVisitor(browser, { locale: 'en-GB' });
    await english.page.goto(authorizeUrl({ server, application }, { ui_locales: 'fr de-AT' }));
    await english.page.getByRole('heading', { name: 'Anmelden' }).waitFor();
    assert.equal(await english.page.locator('html').getAttribute('lang'), 'de');
    await english.leave();

    const german = await openVisitor(browser, { locale: 'de-DE' });
    await german.page.goto(authorizeUrl({ server, application }));
    await german.page.getByRole('heading', { name: 'Anmelden' }).waitFor();
    await german.page.getByLabel('Benutzername').fill(canary.username);
    await german.page.getByLabel('Passwort', { exact: true }).fill(canary.password);
    await german.page.getByRole('button', { name: 'Anmelden' }).click();
    await german.page.getByRole('heading', { name: 'Zugriff erlauben' }).waitFor();
    await german.leave();
  });

  it('gets a page and no redirect for an unregistered redirect URI, with a way to the rule (CAP-1, RFC 9700 §2.1)', async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    visitor.expectStatus(400);
    const url = authorizeUrl({ server, application }, { redirect_uri: 'https://elsewhere.example/callback' });
    const response = await page.goto(url);
    assert.equal(response?.status(), 400);
    assert.equal(new URL(page.url()).origin, server.issuer);
    await page.getByRole('link', { name: 'Exact redirect URIs' }).click();
    await page.getByRole('heading', { name: 'By which rule' }).waitFor();
    await visitor.leave();
  });

  it('who goes back after signing in finds an end and no form, and no second code (ACC-2)', async () => {
    const returning = await registerWeb(server, 'returning', application);
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    const flow = await begin(returning, application, { scope: openid });
    await page.goto(flow.url.href);
    await signIn(page, canary.username, canary.password);
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await flow.finish(await waitForReturn(page, application));
    const codes = application.received.length;
    visitor.expectStatus(400);
    await page.goBack();
    await page.getByRole('heading', { name: 'This sign-in has ended' }).waitFor();
    assert.equal(await page.locator('form').count(), 0);
    await page.reload();
    assert.equal(application.received.length, codes);
    await visitor.leave();
  });

  it('has a session cookie that scripts and other sites cannot use, named after its tenant (ACC-7)', async () => {
    await server.cli(['tenant', 'add', 'acme']);
    await server.cli(
      ['user', 'add', '--username', canary.username, '--password-stdin', '--tenant', 'acme'],
      canary.password,
    );
    const visitor = await signedIn(browser, server);
    const { page } = visitor;
    await page.goto(`${server.issuer}/t/acme/account`);
    // Signed in at one tenant is signed in at no other.
    await signIn(page, canary.username, canary.password);
    await page.getByRole('heading', { name: 'Your account' }).waitFor();
    const cookies = await visitor.context.cookies();
    for (const { name, httpOnly, sameSite, secure, path } of cookies) {
      assert.deepEqual(
        { httpOnly, sameSite, secure, path },
        { httpOnly: true, sameSite: 'Lax', secure: false, path: '/' },
        name,
      );
    }
    const sessions = cookies.map(({ name }) => name).filter((name) => name.startsWith('cs-session-'));
    assert.deepEqual(sessions.sort(), ['cs-session-acme', 'cs-session-default']);
    assert.equal(await page.evaluate('document.cookie'), '');
    await visitor.leave();
  });
});

describe('a person on the account page', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let browser: Browser;
  let server: Countersign;
  let application: Application;

  before(async () => {
    browser = await launchChromium(cleaning);
    application = await openApplication(cleaning);
    server = await startCountersign(cleaning, { name: 'e2e-account' });
    await furnish({ server, application });
  });
  after(() => cleaning.disposeAsync());

  it('sees where one is signed in, ends one session and then all others, and the other browsers are out (SPN-1)', async () => {
    const here = await signedIn(browser, server);
    const others: Visitor[] = [];
    for (const device of ['Firefox/140.0', 'Version/18.0 Safari/605', 'Edg/150.0']) {
      others.push(
        await signedIn(browser, server, `Mozilla/5.0 (Windows NT 10.0) ${device} ${canary.userAgent}`),
      );
    }
    const sessions = here.page.getByRole('region', { name: 'Where you are signed in' }).getByRole('listitem');
    await here.page.reload();
    assert.equal(await sessions.count(), 4);
    assert.match((await sessions.filter({ hasText: 'This browser' }).textContent()) ?? '', /Chrome, Linux/);

    await here.page.getByRole('button', { name: 'End the session on Firefox, Windows' }).click();
    await here.page.getByText('The session has ended.').waitFor();
    assert.equal(await sessions.count(), 3);
    await here.page.getByRole('button', { name: 'End all other sessions' }).click();
    await here.page.getByText('All other sessions have ended.').waitFor();
    assert.equal(await sessions.count(), 1);

    for (const other of others) {
      await other.page.reload();
      await other.page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await other.leave();
    }
    await here.page.reload();
    await here.page.getByRole('heading', { name: 'Your account' }).waitFor();
    await here.leave();
  });

  it('takes a consent back, and the tokens under it end and the question comes again (SPN-1, SPN-5)', async () => {
    const config = await registerWeb(server, 'revoked', application);
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    const flow = await begin(config, application, { scope: `${openid} offline_access`, prompt: 'consent' });
    await page.goto(flow.url.href);
    await signIn(page, canary.username, canary.password);
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    const tokens = await flow.finish(await waitForReturn(page, application));
    assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, true);

    await page.goto(`${server.issuer}/account`);
    await page.getByRole('button', { name: 'Revoke the access of revoked' }).click();
    await page.getByText('The access is revoked.').waitFor();
    await page.getByText('No application has access.').waitFor();
    assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, false);
    await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token ?? ''), {
      error: 'invalid_grant',
    });

    const again = await begin(config, application, { scope: openid });
    await page.goto(again.url.href);
    await page.getByRole('heading', { name: 'Allow access' }).waitFor();
    await visitor.leave();
  });

  it('changes the password with the current one, and the old one and every other session end (SPN-1)', async () => {
    const next = `${canary.password} anew`;
    const here = await signedIn(browser, server);
    const other = await signedIn(browser, server);
    const change = async (current: string, chosen: string): Promise<void> => {
      await here.page.getByLabel('Current password').fill(current);
      await here.page.getByLabel('New password').fill(chosen);
      await here.page.getByRole('button', { name: 'Change password' }).click();
    };
    here.expectStatus(422);
    await change('not the password', next);
    await here.page.getByText('This is not your current password.').waitFor();
    await change(canary.password, 'short');
    await here.page.getByText('This password is too short.').waitFor();
    await change(canary.password, next);
    await here.page.getByText('Your password is changed').waitFor();

    await other.page.reload();
    await other.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    other.expectStatus(401);
    await signIn(other.page, canary.username, canary.password);
    await other.page.getByRole('alert').waitFor();
    await signIn(other.page, canary.username, next);
    await other.page.getByRole('heading', { name: 'Your account' }).waitFor();
    await other.leave();
    await here.leave();
    await server.cli(['user', 'set-password', canary.username, '--password-stdin'], canary.password);
  });

  it('signs out, and neither the back button nor a kept cookie brings the account back (SPN-1)', async () => {
    const visitor = await signedIn(browser, server);
    const { page, context } = visitor;
    const kept = await context.cookies();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    assert.deepEqual(
      (await context.cookies()).filter(({ name }) => name.includes('session')),
      [],
    );
    await page.goBack();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await context.addCookies(kept);
    await page.goto(`${server.issuer}/account`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await visitor.leave();
  });

  it('whose password an administrator set chooses a new one before anything else (ACC-7)', async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    await page.goto(`${server.issuer}/account`);
    await signIn(page, 'newcomer', canary.password);
    await page.getByLabel('New password').fill(`${canary.password} of my own`);
    await page.getByRole('button', { name: 'Save and sign in' }).click();
    await page.getByRole('heading', { name: 'Your account' }).waitFor();
    await visitor.leave();
  });
});

describe('a person who signs out of an application', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let browser: Browser;
  let server: Countersign;
  let application: Application;
  let config: client.Configuration;
  let party: RelyingParty;

  before(async () => {
    browser = await launchChromium(cleaning);
    application = await openApplication(cleaning);
    party = await openRelyingParty();
    cleaning.defer(() => party.close());
    server = await startCountersign(cleaning, { name: 'e2e-logout' });
    await furnish({ server, application });
    config = await registerWeb(server, 'web', application, [
      '--first-party',
      '--post-logout-redirect-uri',
      application.signedOutUri,
      '--backchannel-logout-uri',
      `${party.origin}/bcl`,
    ]);
  });
  after(() => cleaning.disposeAsync());

  /** Signed in at the application, with the ID token that it got. */
  async function enter(visitor: Visitor): Promise<string> {
    const flow = await begin(config, application, { scope: openid });
    await visitor.page.goto(flow.url.href);
    await signIn(visitor.page, canary.username, canary.password);
    return (await flow.finish(await waitForReturn(visitor.page, application))).id_token ?? '';
  }

  async function assertSignedOut({ page }: Visitor): Promise<void> {
    const silent = await begin(config, application, { scope: openid, prompt: 'none' });
    await page.goto(silent.url.href);
    const returned = await waitForReturn(page, application);
    assert.equal(returned.searchParams.get('error'), 'login_required');
  }

  it('is sent back at once, state and all, prompt=none finds nobody, and the application’s server is told (OpenID Connect RP-Initiated Logout §2, §3, OpenID Connect Back-Channel Logout §2.5)', async () => {
    const visitor = await openVisitor(browser);
    const hint = await enter(visitor);
    const url = client.buildEndSessionUrl(config, {
      id_token_hint: hint,
      post_logout_redirect_uri: application.signedOutUri,
      state: 'as it came',
    });
    await visitor.page.goto(url.href);
    await visitor.page.waitForURL((at) => at.href.startsWith(application.signedOutUri));
    assert.equal(new URL(visitor.page.url()).searchParams.get('state'), 'as it came');
    const [told] = await party.told('/bcl');
    const keys = createRemoteJWKSet(new URL(`${server.issuer}/.well-known/jwks.json`));
    const verified = await jwtVerify(told?.token ?? '', keys, {
      issuer: server.issuer,
      audience: 'web',
      typ: 'logout+jwt',
    });
    assert.equal(verified.payload.sid, decodeJwt(hint).sid);
    await assertSignedOut(visitor);
    await visitor.leave();
  });

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with JavaScript' : 'with JavaScript off';
    it(`is asked by an application that shows no ID token, stays, then goes, and the form leads back to it, ${how} (OpenID Connect RP-Initiated Logout §2)`, async () => {
      const visitor = await openVisitor(browser, { javaScriptEnabled });
      const { page } = visitor;
      await enter(visitor);
      const url = client.buildEndSessionUrl(config, { post_logout_redirect_uri: application.signedOutUri });
      await page.goto(url.href);
      await page.getByText('web asks you to sign out.').waitFor();
      await page.getByRole('button', { name: 'Stay signed in' }).click();
      await page.getByRole('heading', { name: 'Your account' }).waitFor();
      await page.goto(url.href);
      await page.getByRole('button', { name: 'Sign out' }).focus();
      assert.ok(await hasFocusRing(page));
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Signed out of the application' }).waitFor();
      await assertSignedOut(visitor);
      await visitor.leave();
    });
  }

  it('is signed out by a form that the application posts from its own site, where no cookie of ours goes along (OpenID Connect RP-Initiated Logout §2)', async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    const hint = await enter(visitor);
    // The same server under another name is another site.
    const elsewhere = new URL(application.signedOutUri);
    elsewhere.hostname = '127.0.0.1';
    await page.goto(elsewhere.href);
    await page.setContent(`<!doctype html><html lang="en"><title>Form</title>
      <form method="post" action="${server.issuer}/oauth2/logout"><input name="id_token_hint" value="${hint}">
      <input name="post_logout_redirect_uri" value="${application.signedOutUri}"><button>Log out</button></form>`);
    const posted = page.waitForRequest((request) => request.url() === `${server.issuer}/oauth2/logout`);
    await page.getByRole('button', { name: 'Log out' }).click();
    assert.equal((await (await posted).allHeaders()).cookie, undefined);
    await page.waitForURL(application.signedOutUri);
    await assertSignedOut(visitor);
    await visitor.leave();
  });
});

describe('every page', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let browser: Browser;
  let server: Countersign;
  let application: Application;

  before(async () => {
    browser = await launchChromium(cleaning);
    application = await openApplication(cleaning);
    server = await startCountersign(cleaning, { name: 'e2e-pages' });
    await furnish({ server, application });
  });
  after(() => cleaning.disposeAsync());

  it('has no barrier that axe-core finds in light or dark, fits a phone, and logs no error (ACC-7)', async () => {
    const visitor = await openVisitor(browser, { viewport: { width: 390, height: 844 } });
    const seen: string[] = [];
    for await (const name of walkThrough({ server, application }, visitor)) {
      seen.push(name);
      assert.deepEqual(await findBarriers(visitor.page), [], name);
      const overflow = await visitor.page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(overflow, 0, `${name} is wider than a phone`);
    }
    assert.equal(seen.length, 23);
    await visitor.leave();
  });

  it('set-up link makes the first administrator, who is at the account page at once, and works once (IAM-2, ACC-2)', async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    await page.goto(server.setupLink);
    await page.getByLabel('Your name').fill(canary.name);
    await page.getByLabel('User name').fill('first-administrator');
    await page.getByLabel('Password', { exact: true }).fill(canary.password);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await page.getByText('You are the administrator of this server.').waitFor();
    assert.equal(new URL(page.url()).pathname, '/account');
    const { roles } = await server.cli<{ roles: readonly unknown[] }>([
      'user',
      'show',
      'first-administrator',
    ]);
    assert.match(JSON.stringify(roles), /admin/);

    visitor.expectStatus(400);
    visitor.expectStatus(403);
    visitor.expectStatus(404);
    await page.goto(server.setupLink);
    await page.getByRole('heading', { name: 'This set-up link does not work' }).waitFor();
    await visitor.leave();
  });
});

describe('a person on https', suite, () => {
  const cleaning = new AsyncDisposableStack();
  const trustedBefore = tls.getCACertificates('default');
  let browser: Browser;
  let server: Countersign;
  let application: Application;

  before(async () => {
    browser = await launchChromium(cleaning);
    application = await openApplication(cleaning);
    const folder = temporaryFolder(cleaning);
    const { certFile, keyFile, pem } = makeCertificate(folder);
    tls.setDefaultCACertificates([...trustedBefore, pem]);
    cleaning.defer(() => tls.setDefaultCACertificates(trustedBefore));
    const port = await findFreePort();
    const dataDirectory = join(folder, 'data');
    const set = [
      ...['--data-dir', dataDirectory, '--public-url', `https://localhost:${port}`, '--bootstrap', 'link'],
      ...['--set', `server.tls.certFile=${certFile}`, '--set', `server.tls.keyFile=${keyFile}`],
    ];
    assert.equal((await runCountersign(['init', ...set])).status, 0);
    const env = { COUNTERSIGN_SERVER__TLS__CERT_FILE: certFile, COUNTERSIGN_SERVER__TLS__KEY_FILE: keyFile };
    server = await startCountersign(cleaning, {
      name: 'e2e-https',
      command: 'serve',
      port,
      dataDirectory,
      env,
    });
    await furnish({ server, application });
  });
  after(() => cleaning.disposeAsync());

  it('has __Host- cookies marked Secure and pages with HSTS, and openid-client completes the flow (SPN-16, decision 18)', async () => {
    assert.match(server.issuer, /^https:/);
    const config = await registerWeb(server, 'web', application);
    const visitor = await openVisitor(browser, { ignoreHTTPSErrors: true });
    const { page } = visitor;
    const flow = await begin(config, application, { scope: openid });
    const response = await page.goto(flow.url.href);
    assert.match((await response?.headerValue('strict-transport-security')) ?? '', /^max-age=31536000/);
    await signIn(page, canary.username, canary.password);
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    const tokens = await flow.finish(await waitForReturn(page, application));
    assert.equal(tokens.claims()?.iss, server.issuer);

    const cookies = await visitor.context.cookies(server.issuer);
    assert.ok(cookies.some(({ name }) => name === '__Host-cs-session-default'));
    for (const { name, httpOnly, sameSite, secure, path, domain } of cookies) {
      const attributes = { httpOnly: true, sameSite: 'Lax', secure: true, path: '/', domain: 'localhost' };
      assert.match(name, /^__Host-cs-/);
      assert.deepEqual({ httpOnly, sameSite, secure, path, domain }, attributes, name);
    }
    await visitor.leave();
  });
});

interface Flow {
  readonly url: URL;
  readonly state: string;
  /** Redeems what came back, with every check openid-client makes. */
  finish(returned: URL): Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers>;
}

/** An authorization request as openid-client makes it: pushed, with PKCE, state and nonce. */
async function begin(
  config: client.Configuration,
  { redirectUri }: Application,
  parameters: Readonly<Record<string, string>>,
): Promise<Flow> {
  const [verifier, state, nonce] = [
    client.randomPKCECodeVerifier(),
    client.randomState(),
    client.randomNonce(),
  ];
  const url = await client.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: redirectUri,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters,
  });
  return {
    url,
    state,
    finish: (returned) =>
      client.authorizationCodeGrant(config, returned, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        ...(parameters.max_age !== undefined && { maxAge: Number(parameters.max_age) }),
      }),
  };
}

async function registerWeb(
  server: Countersign,
  id: string,
  application: Application,
  more: readonly string[] = [],
): Promise<client.Configuration> {
  const options = ['--secret-stdin', '--redirect-uri', application.redirectUri, ...more];
  await server.cli(['client', 'add', '--id', id, ...options], canary.clientSecret);
  return client.discovery(
    new URL(server.issuer),
    id,
    undefined,
    client.ClientSecretBasic(canary.clientSecret),
    {
      execute: [client.allowInsecureRequests],
    },
  );
}

/** Somebody with a session, looking at the account page. */
async function signedIn(browser: Browser, server: Countersign, userAgent?: string): Promise<Visitor> {
  const visitor = await openVisitor(browser, userAgent === undefined ? {} : { userAgent });
  await visitor.page.goto(`${server.issuer}/account`);
  await signIn(visitor.page, canary.username, canary.password);
  await visitor.page.getByRole('heading', { name: 'Your account' }).waitFor();
  return visitor;
}

/** The name of the focused field, or the words on the focused button or link. */
function focusedName(page: Page): Promise<string> {
  return page.evaluate<string>(
    '((focused) => (focused.matches("input") ? focused.name : focused.textContent))(document.activeElement)',
  );
}

async function hasFocusRing(page: Page): Promise<boolean> {
  const outline = await page.evaluate<string>(
    '(({ outlineStyle, outlineWidth }) => outlineStyle + " " + outlineWidth)(getComputedStyle(document.activeElement))',
  );
  return /^solid [2-9]px$/.test(outline);
}

async function waitForSecondAfter(epochSeconds: number): Promise<void> {
  while (Math.floor(Date.now() / 1000) <= epochSeconds)
    await new Promise((resolve) => setTimeout(resolve, 20));
}
