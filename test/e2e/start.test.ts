import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { canary } from '../../scripts/canaries.ts';
import { canMount, runOnDisk } from '../support/confined.ts';
import {
  type Countersign,
  countersignEnvironment,
  type Ended,
  findFreePort,
  runCountersign,
  spawnCountersign,
  startCountersign,
  temporaryFolder,
} from '../support/countersign.ts';

const execute = promisify(execFile);
const suite = { timeout: 300_000 };

describe('one command starts a working server', suite, () => {
  const cleaning = new AsyncDisposableStack();
  after(() => cleaning.disposeAsync());

  it('one command starts an instance on an empty directory: it answers, and prints issuer, set-up link and a token request that works when pasted (ACC-1)', async (test) => {
    const dataDirectory = join(temporaryFolder(cleaning), 'data');
    const port = await findFreePort();
    const startedAt = performance.now();
    const child = spawnCountersign(['dev'], { COUNTERSIGN_DATA_DIR: dataDirectory, PORT: String(port) });
    cleaning.defer(() => void child.kill('SIGKILL'));
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
    while (!/^ +curl .*\n/m.test(printed)) {
      assert.equal(child.exitCode, null, printed);
      await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')]);
    }
    const tookMs = Math.round(performance.now() - startedAt);
    const ready = await fetch(`http://localhost:${port}/readyz`);
    assert.equal(ready.status, 200);
    test.diagnostic(`ready ${tookMs} ms after spawn`);
    assert.ok(tookMs < 10_000, `ready after ${tookMs} ms`);

    assert.equal(printed.split('\n', 1)[0], `Ready: http://localhost:${port}`);
    const link = /http:\/\/localhost:\d+\/setup\?token=[A-Za-z0-9_-]+/.exec(printed)?.[0] ?? '';
    assert.equal((await fetch(link)).status, 200);
    const pasted = /^ +(curl .*)$/m.exec(printed)?.[1] ?? '';
    const { stdout } = await execute('bash', ['-c', pasted], { env: countersignEnvironment({}) });
    const answer: { readonly access_token?: string; readonly token_type?: string } = JSON.parse(stdout);
    assert.equal(answer.token_type, 'Bearer');
    assert.equal(answer.access_token?.split('.').length, 3);

    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  it('SIGTERM drains: a request under way is answered, a new one is not, and the exit code is 0 (ACC-1)', async () => {
    const server = await startCountersign(cleaning, { name: 'e2e-drain' });
    await addService(server);
    const body = 'grant_type=client_credentials';
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8');
    cleaning.defer(() => void socket.destroy());
    let answer = '';
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.write(
      [
        'POST /oauth2/token HTTP/1.1',
        `Host: localhost:${server.port}`,
        `Authorization: ${asService.headers.authorization}`,
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${body.length}`,
        'Expect: 100-continue',
        '\r\n',
      ].join('\r\n'),
    );
    // The server has the head and waits for the form: the request is under way.
    while (!answer.includes('100 Continue')) await once(socket, 'data');
    const stopped = server.stop();
    while (await accepts(server.port));
    socket.write(body);
    await once(socket, 'close');
    await stopped;
    assert.match(answer, /HTTP\/1\.1 200 OK/);
    assert.match(answer, /"access_token":"/);
  });

  it('a second start on the same directory keeps issuer, keys, people and clients, and survives a restart by kill -9 (SPN-1, ACC-1)', async () => {
    const dataDirectory = join(temporaryFolder(cleaning), 'data');
    const port = await findFreePort();
    const first = await startCountersign(cleaning, { name: 'e2e-restart-1', dataDirectory, port });
    await addService(first);
    const token = await getToken(first);
    const keys = await (await fetch(`${first.issuer}/.well-known/jwks.json`)).json();
    await first.stop();

    const second = await startCountersign(cleaning, { name: 'e2e-restart-2', dataDirectory, port });
    assert.equal(second.issuer, first.issuer);
    assert.deepEqual(await (await fetch(`${second.issuer}/.well-known/jwks.json`)).json(), keys);
    assert.equal(await isActive(second, token), true);
    const beforeKill = await getToken(second);
    await second.kill();

    const third = await startCountersign(cleaning, { name: 'e2e-restart-3', dataDirectory, port });
    assert.equal(await isActive(third, token), true);
    assert.equal(await isActive(third, beforeKill), true);
    await getToken(third);
    await third.stop();
  });

  it('two processes share one data directory, on two ports, and what one revokes the other soon refuses (SPN-1)', async (test) => {
    const dataDirectory = join(temporaryFolder(cleaning), 'data');
    const first = await startCountersign(cleaning, { name: 'e2e-two-1', dataDirectory });
    // Two nodes have one issuer.
    const env = { COUNTERSIGN_SERVER__PUBLIC_URL: first.issuer };
    const second = await startCountersign(cleaning, { name: 'e2e-two-2', dataDirectory, env });
    assert.equal(second.issuer, first.issuer);
    const other = { ...second, issuer: `http://localhost:${second.port}` };
    await addService(first);
    const token = await getToken(first);
    assert.equal(await isActive(other, token), true);
    const form = new URLSearchParams({ token });
    const revoked = await fetch(`${first.issuer}/oauth2/revoke`, { ...asService, body: form });
    assert.equal(revoked.status, 200);
    const revokedAt = performance.now();
    while (await isActive(other, token)) {
      assert.ok(performance.now() - revokedAt < 10_000, 'the other process still answers active');
    }
    test.diagnostic(
      `refused ${Math.round(performance.now() - revokedAt)} ms after the revocation was acknowledged`,
    );
    await Promise.all([first.stop(), second.stop()]);
  });
});

describe('a start that cannot succeed says so in one clear line and exits 1', suite, () => {
  let cleaning = new AsyncDisposableStack();
  afterEach(async () => {
    await cleaning.disposeAsync();
    cleaning = new AsyncDisposableStack();
  });

  it('when the port is in use, naming it (ACC-1)', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    cleaning.defer(() => void holder.close());
    await once(holder, 'listening');
    const address = holder.address();
    assert.ok(address !== null && typeof address === 'object');
    const ended = await runDev(join(temporaryFolder(cleaning), 'data'), address.port);
    assertRefused(ended, new RegExp(`^error: Port ${address.port} on 127\\.0\\.0\\.1 is in use`));
  });

  it('when a file stands where the data directory should be, or no directory can be made there (ACC-1)', async () => {
    const folder = temporaryFolder(cleaning);
    const file = join(folder, 'taken');
    writeFileSync(file, '');
    assertRefused(await runDev(file), /^error: .*taken is not a directory/);
    assertRefused(await runDev(join(file, 'below')), /^error: .*below is not a directory/);
    assertRefused(await runDev('/proc/countersign'), /^error: .*\/proc\/countersign/);
  });

  it('when the data directory is read-only, empty or in use before (ACC-1)', async () => {
    const dataDirectory = join(temporaryFolder(cleaning), 'data');
    const server = await startCountersign(cleaning, { name: 'e2e-read-only', dataDirectory });
    await server.stop();
    const env = { PORT: String(await findFreePort()) };
    assertRefused(await runOnDisk('read-only', dataDirectory, ['dev'], env), /^error: .*cannot be written/);
    const empty = temporaryFolder(cleaning);
    assertRefused(await runOnDisk('read-only', empty, ['dev'], env), /^error: .*cannot be written/);
  });

  it('when the disk is full, wherever in its first start the server meets the end of it, and starts once there is space (ACC-1)', async () => {
    const dataDirectory = join(temporaryFolder(cleaning), 'data');
    const env = { PORT: String(await findFreePort()) };
    for (const sizeKib of [8, 28, 128, 420]) {
      const ended = await runOnDisk({ sizeKib }, dataDirectory, ['dev'], env);
      assertRefused(
        ended,
        canMount ? /^error: .*no space left/ : /^error: .*(?:no space left|disk I\/O error)/,
      );
    }
    const server = await startCountersign(cleaning, { name: 'e2e-after-full', dataDirectory });
    assert.equal((await fetch(`${server.issuer}/readyz`)).status, 200);
    await server.stop();
  });

  it('serve refuses to start without a bootstrap mode while there is no administrator, and on a directory that was not set up (IAM-2)', async () => {
    const env = { COUNTERSIGN_DATA_DIR: join(temporaryFolder(cleaning), 'data') };
    assertRefused(await runCountersign(['serve'], { env }), /^error: There is no Countersign data directory/);
    assert.equal((await runCountersign(['init'], { env })).status, 0);
    const listen = `server.listen=127.0.0.1:${await findFreePort()}`;
    const ended = await runCountersign(['serve', '--set', listen], { env });
    assertRefused(ended, /^error: There is no administrator yet, and iam\.bootstrap\.mode is not set/);
  });

  it('an unknown key in the configuration file is refused with its path and the nearest known key (ACC-1)', async () => {
    const dataDirectory = join(temporaryFolder(cleaning), 'data');
    const env = { COUNTERSIGN_DATA_DIR: dataDirectory };
    await runCountersign(['init', '--bootstrap', 'link'], { env });
    writeFileSync(join(dataDirectory, 'countersign.yaml'), 'server:\n  publicUrI: http://localhost:9400\n');
    assertRefused(await runCountersign(['serve'], { env }), /^error: server\.publicUrI .*server\.publicUrl/);
  });
});

const credentials = Buffer.from(`service:${canary.clientSecret}`).toString('base64');
const asService = { method: 'POST', headers: { authorization: `Basic ${credentials}` } } as const;

function tokenRequest(id: string, secret: string): RequestInit {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  return { method: 'POST', headers: { authorization }, body };
}

async function addService(server: Countersign): Promise<void> {
  const options = [
    '--grant',
    'client_credentials',
    '--scope',
    'read',
    '--default-scope',
    'read',
    '--secret-stdin',
  ];
  await server.cli(['client', 'add', '--id', 'service', ...options], canary.clientSecret);
}

/** Whether a new connection is taken. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function getToken(server: Pick<Countersign, 'issuer'>): Promise<string> {
  const response = await fetch(`${server.issuer}/oauth2/token`, tokenRequest('service', canary.clientSecret));
  const { access_token = '' } = (await response.json()) as { readonly access_token?: string };
  assert.equal(response.status, 200);
  return access_token;
}

async function isActive(server: Pick<Countersign, 'issuer'>, token: string): Promise<boolean> {
  const body = new URLSearchParams({ token });
  const response = await fetch(`${server.issuer}/oauth2/introspect`, { ...asService, body });
  assert.equal(response.status, 200);
  return ((await response.json()) as { readonly active: boolean }).active;
}

async function runDev(dataDirectory: string, port?: number): Promise<Ended> {
  const env = { COUNTERSIGN_DATA_DIR: dataDirectory, PORT: String(port ?? (await findFreePort())) };
  return runCountersign(['dev'], { env });
}

/** One line that says what happened, at most one of advice below it, and nothing of our insides. */
function assertRefused({ status, stdout, stderr }: Ended, what: RegExp): void {
  const lines = stderr.trimEnd().split('\n');
  assert.equal(status, 1, stderr);
  assert.equal(stdout, '');
  assert.match(lines[0] ?? '', what);
  assert.ok(lines.length <= 2 && lines.slice(1).every((line) => line.startsWith('  ')), stderr);
  assert.doesNotMatch(stderr, /\bat .*:\d+:\d+|Something unexpected/);
}
