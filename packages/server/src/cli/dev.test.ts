import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { finish, freePort, run, start, temporaryDirectory, waitForOutput } from './cli.test-support.ts';

async function startDev(context: TestContext, directory: string, port: number) {
  const child = start(['dev'], { PORT: String(port), COUNTERSIGN_DATA_DIR: directory });
  context.after(() => child.kill('SIGKILL'));
  const text = await waitForOutput(child, /curl .*\n/);
  const [, credentials = ''] = /-u '([^']+)'/.exec(text) ?? [];
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const ended = finish(child);
    child.kill(signal);
    return ended;
  };
  return { child, text, credentials, stop };
}

async function requestToken(
  port: number,
  credentials: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`http://localhost:${port}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('one command starts a server that prints issuer, set-up link and a token request that works (ACC-1)', async (context) => {
  const directory = join(temporaryDirectory(context), 'data');
  const port = await freePort();
  const { text, credentials, stop } = await startDev(context, directory, port);
  assert.match(text, new RegExp(`^Ready: http://localhost:${port}\\n`));
  assert.match(text, new RegExp(`http://localhost:${port}/setup\\?token=[A-Za-z0-9_-]{43}\\n`));
  const { status, body } = await requestToken(port, credentials);
  assert.deepEqual([status, typeof body.access_token], [200, 'string']);
  assert.equal(statSync(join(directory, 'secrets/demo-client.secret')).mode & 0o777, 0o600);
  const stopped = await stop();
  assert.equal(stopped.code, 0, stopped.err);
});

test('a later start prints the same token request, and a lost demo secret is replaced by one that works', async (context) => {
  const directory = join(temporaryDirectory(context), 'data');
  const port = await freePort();
  const first = await startDev(context, directory, port);
  await first.stop();
  const second = await startDev(context, directory, port);
  assert.equal(second.credentials, first.credentials);
  await second.stop();
  for (let round = 0; round < 3; round += 1) {
    rmSync(join(directory, 'secrets/demo-client.secret'));
    const next = await startDev(context, directory, port);
    assert.notEqual(next.credentials, first.credentials);
    assert.equal((await requestToken(port, next.credentials)).status, 200);
    await next.stop();
  }
});

test('commands beside a running server take effect there: a client is added, a token inspected and revoked', async (context) => {
  const directory = join(temporaryDirectory(context), 'data');
  const port = await freePort();
  const { stop } = await startDev(context, directory, port);
  const env = { COUNTERSIGN_DATA_DIR: directory };
  const added = JSON.parse(
    (
      await run(['client', 'add', '--id', 'job', '--scope', 'read', '--default-scope', 'read', '--json'], {
        env,
      })
    ).out,
  );
  const { body } = await requestToken(port, `job:${added.client_secret}`);
  const token = String(body.access_token);
  const inspect = async () => JSON.parse((await run(['token', 'inspect', token, '--json'], { env })).out);
  const alive = await inspect();
  assert.deepEqual([alive.active, alive.claims.sub, alive.claims.client_id], [true, added.subject, 'job']);
  assert.match(alive.header.kid, /^dev\.default\.es256\.v1\./);
  assert.equal((await run(['token', 'revoke', '-'], { env, input: token })).code, 0);
  assert.deepEqual([(await inspect()).active, (await inspect()).reason], [false, 'its token was revoked']);
  await run(['client', 'set', 'job', '--disable'], { env });
  const deadline = Date.now() + 2000;
  let status = 200;
  while (status === 200 && Date.now() < deadline)
    status = (await requestToken(port, `job:${added.client_secret}`)).status;
  assert.equal(status, 401);
  await stop();
});

test('SIGTERM drains and SIGINT does too: the process exits 0 (ACC-1)', async (context) => {
  const directory = join(temporaryDirectory(context), 'data');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { stop } = await startDev(context, directory, await freePort());
    assert.equal((await stop(signal)).code, 0);
  }
  assert.match(readFileSync(join(directory, 'countersign.yaml'), 'utf8'), /environment: dev/);
});

test('a port in use stops the start with one clear line and exit code 1', async (context) => {
  const port = await freePort();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
  context.after(() => taken.close());
  const done = await run([
    'dev',
    '--data-dir',
    join(temporaryDirectory(context), 'data'),
    '--port',
    String(port),
  ]);
  assert.equal(done.code, 1);
  assert.match(done.err, new RegExp(`^error: Port ${port} on 127\\.0\\.0\\.1 is in use`));
  assert.equal(done.out, '');
});

test('dev refuses to be reached by others, and to touch the directory of another environment', async (context) => {
  const directory = join(temporaryDirectory(context), 'data');
  const open = await run([
    'dev',
    '--data-dir',
    directory,
    '--set',
    'server.listen=0.0.0.0:9400',
    '--set',
    'server.publicUrl=http://localhost:9400',
  ]);
  assert.match(open.err, /serves http on this machine only/);
  const production = await run(['dev', '--data-dir', directory], {
    env: { COUNTERSIGN_ENVIRONMENT: 'production' },
  });
  assert.deepEqual([open.code, production.code], [1, 1]);
  assert.match(production.err, /belongs to the environment production/);
});

test('serve refuses to start without a bootstrap mode while there is no administrator (IAM-2)', async (context) => {
  const directory = join(temporaryDirectory(context), 'data');
  await run(['init', '--data-dir', directory]);
  const done = await run([
    'serve',
    '--data-dir',
    directory,
    '--set',
    `server.listen=127.0.0.1:${await freePort()}`,
  ]);
  assert.equal(done.code, 1);
  assert.match(done.err, /iam\.bootstrap\.mode is not set/);
});

test('serve started after init answers, reads its log level again on SIGHUP, and drains on SIGTERM', async (context) => {
  const directory = join(temporaryDirectory(context), 'data');
  await run(['init', '--bootstrap', 'link', '--data-dir', directory]);
  const port = await freePort();
  const child = start(['serve', '--data-dir', directory, '--set', `server.listen=127.0.0.1:${port}`]);
  context.after(() => child.kill('SIGKILL'));
  const text = await waitForOutput(child, /setup\?token=.*\n/);
  assert.match(text, new RegExp(`Ready: http://localhost:${port}`));
  assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
  const read = new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk: string) => {
      if (chunk.includes('configuration read again')) resolve();
    });
  });
  child.kill('SIGHUP');
  await read;
  const ended = finish(child);
  child.kill('SIGTERM');
  assert.equal((await ended).code, 0);
});
