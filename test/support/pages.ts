/** Every kind of page there is, brought up as a person would meet it: for the checks that look at all of them. */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { canary } from '../../scripts/canaries.ts';
import type { Application } from './application.ts';
import { signIn, type Visitor } from './chromium.ts';
import type { Countersign } from './countersign.ts';

export interface Showroom {
  readonly server: Countersign;
  readonly application: Application;
}

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

/** A client that is asked for consent, with everything a sign-in page can show of it, and two people. */
export async function furnish({ server, application }: Showroom): Promise<void> {
  const site = new URL(application.redirectUri).origin;
  const metadata = `${server.dataDirectory}.shop.json`;
  const links = { client_uri: `${site}/`, policy_uri: `${site}/privacy`, tos_uri: `${site}/terms` };
  writeFileSync(metadata, JSON.stringify({ logo_uri: `${site}/logo.svg`, ...links }));
  await server.cli([
    ...[
      'client',
      'add',
      '--id',
      'shop',
      '--name',
      'Harbour Books',
      '--redirect-uri',
      application.redirectUri,
      '--post-logout-redirect-uri',
      application.signedOutUri,
    ],
    ...[
      '--scope',
      'openid profile email address phone offline_access orders:read',
      '--audience',
      'https://api.harbour.example/orders',
      '--metadata',
      metadata,
    ],
  ]);
  await server.cli([
    ...['client', 'add', '--id', 'tv', '--name', 'Harbour TV', '--public', '--grant', 'device_code'],
    ...['--grant', 'refresh_token', '--scope', 'openid profile offline_access films:watch'],
  ]);
  const password = ['--password-stdin'];
  await server.cli(
    [
      ...['user', 'add', '--username', canary.username, '--email', canary.email, '--name', canary.name],
      ...password,
    ],
    canary.password,
  );
  await server.cli(
    ['user', 'add', '--username', 'newcomer', '--must-change-password', ...password],
    canary.password,
  );
}

export function authorizeUrl(
  { server, application }: Showroom,
  parameters: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({
    client_id: 'shop',
    response_type: 'code',
    redirect_uri: application.redirectUri,
    scope: 'openid profile email address phone offline_access orders:read',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    prompt: 'consent',
    ...parameters,
  });
  return `${server.issuer}/oauth2/authorize?${query}`;
}

/** A logout that the client asks for by its name alone. */
function logoutUrl(
  { server, application }: Showroom,
  parameters: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({
    client_id: 'shop',
    post_logout_redirect_uri: application.signedOutUri,
    ...parameters,
  });
  return `${server.issuer}/oauth2/logout?${query}`;
}

/** Goes from page to page; at each name the visitor's page shows it. Needs a server whose set-up is still open. */
export async function* walkThrough(showroom: Showroom, visitor: Visitor): AsyncGenerator<string> {
  const { page } = visitor;
  const { server } = showroom;
  const shows = async (heading: string): Promise<void> => {
    await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
  };

  await page.goto(server.setupLink);
  await shows('Set up this server');
  yield 'setup';

  await page.goto(authorizeUrl(showroom));
  await shows('Sign in');
  yield 'login';

  visitor.expectStatus(401);
  await signIn(page, canary.username, 'not the password');
  await page.getByRole('alert').waitFor();
  yield 'login-refused';

  await signIn(page, canary.username, canary.password);
  await shows('Allow access');
  yield 'consent';
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.waitForURL((url) => url.origin !== server.issuer);

  const stranger = await registerItself(showroom);
  await page.goto(authorizeUrl(showroom, { ...stranger, prompt: 'login consent' }));
  await shows('Sign in');
  await page.getByText('Not verified').waitFor();
  yield 'login-unverified';
  await signIn(page, canary.username, canary.password);
  await shows('Allow access');
  await page.getByText('Not verified').waitFor();
  yield 'consent-unverified';

  // An application that answers with nothing leaves the page that sends the answer on standing.
  await page.route(showroom.application.redirectUri, (route) => route.fulfill({ status: 204 }));
  const byForm = authorizeUrl(showroom, { response_mode: 'form_post', prompt: 'none' });
  await page.goto(byForm, { waitUntil: 'commit' });
  await shows('Back to the application');
  yield 'form-post';
  await page.unroute(showroom.application.redirectUri);

  await page.goto(`${server.issuer}/account`);
  await shows('Your account');
  yield 'account';

  await mistakeThePassword(page, visitor);
  yield 'account-refused';

  visitor.expectStatus(400);
  await page.goto(authorizeUrl(showroom, { redirect_uri: 'https://elsewhere.example/callback' }));
  await shows('We cannot send you back');
  yield 'error';

  await page.goto(`${server.issuer}/help/redirect_uri`);
  await shows('Exact redirect URIs');
  yield 'help';

  yield* connectDevices(server, visitor, shows);

  await page.goto(logoutUrl(showroom));
  await shows('Sign out');
  yield 'logout';
  await page.goto(logoutUrl(showroom, { post_logout_redirect_uri: 'https://elsewhere.example/' }));
  await shows('Sign out');
  yield 'logout-doubtful';

  await page.goto(`${server.issuer}/account`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await shows('You are signed out');
  yield 'signed-out';
  await page.goto(logoutUrl(showroom));
  await shows('You are signed out');
  yield 'signed-out-back';

  await page.goto(`${server.issuer}/account`);
  await signIn(page, 'newcomer', canary.password);
  await shows('Choose a new password');
  yield 'new-password';
}

/** Everything at `/device`, for somebody who is signed in. */
async function* connectDevices(
  server: Countersign,
  visitor: Visitor,
  shows: (heading: string) => Promise<void>,
): AsyncGenerator<string> {
  const { page } = visitor;
  const answer = (name: string) => page.getByRole('button', { name, exact: true }).click();

  await page.goto(`${server.issuer}/device`);
  await shows('Connect a device');
  yield 'device';

  visitor.expectStatus(422);
  await page.getByLabel('Code').fill('bcdf ghjk');
  await answer('Continue');
  await page.getByRole('alert').waitFor();
  yield 'device-refused';

  const first = await askForDevice(server);
  await page.goto(first.verification_uri_complete);
  await page.getByText('Compare this code').waitFor();
  yield 'device-filled';
  await answer('Continue');
  await shows('Connect this device?');
  yield 'device-question';
  await answer('Allow');
  await shows('Your device is connected');
  yield 'device-connected';

  const second = await askForDevice(server);
  await page.goto(second.verification_uri_complete);
  await answer('Continue');
  await shows('Connect this device?');
  const question = page.url();
  await answer('Deny');
  await shows('Nothing was connected');
  yield 'device-denied';

  visitor.expectStatus(400);
  await page.goto(question);
  await shows('This step has ended');
  yield 'device-ended';
}

export interface DeviceCodes {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
}

/** As the television of {@link furnish} does. */
export async function askForDevice({ issuer }: Pick<Countersign, 'issuer'>): Promise<DeviceCodes> {
  const response = await fetch(`${issuer}/oauth2/device_authorization`, {
    method: 'POST',
    headers: { 'user-agent': `Mozilla/5.0 (Linux; Android 14; BRAVIA) Chrome/150.0 ${canary.userAgent}` },
    body: new URLSearchParams({ client_id: 'tv', scope: 'openid profile offline_access films:watch' }),
  });
  if (response.status !== 200) throw new Error(`no device code: ${response.status} ${await response.text()}`);
  return (await response.json()) as DeviceCodes;
}

/** An application that nobody here knows; what its requests differ in from those of the shop. */
async function registerItself({ server, application }: Showroom): Promise<Readonly<Record<string, string>>> {
  await server.cli(['tenant', 'set', 'default', '--dynamic-registration', 'open']);
  for (let turn = 0; turn < 100; turn += 1) {
    const response = await fetch(`${server.issuer}/oauth2/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Harbour Postcards',
        redirect_uris: [application.redirectUri],
        token_endpoint_auth_method: 'none',
      }),
    });
    const { client_id } = (await response.json()) as { readonly client_id?: string };
    if (client_id !== undefined) return { client_id, scope: 'openid profile email' };
    // The server has not heard of the change yet.
    await sleep(50);
  }
  throw new Error('no client could register itself');
}

async function mistakeThePassword(page: Page, visitor: Visitor): Promise<void> {
  visitor.expectStatus(422);
  await page.getByLabel('Current password').fill('not the password');
  await page.getByLabel('New password').fill('whatever else this may be');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('This is not your current password.').waitFor();
}
