import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { run } from '../../scripts/lib/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-packed-'));
const application = join(folder, 'application');
const dataDirectory = join(folder, 'data');
const bin = join(application, 'node_modules/countersign/bin/countersign.js');

describe('packed packages (ACC-1)', () => {
  let server: ChildProcess | undefined;

  before(async () => {
    await succeed('npm', ['run', '--silent', 'build']);
    mkdirSync(application);
    await succeed('npm', ['pack', '--silent', '--workspaces', '--pack-destination', folder]);
    writeFileSync(join(application, 'package.json'), '{ "private": true }\n');
    const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    const paths = tarballs.map((name) => join(folder, name));
    await succeed('npm', ['install', '--no-audit', '--no-fund', '--omit=dev', ...paths], application);
  });

  after(() => {
    server?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('hold built files, license and types, and no test and no source (ACC-1)', () => {
    for (const name of ['countersign', '@countersign/protocol']) {
      const files = readdirSync(join(application, 'node_modules', name), {
        recursive: true,
        encoding: 'utf8',
      });
      assert.ok(files.includes('LICENSE'), `${name} has its license`);
      assert.ok(files.some((file) => file.startsWith(join('dist', '')) && file.endsWith('.d.ts')));
      const own = files.filter((file) => !file.startsWith('node_modules'));
      assert.deepEqual(
        own.filter((file) => /\.test\.|(?<!\.d)\.ts$|^src|conformance/.test(file)),
        [],
      );
    }
  });

  it('the packed tarballs install in an empty folder and issue a token that their key set verifies (ACC-1)', async () => {
    const port = await findFreePort();
    const base = `http://localhost:${port}`;
    await countersign('init');
    server = spawn(process.execPath, [bin, 'dev'], {
      cwd: application,
      env: environment({ PORT: String(port) }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = collect(server);
    await waitUntilReady(`${base}/readyz`, server, log);

    const added = await countersign(
      'client',
      'add',
      '--id',
      'packed',
      '--grant',
      'client_credentials',
      '--scope',
      'read',
      '--default-scope',
      'read',
      '--json',
    );
    const client: { readonly client_id: string; readonly client_secret: string } = JSON.parse(added);
    const response = await fetch(`${base}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const answer: { readonly access_token: string } = JSON.parse(await response.text());
    assert.equal(response.status, 200, JSON.stringify(answer));
    const keys = createRemoteJWKSet(new URL(`${base}/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(answer.access_token, keys, {
      issuer: base,
      typ: 'at+jwt',
    });
    assert.equal(protectedHeader.alg, 'ES256');
    assert.equal(payload.client_id, 'packed');

    server.kill('SIGTERM');
    const [code, signal] = await once(server, 'exit');
    assert.deepEqual([code, signal], [0, null], log());
  });
});

function countersign(...parameters: readonly string[]): Promise<string> {
  return succeed(process.execPath, [bin, ...parameters], application);
}

async function succeed(command: string, parameters: readonly string[], cwd?: string): Promise<string> {
  const { status, text, output } = await run(command, parameters, {
    ...(cwd === undefined ? {} : { cwd }),
    env: environment({}),
  });
  assert.equal(status, 0, `${command} ${parameters.join(' ')} failed:\n${text}`);
  return output;
}

function environment(more: Readonly<Record<string, string>>): Record<string, string | undefined> {
  return {
    ...process.env,
    NODE_TEST_CONTEXT: undefined,
    NODE_OPTIONS: undefined,
    COUNTERSIGN_DATA_DIR: dataDirectory,
    ...more,
  };
}

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

async function waitUntilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline && child.exitCode === null) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`the installed server was not ready:\n${log()}`);
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}
