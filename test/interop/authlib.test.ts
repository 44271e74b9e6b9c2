import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
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
import { assertShows, assertTableSays } from './support/page.ts';
import { startPeer } from './support/peer-process.ts';
import { type Application, register } from './support/registration.ts';
import { assertRefreshedBy, openStage, type Stage, shortAccess } from './support/stage.ts';

const peer = await providePeerNamed('authlib');

describe('Authlib with Flask, unmodified', { skip: peer.skip || skipWithoutChromium }, () => {
  const cleaning = new AsyncDisposableStack();
  let stage: Stage;
  let application: Application;
  let program: string;

  before(async () => {
    stage = await openStage(cleaning, {
      name: 'authlib',
      secure: true,
      tenant: 'harbour',
      settings: shortAccess,
    });
    application = await register(stage, 'authlib');
    const { folder } = peer.installed();
    program = join(folder, 'app.py');
    await startPeer(cleaning, {
      command: join(folder, 'venv/bin/python'),
      parameters: ['-m', 'flask', 'run', '--host', '127.0.0.1', '--port', String(application.port)],
      cwd: folder,
      env: {
        ISSUER: stage.issuer,
        CLIENT_ID: application.clientId,
        CLIENT_SECRET: application.clientSecret,
        SESSION_SECRET: randomBytes(32).toString('hex'),
        REQUESTS_CA_BUNDLE: stage.secure?.caFile ?? '',
        HTTPS_PROXY: stage.secure?.proxy ?? '',
        PYTHONDONTWRITEBYTECODE: '1',
      },
      readyUrl: application.url,
    });
  });
  after(() => cleaning.disposeAsync());

  it('is the version and the program that docs/interop.md describes', () => {
    assertTableSays('authlib', peer.installed().version);
    assertShows(application.section, 'python', program);
  });

  it('signs a person in over https at a tenant of its own by discovery, PKCE and nonce, refreshes by itself, and out at the server too (OpenID Connect Core §3.1, §5.3, §12, RFC 7636 §4, OpenID Connect RP-Initiated Logout §2, SPN-16)', async () => {
    const visitor = await stage.visit();
    const { page } = visitor;
    const home = `${application.url}/`;
    await page.goto(`${application.url}/login`);
    await signInAndAllow(visitor, 'authlib');
    assertPerson(await readJson<SeenPerson>(visitor, home), stage.sub);

    await assertRefreshedBy(stage, application.clientId, async () => {
      await page.reload();
      assertPerson(await readJson<SeenPerson>(visitor, home), stage.sub);
    });

    await page.goto(`${application.url}/logout`);
    assert.equal(await readJson(visitor, home), null);
    await assertSignedOut(visitor, `${application.url}/login`, 'authlib');
    await visitor.leave();
  });
});
