import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { skipWithoutChromium } from '../support/chromium.ts';
import { providePeerNamed } from './support/catalogue.ts';
import {
  assertPerson,
  assertSignedOut,
  readJson,
  type SeenPerson,
  signInAndAllow,
} from './support/journey.ts';
import { startNodePeer } from './support/node-peer.ts';
import { assertShows, assertTableSays } from './support/page.ts';
import { type Application, register } from './support/registration.ts';
import { assertRefreshedBy, openStage, type Stage, shortAccess } from './support/stage.ts';

const peer = await providePeerNamed('oidc-client-ts');

describe('oidc-client-ts in the browser, unmodified', { skip: peer.skip || skipWithoutChromium }, () => {
  const cleaning = new AsyncDisposableStack();
  let stage: Stage;
  let application: Application;
  let folder: string;

  before(async () => {
    stage = await openStage(cleaning, { name: 'oidc-client-ts', secure: true, settings: shortAccess });
    application = await register(stage, 'oidc-client-ts');
    folder = peer.installed().folder;
    await startNodePeer(cleaning, stage, application, join(folder, 'app.mjs'));
  });
  after(() => cleaning.disposeAsync());

  it('is the version and the program that docs/interop.md describes', () => {
    const file = join(folder, 'page.mjs');
    assertTableSays('oidc-client-ts', peer.installed().version);
    assertShows(application.section, 'js', file);
  });

  it('signs a person in from a page of another origin by discovery and PKCE, renews by itself, and out at the server too (OpenID Connect Core §3.1, §5.3, §12, RFC 7636 §4, OpenID Connect RP-Initiated Logout §2, SPN-16)', async () => {
    assert.equal(application.clientSecret, '', 'a public client has no secret');
    const visitor = await stage.visit();
    const { page } = visitor;
    const home = `${application.url}/`;
    await page.goto(`${application.url}/login`);
    await signInAndAllow(visitor, 'oidc-client-ts');
    const look = async (): Promise<void> => {
      await page.locator('body', { hasText: /^\{/ }).waitFor();
      assertPerson(await readJson<SeenPerson>(visitor, home), stage.sub);
    };
    await look();
    // The page renews while it is open; nothing has to be done.
    await assertRefreshedBy(stage, application.clientId, look);
    await page.reload();
    await look();

    await page.goto(`${application.url}/logout`);
    await page.waitForURL(home);
    await page.locator('body', { hasText: /^null$/ }).waitFor();
    await assertSignedOut(visitor, `${application.url}/login`, 'oidc-client-ts');
    await visitor.leave();
  });
});
