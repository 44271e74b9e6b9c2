/** Server processes on PostgreSQL: the database goes away, cuts connections, comes back; two processes stay one server. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { canary } from '../../scripts/canaries.ts';
import { findPeer, postgresql } from '../../scripts/lib/peers.ts';
import { startPostgres, type ThrowawayPostgres } from '../../scripts/lib/throwaway-postgres.ts';
import {
  type Countersign,
  findFreePort,
  runCountersign,
  startCountersign,
  temporaryFolder,
} from '../support/countersign.ts';
import { databaseSettings } from '../support/shared-store.ts';

const program = process.env[postgresql.variable] ?? findPeer(postgresql);
const suite = {
  skip: program === undefined ? 'PostgreSQL is missing: install it (postgresql)' : false,
  timeout: 300_000,
};
/** Runs before the program: its machine is 15 s ahead. */
const shiftClock = 'const now = Date.now; Date.now = () => now() + 15000;';
const service = ['--grant', 'client_credentials', '--scope', 'read', '--default-scope', 'read'];

describe('a server on PostgreSQL', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let postgres: ThrowawayPostgres;
  let dataDirectory: string;
  let env: Record<string, string>;
  let nodes: readonly Countersign[];

  before(async () => {
    postgres = await startPostgres(program ?? '');
    cleaning.defer(() => postgres.stop());
    dataDirectory = join(temporaryFolder(cleaning), 'data');
    const port = await findFreePort();
    env = {
      COUNTERSIGN_STORAGE__URL: withoutPassword(postgres.url),
      COUNTERSIGN_STORAGE__PASSWORD_FILE: postgres.passwordFile,
      COUNTERSIGN_SERVER__PUBLIC_URL: `http://localhost:${port}`,
      COUNTERSIGN_IAM__BOOTSTRAP__MODE: 'link',
    };
    const init = await runCountersign(['init', '--data-dir', dataDirectory], { env });
    assert.equal(init.status, 0, init.stderr);
    const start = (name: string, own: number) =>
      startCountersign(cleaning, {
        name,
        command: 'serve',
        port: own,
        dataDirectory,
        env: { ...env, COUNTERSIGN_SERVER__INTERNAL_LISTEN: '127.0.0.1:0' },
      });
    // At once: one of them migrates while the other waits.
    nodes = await Promise.all([start('e2e-postgres-1', port), start('e2e-postgres-2', await findFreePort())]);
    await first().cli(['client', 'add', '--id', 'job', '--secret-stdin', ...service], canary.clientSecret);
  });
  after(() => cleaning.disposeAsync());

  const first = (): Countersign => nodes[0] as Countersign;
  const urlOf = (node: Countersign) => `http://127.0.0.1:${node.port}`;

  function ask(node: Countersign, path: string, form: Readonly<Record<string, string>>) {
    return fetch(`${urlOf(node)}/oauth2/${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`job:${canary.clientSecret}`)}` },
      body: new URLSearchParams(form),
    });
  }

  async function token(node: Countersign): Promise<string> {
    const answer = await ask(node, 'token', { grant_type: 'client_credentials' });
    assert.equal(answer.status, 200, await answer.clone().text());
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  async function isActive(node: Countersign, value: string): Promise<boolean> {
    const answer = await ask(node, 'introspect', { token: value });
    return ((await answer.json()) as { active: boolean }).active;
  }

  async function until(holds: () => Promise<boolean>, withinMs: number): Promise<number> {
    const started = performance.now();
    while (!(await holds())) {
      assert.ok(performance.now() - started < withinMs, `not within ${withinMs} ms`);
      await sleep(25);
    }
    return performance.now() - started;
  }

  it('nothing is kept in the data directory but keys and settings (ACC-1)', async () => {
    const database = join(dataDirectory, 'countersign.db');
    assert.throws(() => rmSync(database), { code: 'ENOENT' });
  });

  it('what one process revokes, the other refuses within a second (SPN-1, ACC-1)', async () => {
    const [one, two] = nodes as [Countersign, Countersign];
    const value = await token(one);
    assert.equal(await isActive(two, value), true);
    assert.equal((await ask(one, 'revoke', { token: value })).status, 200);
    await until(async () => !(await isActive(two, value)), 1000);
  });

  it('connections that the database cuts are opened anew, and no request notices (ACC-1)', async () => {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'countersign %'`,
    );
    await client.end();
    for (const node of nodes) {
      const value = await token(node);
      assert.equal((await ask(node, 'revoke', { token: value })).status, 200);
    }
  });

  it('while the database is away it answers 503 with Retry-After and is not ready; afterwards it goes on without a restart (ACC-1, SPN-1)', async () => {
    const value = await token(first());
    await postgres.pause();
    await until(async () => (await fetch(`${urlOf(first())}/readyz`)).status === 503, 10_000);
    assert.equal((await fetch(`${urlOf(first())}/healthz`)).status, 200);
    for (const path of ['revoke', 'introspect']) {
      const form = { token: value };
      // The list of revocations was read a moment ago; that it cannot be read any more is known within a second.
      await until(async () => (await ask(first(), path, form)).status === 503, 1500);
      const answer = await ask(first(), path, form);
      assert.equal(answer.status, 503, path);
      assert.ok(Number(answer.headers.get('retry-after')) > 0, path);
      assert.equal(((await answer.json()) as { error: string }).error, 'temporarily_unavailable', path);
    }
    await until(
      async () => (await ask(first(), 'token', { grant_type: 'client_credentials' })).status === 503,
      1500,
    );
    assert.equal((await fetch(`${urlOf(first())}/oauth2/authorize?client_id=job`)).status, 503);
    const form = { grant_type: 'client_credentials', client_id: 'job', client_secret: 'wrong' };
    const wrong = { method: 'POST', body: new URLSearchParams(form) };
    assert.equal((await fetch(`${urlOf(first())}/oauth2/token`, wrong)).status, 503);
    const start = await runCountersign(['serve', '--data-dir', dataDirectory], { env });
    assert.equal(start.status, 1, 'a start is refused');
    assert.match(start.stderr, /The store does not answer/);
    await postgres.resume();
    for (const node of nodes) {
      await until(async () => (await fetch(`${urlOf(node)}/readyz`)).status === 200, 20_000);
      await until(async () => (await ask(node, 'token', { grant_type: 'client_credentials' })).ok, 20_000);
    }
    assert.equal(await isActive(first(), value), true, 'nothing was half done');
  });

  it('a password in storage.url is refused, and one that cannot be read is said (ACC-1, LOC-10)', async () => {
    const refused = await runCountersign(['tenant', 'list', '--data-dir', dataDirectory], {
      env: { ...env, COUNTERSIGN_STORAGE__URL: postgres.url },
    });
    assert.equal(refused.status, 1, refused.stderr);
    assert.match(refused.stderr, /storage\.passwordFile/);
    assert.ok(!refused.stderr.includes(new URL(postgres.url).password));
    const missing = await runCountersign(['tenant', 'list', '--data-dir', dataDirectory], {
      env: { ...env, COUNTERSIGN_STORAGE__PASSWORD_FILE: join(dataDirectory, 'nowhere') },
    });
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /nowhere cannot be read/);
    const file = join(dataDirectory, 'secrets', 'postgres-password');
    writeFileSync(file, 'not the password\n');
    const wrong = await runCountersign(['tenant', 'list', '--data-dir', dataDirectory], {
      env: { ...env, COUNTERSIGN_STORAGE__PASSWORD_FILE: file },
    });
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /28P01|password authentication failed/);
  });

  it('a server whose clock is 15 s ahead of the database is not ready, says so and names the cause, and lives (ACC-1)', async () => {
    const elsewhere = join(temporaryFolder(cleaning), 'data');
    const shifted = {
      ...env,
      ...(await databaseSettings(postgres, elsewhere)),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shiftClock)}`,
    };
    const init = await runCountersign(['init', '--data-dir', elsewhere], { env: shifted });
    assert.equal(init.status, 0, init.stderr);
    const node = await startCountersign(cleaning, {
      name: 'e2e-postgres-clock',
      command: 'serve',
      dataDirectory: elsewhere,
      env: { ...shifted, COUNTERSIGN_SERVER__INTERNAL_LISTEN: '127.0.0.1:0' },
    });
    const answer = await fetch(`${urlOf(node)}/readyz`);
    const text = await answer.text();
    assert.equal(answer.status, 503, text);
    assert.match(text, /the clock of this machine is 1[45]\.\d s ahead of that of the database/);
    assert.match(node.output(), /not ready: the clock of this machine/);
    assert.equal((await fetch(`${urlOf(node)}/healthz`)).status, 200);
    await node.stop();
  });

  it('the audit record is whole after all of it (ACC-4)', async () => {
    const found = await first().cli<{ readonly broken: readonly unknown[] }>(['audit', 'verify']);
    assert.deepEqual(found.broken ?? [], []);
  });
});

function withoutPassword(address: string): string {
  const url = new URL(address);
  url.password = '';
  return url.href;
}
