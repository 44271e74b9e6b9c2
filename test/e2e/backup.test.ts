/** A server that works, backed up beside it; restored elsewhere, nothing that was granted comes back to life. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, type Node, openCluster } from '../support/cluster.ts';
import { runCountersign } from '../support/countersign.ts';
import { basic, createPerson, type Person, type TestClient } from '../support/person.ts';
import { storeSettings } from '../support/shared-store.ts';

const suite = { timeout: 300_000 };
const password = 'a password for a backup';
const redirectUri = 'http://localhost/callback';

describe('countersign backup and restore', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let cluster: Cluster;
  let node: Node;
  let client: TestClient;
  let job: Pick<TestClient, 'id' | 'secret'>;
  let person: Person;
  let file: string;
  let restored: string;
  let target: Record<string, string>;
  let refreshToken: string;
  let personal: string;
  let earlier: string;
  let between: string;

  before(async () => {
    cluster = await openCluster();
    cleaning.defer(() => cluster.close());
    node = await cluster.start();
    const web = await cluster.cli(
      'client',
      'add',
      '--id',
      'web',
      '--redirect-uri',
      redirectUri,
      '--first-party',
    );
    client = { id: 'web', secret: String(web.client_secret), redirectUri };
    const service = ['--grant', 'client_credentials', '--scope', 'read', '--default-scope', 'read'];
    const made = await cluster.cli('client', 'add', '--id', 'job', ...service);
    job = { id: 'job', secret: String(made.client_secret) };
    await cluster.cliWithInput(password, 'user', 'add', '--username', 'keeper', '--password-stdin');
    person = createPerson('keeper', password);
    file = join(cluster.directory, '..', 'a.backup');
    restored = join(cluster.directory, '..', 'restored');
    const granted = await grant();
    refreshToken = String(granted.refresh_token);
    personal = String(granted.access_token);
    earlier = await serviceToken();
  });
  after(() => cleaning.disposeAsync());

  async function post(
    path: string,
    form: Readonly<Record<string, string>>,
    as: Pick<TestClient, 'id' | 'secret'> = client,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const answer = await fetch(`${node.url}/oauth2/${path}`, {
      method: 'POST',
      headers: basic(as),
      body: new URLSearchParams(form),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  async function grant(): Promise<Record<string, unknown>> {
    const { code, verifier } = await person.authorize(node, client);
    const form = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
    };
    const { status, body } = await post('token', form);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  async function serviceToken(): Promise<string> {
    const { status, body } = await post('token', { grant_type: 'client_credentials' }, job);
    assert.equal(status, 200, JSON.stringify(body));
    return String(body.access_token);
  }

  async function isActive(token: string): Promise<unknown> {
    return (await post('introspect', { token }, job)).body.active;
  }

  async function userinfo(token: string): Promise<number> {
    const answer = await fetch(`${node.url}/oauth2/userinfo`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return answer.status;
  }

  it('a backup is made while the server works, for its owner only, without the envelope key, and verifies (ACC-1)', async () => {
    const made = await cluster.cli('backup', '--to', file);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const key = readFileSync(String(made.envelope_key_file), 'utf8').trim();
    const text = readFileSync(file, 'utf8');
    for (const secret of [key, client.secret, password, refreshToken]) assert.ok(!text.includes(secret));
    const verified = await cluster.cli('backup', 'verify', file);
    assert.deepEqual([verified.valid, verified.sha256], [true, made.sha256]);
    between = await serviceToken();
    assert.deepEqual([await isActive(earlier), await isActive(between)], [true, true]);
    assert.equal(await userinfo(personal), 200);
  });

  it('without the right envelope key nothing is restored, and the command says so first (ACC-1)', async () => {
    const env = { ...cluster.environment } as Record<string, string>;
    target = { COUNTERSIGN_DATA_DIR: restored, ...(await storeSettings(restored)) };
    const missing = await runCountersign(['restore', '--from', file, '--json'], {
      env: { ...env, ...target },
    });
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /no_data_directory/);
    mkdirSync(join(restored, 'secrets'), { recursive: true, mode: 0o700 });
    const keyFile = join(restored, 'secrets', 'envelope.key');
    writeFileSync(keyFile, `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
    const wrong = await runCountersign(['restore', '--from', file, '--json'], { env: { ...env, ...target } });
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /envelope_key_wrong/);
  });

  it('after a restore no session, refresh token or access token from before works, issued before the backup or after it; people sign in again (ACC-1)', async () => {
    cpSync(join(cluster.directory, 'secrets'), join(restored, 'secrets'), { recursive: true, force: true });
    assert.equal(await node.stop(), 0);
    Object.assign(cluster.environment, target);
    const started = performance.now();
    const report = await cluster.cli('restore', '--from', file);
    assert.equal(report.restored, true);
    node = await cluster.start(node.port);
    console.log(
      `restore: from the command to a server that is ready in ${Math.round(performance.now() - started)} ms`,
    );
    const refreshed = await post('token', { grant_type: 'refresh_token', refresh_token: refreshToken });
    assert.deepEqual([refreshed.status, refreshed.body.error], [400, 'invalid_grant']);
    assert.deepEqual([await isActive(earlier), await isActive(between)], [false, false]);
    assert.equal(await userinfo(personal), 401);
    const account = await fetch(`${node.url}/account`, {
      headers: { cookie: person.cookie() },
      redirect: 'manual',
    });
    assert.notEqual(account.status, 200);
    // A time is whole seconds: a token of the second of the restore counts as from before.
    await sleep(1100);
    assert.equal(await isActive(await serviceToken()), true);
    assert.ok((await grant()).refresh_token);
    const verified = await cluster.cli('audit', 'verify');
    assert.equal(verified.valid, true);
    const { records } = (await cluster.cli('audit', 'list')) as { records: readonly { action: string }[] };
    assert.ok(records.some(({ action }) => action === 'store.restored'));
  });

  it('a store that is in use is not replaced by a restore (ACC-1)', async () => {
    await assert.rejects(cluster.cli('restore', '--from', file), /target_not_empty/);
    assert.equal(await isActive(await serviceToken()), true);
  });
});
