import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { skipWithoutChromium } from '../support/chromium.ts';
import { findFreePort } from '../support/countersign.ts';
import { peersFolder } from './support/cache.ts';
import { providePeerNamed } from './support/catalogue.ts';
import {
  assertPerson,
  assertSignedOut,
  mistypeAndSignIn,
  readJson,
  type SeenPerson,
  signInAndAllow,
} from './support/journey.ts';
import { startNodePeer, startNodeProgram } from './support/node-peer.ts';
import { assertShows, assertTableSays, readSection } from './support/page.ts';
import { type Application, register } from './support/registration.ts';
import { openStage, type Stage } from './support/stage.ts';

const peer = await providePeerNamed('openid-client');
const folder = join(peersFolder, 'openid-client');
const program = join(folder, 'app.mjs');

interface Shown {
  readonly parts: number;
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

  it('connects a device, whose code the person types in the browser (RFC 8628 §3.2, §3.3, §3.5, SPN-16)', async () => {
    const { clientId, section } = await register(stage, 'openid-client-on-a-device');
    const device = join(folder, 'device.mjs');
    assertShows(section, 'js', device);
    const output = startNodeProgram(device, { ISSUER: stage.issuer, CLIENT_ID: clientId });
    const [, address = '', code = ''] = /^Open (\S+) and enter (\S+)$/.exec(await output.next()) ?? [];
    const visitor = await stage.visit();
    const { page } = visitor;
    await page.goto(address);
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Continue' }).click();
    await mistypeAndSignIn(visitor);
    await page.getByRole('heading', { name: 'Connect this device?' }).waitFor();
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.getByRole('heading', { name: 'Your device is connected' }).waitFor();
    assertPerson(JSON.parse(await output.next()) as SeenPerson, stage.sub);
    await visitor.leave();
  });

  it('decrypts an ID token that is encrypted to its key (OpenID Connect Core §10.2, SPN-16)', async () => {
    const { publicJwk, privateFile } = makeDecryptionKey(stage.folder);
    const name = 'openid-client-with-encrypted-id-tokens';
    const metadataFile = join(stage.folder, 'encrypted.json');
    const json = readSection(name).snippets.find(({ language }) => language === 'json')?.text ?? '';
    writeFileSync(metadataFile, json.replace('PUBLIC_JWK', JSON.stringify(publicJwk)));
    const encrypted = await register(stage, name, { 'encrypted.json': metadataFile });
    assertShows(encrypted.section, 'js', program);
    await startNodePeer(cleaning, stage, encrypted, program, { DECRYPTION_KEY_FILE: privateFile });

    const visitor = await stage.visit();
    await visitor.page.goto(`${encrypted.url}/login`);
    await signInAndAllow(visitor, encrypted.clientId);
    const { person, claims, parts } = await readJson<Shown>(visitor, `${encrypted.url}/`);
    assert.ok(person !== null && claims !== null);
    assertPerson(person, stage.sub);
    assert.deepEqual([claims.iss, claims.aud, parts], [stage.issuer, encrypted.clientId, 5]);
    await visitor.leave();
  });

  it('registers itself with an initial access token, and signs a person in with what it was given (RFC 7591 §3.1, OpenID Connect Registration §3.1, SPN-16)', async () => {
    const { commands, snippets } = readSection('openid-client-registering-itself');
    const registering = join(folder, 'register.mjs');
    assertShows({ commands, snippets }, 'js', registering);
    const answers: Readonly<Record<string, string>>[] = [];
    for (const command of commands) answers.push(await stage.cli(command));
    const token = answers.find((answer) => answer.initial_access_token !== undefined);
    assert.ok(token?.initial_access_token !== undefined);
    const port = await findFreePort();
    const url = `http://localhost:${port}`;
    const output = startNodeProgram(registering, {
      ISSUER: stage.issuer,
      INITIAL_ACCESS_TOKEN: token.initial_access_token,
      APP_URL: url,
    });
    const given: { readonly client_id: string; readonly client_secret: string } = JSON.parse(
      await output.next(),
    );
    const { client_id: clientId, client_secret: clientSecret } = given;
    await startNodePeer(cleaning, stage, { url, port, clientId, clientSecret }, program);

    const visitor = await stage.visit();
    await visitor.page.goto(`${url}/login`);
    await signInAndAllow(visitor, 'An application of its own');
    const { person } = await readJson<Shown>(visitor, `${url}/`);
    assert.ok(person !== null);
    assertPerson(person, stage.sub);
    await visitor.leave();
  });
});

/** A key pair for ECDH-ES; the private half in a file. */
function makeDecryptionKey(where: string): { readonly publicJwk: object; readonly privateFile: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const privateFile = join(where, 'decryption-key.json');
  const kid = 'decryption';
  writeFileSync(privateFile, JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid }), {
    mode: 0o600,
  });
  const use = { kid, use: 'enc', alg: 'ECDH-ES' };
  return { publicJwk: { ...publicKey.export({ format: 'jwk' }), ...use }, privateFile };
}
