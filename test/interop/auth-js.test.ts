import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { skipWithoutChromium } from '../support/chromium.ts';
import { providePeerNamed } from './support/catalogue.ts';
import { assertPerson, readJson, signInAndAllow } from './support/journey.ts';
import { startNodePeer } from './support/node-peer.ts';
import { assertShows, assertTableSays } from './support/page.ts';
import { type Application, register } from './support/registration.ts';
import { openStage, type Stage } from './support/stage.ts';

const peer = await providePeerNamed('auth-js');

interface Session {
  readonly user: { readonly id: string; readonly username: string; readonly email: string };
}

describe('Auth.js, unmodified', { skip: peer.skip || skipWithoutChromium }, () => {
  const cleaning = new AsyncDisposableStack();
  let stage: Stage;
  let application: Application;
  let program: string;

  before(async () => {
    stage = await openStage(cleaning, { name: 'auth-js', secure: true });
    application = await register(stage, 'auth-js');
    program = join(peer.installed().folder, 'app.mjs');
    const secret = { AUTH_SECRET: randomBytes(32).toString('hex') };
    await startNodePeer(cleaning, stage, application, program, secret);
  });
  after(() => cleaning.disposeAsync());

  it('is the version and the program that docs/interop.md describes', () => {
    assertTableSays('auth-js', peer.installed().version);
    assertShows(application.section, 'js', program);
  });

  it('signs a person in over https by discovery, PKCE, state and nonce, and out of the application (OpenID Connect Core §3.1, §5.3, RFC 7636 §4, SPN-16)', async () => {
    const visitor = await stage.visit();
    const { page } = visitor;
    const home = `${application.url}/`;
    // Its own page shows a picture from its makers' site, which a machine for tests may not reach.
    const picture = { contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' };
    await visitor.context.route('https://authjs.dev/**', (route) => route.fulfill(picture));
    await page.goto(`${application.url}/auth/signin?callbackUrl=${encodeURIComponent(home)}`);
    await page.getByRole('button', { name: 'Sign in with Countersign' }).click();
    await signInAndAllow(visitor, 'auth-js');
    const { user } = await readJson<Session>(visitor, home);
    assertPerson({ sub: user.id, preferred_username: user.username, email: user.email }, stage.sub);

    await page.goto(`${application.url}/auth/signout?callbackUrl=${encodeURIComponent(home)}`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    assert.equal(await readJson(visitor, home), null);
    await visitor.leave();
  });
});
