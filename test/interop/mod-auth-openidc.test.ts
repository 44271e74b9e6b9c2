import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { skipWithoutChromium, type Visitor } from '../support/chromium.ts';
import { prepareApache } from './support/apache.ts';
import { providePeerNamed } from './support/catalogue.ts';
import {
  assertPerson,
  assertSignedOut,
  assertTold,
  readJson,
  signInAndAllow,
  signOutOfServer,
} from './support/journey.ts';
import { assertTableSays } from './support/page.ts';
import { startPeer } from './support/peer-process.ts';
import { type Application, register } from './support/registration.ts';
import { assertRefreshedBy, mayCallPeers, openStage, type Stage, shortAccess } from './support/stage.ts';
import { openUpstream } from './support/upstream.ts';

const peer = await providePeerNamed('mod-auth-openidc');

type Headers = Readonly<Record<string, string>>;

describe('Apache with mod_auth_openidc, unmodified', { skip: peer.skip || skipWithoutChromium }, () => {
  const cleaning = new AsyncDisposableStack();
  let stage: Stage;
  let application: Application;

  before(async () => {
    stage = await openStage(cleaning, {
      name: 'mod-auth-openidc',
      secure: true,
      settings: { ...shortAccess, ...mayCallPeers },
    });
    application = await register(stage, 'mod-auth-openidc');
    const configuration = application.configuration('apache', {
      PASSPHRASE: randomBytes(24).toString('hex'),
      'http://127.0.0.1:8080': await openUpstream(cleaning),
    });
    const { caFile = '', proxy = '' } = stage.secure ?? {};
    const wayOut = ['OIDCCABundlePath ca.pem', `OIDCOutgoingProxy ${new URL(proxy).host}`].join('\n');
    const apache = await prepareApache(cleaning, {
      port: application.port,
      site: `${configuration}\n${wayOut}`,
      caFile,
    });
    await startPeer(cleaning, {
      command: peer.installed().program,
      parameters: ['-f', apache.configurationFile, '-DFOREGROUND'],
      cwd: apache.folder,
      env: {},
      readyUrl: application.url,
      logFile: apache.logFile,
      ...(apache.ids !== undefined && { ids: apache.ids }),
    });
  });
  after(() => cleaning.disposeAsync());

  it('is the version that docs/interop.md describes', () => {
    assertTableSays('mod-auth-openidc', peer.installed().version);
  });

  it('lets a person through to the application behind it over https, by discovery, PKCE and nonce, refreshes by itself, and signs out at the server too (OpenID Connect Core §3.1, §5.3, §12, RFC 7636 §4, OpenID Connect RP-Initiated Logout §2, SPN-16)', async () => {
    const visitor = await stage.visit();
    const { page } = visitor;
    const wanted = `${application.url}/inside`;
    await page.goto(wanted);
    await signInAndAllow(visitor, 'mod-auth-openidc');
    const look = () => assertSeen(visitor, wanted);
    await look();
    await assertRefreshedBy(stage, application.clientId, async () => {
      await page.reload();
      await look();
    });

    const signedOut = encodeURIComponent(`${application.url}/`);
    await page.goto(`${application.url}/callback?logout=${signedOut}`);
    // Back at the application, which lets nobody in, and so at the sign-in.
    await assertSignedOut(visitor, wanted, 'mod-auth-openidc');
    await visitor.leave();
  });

  it('a person who signs out at the server is signed out of the application, which is told by its back channel (OpenID Connect Back-Channel Logout §2.5, §2.8, SPN-16)', async () => {
    const visitor = await stage.visit();
    const { page } = visitor;
    const wanted = `${application.url}/inside`;
    await page.goto(wanted);
    await signInAndAllow(visitor, 'mod-auth-openidc');
    await assertSeen(visitor, wanted);

    await signOutOfServer(visitor, stage.issuer);
    await assertTold(visitor, wanted, 'mod-auth-openidc');
    await visitor.leave();
  });

  async function assertSeen(visitor: Visitor, url: string): Promise<void> {
    const headers = await readJson<Headers>(visitor, url);
    const {
      oidc_claim_sub: sub = '',
      oidc_claim_preferred_username: preferred_username = '',
      oidc_claim_email: email = '',
    } = headers;
    assertPerson({ sub, preferred_username, email }, stage.sub);
  }
});
