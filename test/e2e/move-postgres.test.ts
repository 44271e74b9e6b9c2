/** A server that works, its store moved into PostgreSQL beside it, and the same people on the other side. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPeer, postgresql } from '../../scripts/lib/peers.ts';
import { startPostgres, type ThrowawayPostgres } from '../../scripts/lib/throwaway-postgres.ts';
import { type Cluster, type Node, openCluster } from '../support/cluster.ts';
import { bin } from '../support/countersign.ts';
import { basic, createPerson, type Person, type TestClient } from '../support/person.ts';

const program = process.env[postgresql.variable] ?? findPeer(postgresql);
const suite = {
  skip:
    program === undefined
      ? 'PostgreSQL is missing: install it (postgresql)'
      : process.env.TEST_STORE === 'postgresql'
        ? 'the source of a move is the embedded store'
        : false,
  timeout: 300_000,
};
const password = 'a password for a move';
const redirectUri = 'http://localhost/callback';
/** Enough that a copy takes a while. */
const ballast = 60_000;

describe('countersign move', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let postgres: ThrowawayPostgres;
  let cluster: Cluster;
  let node: Node;
  let client: TestClient;
  let person: Person;
  let to: string;
  let refreshToken: string;
  let revokedToken: string;

  before(async () => {
    postgres = await startPostgres(program ?? '');
    cleaning.defer(() => postgres.stop());
    cluster = await openCluster();
    cleaning.defer(() => cluster.close());
    const url = new URL(postgres.url);
    url.password = '';
    to = url.href;
    node = await cluster.start();
    const made = await cluster.cli(
      'client',
      'add',
      '--id',
      'web',
      '--redirect-uri',
      redirectUri,
      '--first-party',
    );
    client = { id: 'web', secret: String(made.client_secret), redirectUri };
    await cluster.cliWithInput(password, 'user', 'add', '--username', 'mover', '--password-stdin');
    person = createPerson('mover', password);
    refreshToken = String((await grant()).refresh_token);
    revokedToken = String((await grant()).refresh_token);
    assert.equal((await post('revoke', { token: revokedToken })).status, 200);
    const database = new DatabaseSync(join(cluster.directory, 'countersign.db'), { timeout: 5000 });
    database.exec(`with recursive n (i) as (select 1 union all select i + 1 from n where i < ${ballast})
      insert into ephemeral select 'ballast ' || i, 'x', 4000000000 from n`);
    database.close();
  });
  after(() => cleaning.disposeAsync());

  async function post(
    path: string,
    form: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const answer = await fetch(`${node.url}/oauth2/${path}`, {
      method: 'POST',
      headers: basic(client),
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

  function refresh(token: string) {
    return post('token', { grant_type: 'refresh_token', refresh_token: token });
  }

  /** Settings of a process on the target. */
  function onTarget(): Record<string, string> {
    const { directory, issuer } = cluster;
    return {
      COUNTERSIGN_DATA_DIR: directory,
      COUNTERSIGN_STORAGE__URL: to,
      COUNTERSIGN_STORAGE__PASSWORD_FILE: postgres.passwordFile,
      COUNTERSIGN_SERVER__PUBLIC_URL: issuer,
      COUNTERSIGN_IAM__BOOTSTRAP__MODE: 'link',
      COUNTERSIGN_LOG__LEVEL: 'warn',
    };
  }

  function command(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = cluster.environment,
  ) {
    const child = spawn(process.execPath, [bin, ...args], {
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed.err += text;
    });
    return { child, printed, closed: once(child, 'close') as Promise<[number | null]> };
  }

  const moving = () => command(['move', '--json', '--to', to, '--password-file', postgres.passwordFile]);

  async function untilPrinted(run: ReturnType<typeof command>, pattern: RegExp): Promise<void> {
    while (!pattern.test(run.printed.err)) {
      assert.ok(isRunning(run.child), `ended before ${pattern}: ${run.printed.err}${run.printed.out}`);
      await sleep(20);
    }
  }

  it('a copy that is killed in the middle leaves the server at work, and a target that opens for nobody (ACC-1)', async () => {
    const run = moving();
    await untilPrinted(run, /^\[#*\.+\] \d+ of \d+ rows/m);
    run.child.kill('SIGKILL');
    await run.closed;
    const answer = await refresh(refreshToken);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    refreshToken = String(answer.body.refresh_token);
    const opened = command(['tenant', 'list'], { ...cluster.environment, ...onTarget() });
    assert.equal((await opened.closed)[0], 1);
    assert.match(opened.printed.err, /move that is not finished/);
  });

  it('sessions and refresh tokens go on working on the target, and what was revoked stays revoked (ACC-1)', async () => {
    const run = moving();
    await untilPrinted(run, /Stop the server now; still at work: serve/);
    assert.match(run.printed.err, /^Going on: /m);
    // While the move waits, the server still works, and what it does comes along.
    const last = await refresh(refreshToken);
    assert.equal(last.status, 200, JSON.stringify(last.body));
    refreshToken = String(last.body.refresh_token);
    assert.equal(await node.stop(), 0);
    const [status] = await run.closed;
    assert.equal(status, 0, run.printed.err);
    const report = JSON.parse(run.printed.out) as {
      moved: boolean;
      resumed: boolean;
      rows: number;
      rest_ms: number;
    };
    assert.deepEqual([report.moved, report.resumed], [true, true]);
    assert.ok(report.rows > ballast);
    console.log(`move: ${report.rows} rows, source at rest for ${report.rest_ms} ms`);

    Object.assign(cluster.environment, onTarget());
    node = await cluster.start(node.port);
    const cookies = person.cookie();
    await grant();
    assert.equal(person.cookie(), cookies, 'the session was known: nobody had to sign in');
    const next = await refresh(refreshToken);
    assert.equal(next.status, 200, JSON.stringify(next.body));
    const spent = await refresh(revokedToken);
    assert.deepEqual([spent.status, spent.body.error], [400, 'invalid_grant']);
    const verified = await cluster.cli('audit', 'verify');
    assert.equal(verified.valid, true);
    assert.deepEqual(verified.gaps, [], 'every chain of the old processes was closed');
  });

  it('the command refuses a target that is in use, in words (ACC-1)', async () => {
    const run = moving();
    assert.equal((await run.closed)[0], 1);
    assert.match(run.printed.err, /already_moved/);
  });
});

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
