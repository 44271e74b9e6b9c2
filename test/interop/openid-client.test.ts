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
import { startNodePeer } from './support/node-peer.ts';
import { assertShows, assertTableSays } from './support/page.ts';
import { type Application, register } from './support/registration.ts';
import { openStage, type Stage } from './support/stage.ts';

const peer = await providePeerNamed('openid-client');
const program = join(peersFolder, 'openid-client/app.mjs');

interface Shown {
  readonly person: SeenPerson | null;
  readonly claims: Readonly<Record<string, unknown>> | null;
}

describe('openid-client, unmodified', { skip: peer.skip || skipWithoutChromium }, () => {
  const cleaning = new AsyncDisposableStack();
  let stage: Stage;
  let application: Application;

  before(async () => {
    stage = await openStage(cleaning, { name: 'openid-client', secure: false });
    application = await register(stage, 'openid-client');
    await startNodePeer(cleaning, stage, application, program);
  });
  after(() => cleaning.disposeAsync());

  it('is the version and the program that docs/interop.md describes', () => {
    assertTableSays('openid-client', peer.installed().version);
    assertShows(application.section, 'js', program);
  });

  it('signs a person in by discovery, PAR and PKCE, reads userinfo, refreshes, and signs out (OpenID Connect Core §3.1, §5.3, §12, RFC 7636 §4, RFC 9126 §2, OpenID Connect RP-Initiated Logout §2, SPN-16)', async () => {
    const visitor = await stage.visit();
    const { page } = visitor;
    const home = `${application.url}/`;
    await page.goto(`${application.url}/login`);
    await signInAndAllow(visitor, 'openid-client');
    const { person, claims } = await readJson<Shown>(visitor, home);
    assert.ok(person !== null && claims !== null);
    assertPerson(person, stage.sub);
    assert.deepEqual([claims.iss, claims.aud], [stage.issuer, application.clientId]);

    for (const _again of [1, 2]) {
      await page.goto(`${application.url}/refresh`);
      const refreshed = await readJson<Shown>(visitor, home);
      assert.ok(refreshed.person !== null);
      assertPerson(refreshed.person, stage.sub);
    }

    await page.goto(`${application.url}/logout`);
    assert.equal((await readJson<Shown>(visitor, home)).person, null);
    await assertSignedOut(visitor, `${application.url}/login`, 'openid-client');
    await visitor.leave();
  });
});
