import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { skipWithoutChromium } from '../support/chromium.ts';
import { peersFolder } from './support/cache.ts';
import { providePeerNamed } from './support/catalogue.ts';
import { makeTrustStore } from './support/java.ts';
import {
  assertPerson,
  assertSignedOut,
  assertTold,
  readJson,
  type SeenPerson,
  signInAndAllow,
  signOutOfServer,
} from './support/journey.ts';
import { assertShows, assertTableSays } from './support/page.ts';
import { startPeer } from './support/peer-process.ts';
import { type Application, register } from './support/registration.ts';
import { assertRefreshedBy, mayCallPeers, openStage, type Stage, shortAccess } from './support/stage.ts';

const peer = await providePeerNamed('spring-security');

describe('Spring Security, unmodified', { skip: peer.skip || skipWithoutChromium }, () => {
  const cleaning = new AsyncDisposableStack();
  let stage: Stage;
  let application: Application;

  before(async () => {
    stage = await openStage(cleaning, {
      name: 'spring-security',
      secure: true,
      settings: { ...shortAccess, ...mayCallPeers },
    });
    application = await register(stage, 'spring-security');
    const { folder, java } = peer.installed();
    writeFileSync(join(stage.folder, 'application.yaml'), application.configuration('yaml'), { mode: 0o600 });
    const proxy = new URL(stage.secure?.proxy ?? '');
    const trust = await makeTrustStore(stage);
    const properties = {
      'javax.net.ssl.trustStore': trust.file,
      'javax.net.ssl.trustStorePassword': trust.password,
      'https.proxyHost': proxy.hostname,
      'https.proxyPort': proxy.port,
      'spring.config.additional-location': `${stage.folder}/`,
      'server.address': '127.0.0.1',
      'server.port': String(application.port),
    };
    await startPeer(cleaning, {
      command: java,
      parameters: [
        ...['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'],
        ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
        ...[
          '-cp',
          `${join(folder, 'target/classes')}:${join(folder, 'target/lib/*')}`,
          'interop.Application',
        ],
      ],
      env: {},
      readyUrl: application.url,
    });
  });
  after(() => cleaning.disposeAsync());

  it('is the version and the program that docs/interop.md describes', () => {
    assertTableSays('spring-security', peer.installed().version);
    assertShows(
      application.section,
      'java',
      join(peersFolder, 'spring-security/src/main/java/interop/Security.java'),
    );
  });

  it('signs a person in over https by discovery, PKCE and nonce, refreshes by itself, and signs out at the server too (OpenID Connect Core §3.1, §5.3, §12, RFC 7636 §4, OpenID Connect RP-Initiated Logout §2, SPN-16)', async () => {
    const visitor = await stage.visit();
    const { page } = visitor;
    const home = `${application.url}/`;
    await page.goto(home);
    await signInAndAllow(visitor, 'spring-security');
    const back = new RegExp(`^${home}(\\?continue)?$`);
    assertPerson(await readJson<SeenPerson>(visitor, back), stage.sub);

    await assertRefreshedBy(stage, application.clientId, async () => {
      await page.goto(home);
      assertPerson(await readJson<SeenPerson>(visitor, home), stage.sub);
    });
    await page.goto(`${application.url}/logout`);
    await page.getByRole('button', { name: 'Log Out' }).click();
    await page.getByText('spring-security asks you to sign in.').waitFor();
    await assertSignedOut(visitor, home, 'spring-security');
    await visitor.leave();
  });

  it('a person who signs out at the server is signed out of the application, which is told by its back channel (OpenID Connect Back-Channel Logout §2.5, §2.8, SPN-16)', async () => {
    const visitor = await stage.visit();
    const { page } = visitor;
    const home = `${application.url}/`;
    await page.goto(home);
    await signInAndAllow(visitor, 'spring-security');
    await page.waitForURL((url) => url.origin === application.url);
    await page.goto(home);
    assertPerson(await readJson<SeenPerson>(visitor, home), stage.sub);

    await signOutOfServer(visitor, stage.issuer);
    await assertTold(visitor, home, 'spring-security');
    await visitor.leave();
  });
});
