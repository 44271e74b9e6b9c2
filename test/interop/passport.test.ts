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
import { startNodePeer } from './support/node-peer.ts';
import { assertShows, assertTableSays } from './support/page.ts';
import { type Application, register } from './support/registration.ts';
import { openStage, type Stage } from './support/stage.ts';

const peer = await providePeerNamed('passport');

describe('Passport with the strategy of openid-client, unmodified', {
  skip: peer.skip || skipWithoutChromium,
}, () => {
  const cleaning = new AsyncDisposableStack();
  let stage: Stage;
  let application: Application;
  let program: string;

  before(async () => {
    stage = await openStage(cleaning, { name: 'passport', secure: true });
    application = await register(stage, 'passport');
    program = join(peer.installed().folder, 'app.mjs');
    const secret = { SESSION_SECRET: randomBytes(32).toString('hex') };
    await startNodePeer(cleaning, stage, application, program, secret);
  });
  after(() => cleaning.disposeAsync());

  it('is the version and the program that docs/interop.md describes', () => {
    assertTableSays('passport', peer.installed().version);
    assertShows(application.section, 'js', program);
  });

  it('signs a person in over https by discovery and PKCE, and out at the server too (OpenID Connect Core §3.1, §5.3, RFC 7636 §4, OpenID Connect RP-Initiated Logout §2, SPN-16)', async () => {
    const visitor = await stage.visit();
    const { page } = visitor;
    const home = `${application.url}/`;
    await page.goto(`${application.url}/login`);
    await signInAndAllow(visitor, 'passport');
    const seen = await readJson<SeenPerson>(visitor, home);
    assertPerson(seen, stage.sub);

    await page.goto(`${application.url}/logout`);
    assert.equal(await readJson(visitor, home), null);
    await assertSignedOut(visitor, `${application.url}/login`, 'passport');
    await visitor.leave();
  });
});
