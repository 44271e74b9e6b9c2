import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { skipWithoutChromium } from '../support/chromium.ts';
import { peersFolder } from './support/cache.ts';
import { providePeerNamed } from './support/catalogue.ts';
import {
  assertPerson,
  assertSignedOut,
  readJson,
  type SeenPerson,
  signInAndAllow,
} from './support/journey.ts';
import { assertShows, assertTableSays } from './support/page.ts';
import { startPeer } from './support/peer-process.ts';
import { type Application, register } from './support/registration.ts';
import { assertRefreshedBy, openStage, type Stage, shortAccess } from './support/stage.ts';

const peer = await providePeerNamed('go-oidc');

describe('go-oidc with golang.org/x/oauth2, unmodified', { skip: peer.skip || skipWithoutChromium }, () => {
  const cleaning = new AsyncDisposableStack();
  let stage: Stage;
  let application: Application;

  before(async () => {
    stage = await openStage(cleaning, {
      name: 'go-oidc',
      secure: true,
      tenant: 'harbour',
      settings: shortAccess,
    });
    application = await register(stage, 'go-oidc');
    await startPeer(cleaning, {
      command: join(peer.installed().folder, 'peer'),
      parameters: [],
      env: {
        ISSUER: stage.issuer,
        CLIENT_ID: application.clientId,
        CLIENT_SECRET: application.clientSecret,
        APP_URL: application.url,
        PORT: String(application.port),
        SSL_CERT_FILE: stage.secure?.caFile ?? '',
        HTTPS_PROXY: stage.secure?.proxy ?? '',
      },
      readyUrl: application.url,
    });
  });
  after(() => cleaning.disposeAsync());

  it('is the version and the program that docs/interop.md describes', () => {
    assertTableSays('go-oidc', peer.installed().version);
    assertShows(application.section, 'go', join(peersFolder, 'go-oidc/main.go'));
  });

  it('signs a person in over https at a tenant of its own by discovery, PKCE and nonce, refreshes by itself, and out at the server too (OpenID Connect Core §3.1, §5.3, §12, RFC 7636 §4, OpenID Connect RP-Initiated Logout §2, SPN-16)', async () => {
    const visitor = await stage.visit();
    const { page } = visitor;
    const home = `${application.url}/`;
    await page.goto(`${application.url}/login`);
    await signInAndAllow(visitor, 'go-oidc');
    assertPerson(await readJson<SeenPerson>(visitor, home), stage.sub);

    await assertRefreshedBy(stage, application.clientId, async () => {
      await page.reload();
      assertPerson(await readJson<SeenPerson>(visitor, home), stage.sub);
    });

    await page.goto(`${application.url}/logout`);
    assert.equal(await readJson(visitor, home), null);
    await assertSignedOut(visitor, `${application.url}/login`, 'go-oidc');
    await visitor.leave();
  });
});
