import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { skipWithoutChromium } from '../support/chromium.ts';
import { providePeerNamed } from './support/catalogue.ts';
import { assertPerson, readJson, signInAndAllow } from './support/journey.ts';
import { assertTableSays } from './support/page.ts';
import { startPeer } from './support/peer-process.ts';
import { type Application, register } from './support/registration.ts';
import { assertRefreshedBy, openStage, type Stage, shortAccess } from './support/stage.ts';
import { openUpstream } from './support/upstream.ts';

const peer = await providePeerNamed('oauth2-proxy');

type Headers = Readonly<Record<string, string>>;

describe('OAuth2 Proxy, unmodified', { skip: peer.skip || skipWithoutChromium }, () => {
  const cleaning = new AsyncDisposableStack();
  let stage: Stage;
  let application: Application;

  before(async () => {
    stage = await openStage(cleaning, { name: 'oauth2-proxy', secure: true, settings: shortAccess });
    application = await register(stage, 'oauth2-proxy');
    const file = join(stage.folder, 'oauth2-proxy.cfg');
    const configuration = application.configuration('toml', {
      COOKIE_SECRET: randomBytes(16).toString('hex'),
      'http://127.0.0.1:8080': await openUpstream(cleaning),
      'cookie_refresh = "4m"': 'cookie_refresh = "1s"',
      '"id.example"': `"${new URL(stage.server.issuer).host}"`,
    });
    writeFileSync(file, configuration, { mode: 0o600 });
    await startPeer(cleaning, {
      command: join(peer.installed().folder, 'peer'),
      parameters: [
        ...['--config', file, '--http-address', `127.0.0.1:${application.port}`, '--cookie-secure=false'],
        ...['--provider-ca-file', stage.secure?.caFile ?? ''],
      ],
      env: { HTTPS_PROXY: stage.secure?.proxy ?? '' },
      readyUrl: `${application.url}/ping`,
    });
  });
  after(() => cleaning.disposeAsync());

  it('is the version that docs/interop.md describes', () => {
    assertTableSays('oauth2-proxy', peer.installed().version);
  });

  it('lets a person through to the application behind it over https, by discovery and PKCE, refreshes by itself, and signs out at the server too (OpenID Connect Core §3.1, §5.3, §12, RFC 7636 §4, OpenID Connect RP-Initiated Logout §2, SPN-16)', async () => {
    const visitor = await stage.visit();
    const { page } = visitor;
    const wanted = `${application.url}/inside`;
    visitor.expectStatus(403);
    await page.goto(wanted);
    await page.getByRole('button', { name: 'Sign in with OpenID Connect' }).click();
    await signInAndAllow(visitor, 'oauth2-proxy');
    const look = async (): Promise<void> => {
      const headers = await readJson<Headers>(visitor, wanted);
      assertPerson(
        {
          sub: headers['x-forwarded-user'] ?? '',
          preferred_username: headers['x-forwarded-preferred-username'] ?? '',
          email: headers['x-forwarded-email'] ?? '',
        },
        stage.sub,
      );
    };
    await look();
    await assertRefreshedBy(stage, application.clientId, async () => {
      await page.reload();
      await look();
    });

    const signOut = application.configuration('text').trim();
    await page.goto(`${application.url}/oauth2/sign_out?rd=${encodeURIComponent(signOut)}`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${application.url}/`);
    await page.goto(wanted);
    await page.getByRole('button', { name: 'Sign in with OpenID Connect' }).click();
    await page.getByLabel('Password', { exact: true }).waitFor();
    await visitor.leave();
  });
});
