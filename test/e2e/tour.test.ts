import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runCountersign, spawnCountersign, temporaryFolder } from '../support/countersign.ts';

const names = [
  'Discovery',
  'Client credentials',
  'Sign-in with a code',
  'ID token, userinfo',
  'Refresh rotation',
  'Introspection',
  'Revocation',
  'Device flow',
  'Sign-out',
  'Key rotation',
  'A second tenant',
  'Audit',
];

describe('countersign tour', { timeout: 300_000 }, () => {
  const cleaning = new AsyncDisposableStack();
  after(() => cleaning.disposeAsync());

  /** Where the tour makes its temporary directory; another instance's settings, which are none of its business. */
  function place() {
    const folder = temporaryFolder(cleaning);
    const temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    const foreign = join(folder, 'data of somebody else');
    const env = { TMPDIR: temporary, COUNTERSIGN_DATA_DIR: foreign, COUNTERSIGN_SERVER__LISTEN: 'nonsense' };
    const left = () => [
      // Node keeps its compiled code there, whatever the program does.
      ...readdirSync(temporary).filter((name) => name !== 'node-compile-cache'),
      ...(existsSync(foreign) ? [foreign] : []),
    ];
    return { env, left };
  }

  it('runs every flow against a throw-away instance, lists each with its time, exits 0 and leaves nothing behind (ACC-1)', async (test) => {
    const { env, left } = place();
    const { status, stdout, stderr } = await runCountersign(['tour'], { env });
    assert.equal(status, 0, stdout + stderr);
    const [first = '', ...rest] = stdout.trimEnd().split('\n');
    const [sum = '', ...lines] = rest.reverse();
    assert.match(first, /^A throw-away instance at http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(lines.length, names.length);
    for (const [index, line] of lines.reverse().entries()) {
      assert.match(line, /^ok {6}.* {2}\d+ ms$/);
      assert.ok(line.includes(`  ${names[index]} `), line);
    }
    assert.match(sum, /^All \d{2,} checks in 12 flows hold, after [\d.]+ s\. Everything is removed again\.$/);
    test.diagnostic(sum);
    assert.equal(stderr, '');
    assert.deepEqual(left(), []);
  });

  it('says the same in JSON, with each thing that was verified (ACC-1)', async () => {
    const { env, left } = place();
    const { status, stdout } = await runCountersign(['tour', '--json'], { env });
    assert.equal(status, 0, stdout);
    const told = JSON.parse(stdout) as {
      ok: boolean;
      checks: number;
      steps: readonly { name: string; status: string; verified: readonly string[] }[];
    };
    assert.equal(told.ok, true);
    assert.deepEqual(
      told.steps.map(({ name }) => name),
      names,
    );
    for (const { name, status: state, verified } of told.steps) {
      assert.equal(state, 'ok');
      assert.ok(verified.length >= 3, name);
    }
    assert.equal(
      told.checks,
      told.steps.reduce((count, { verified }) => count + verified.length, 0),
    );
    assert.deepEqual(left(), []);
  });

  it('stops at the first flow that fails, says what and why, exits 1 and leaves nothing behind (ACC-1)', async () => {
    const { env, left } = place();
    // A fault between client and server: userinfo comes back about somebody else.
    const fault = `
      const real = globalThis.fetch;
      globalThis.fetch = async (url, init) => {
        const response = await real(url, init);
        if (!String(url).endsWith('/oauth2/userinfo') || response.status !== 200) return response;
        return Response.json({ ...(await response.json()), sub: 'USR-somebody-else' });
      };`;
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(fault)}`;
    const { status, stdout, stderr } = await runCountersign(['tour'], { env: { ...env, NODE_OPTIONS } });
    assert.equal(status, 1, stdout + stderr);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, 5, 'the instance, three flows that hold, and the one that does not');
    assert.match(lines[4] ?? '', /^failed {2}ID token, userinfo/);
    assert.match(
      stderr,
      /^error: ID token, userinfo failed: userinfo is about the same person: USR-somebody-else, not USR-default-/,
    );
    assert.deepEqual(left(), []);
  });

  it('is interrupted by Ctrl-C at any point, exits 1 and leaves nothing behind (ACC-1)', async () => {
    for (const moment of ['A throw-away instance', 'Client credentials', 'Sign-out']) {
      const { env, left } = place();
      const child = spawnCountersign(['tour'], env);
      let [out, err] = ['', ''];
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        err += text;
      });
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        const before = out;
        out += text;
        if (out.includes(moment) && !before.includes(moment)) {
          child.kill('SIGINT');
          child.kill('SIGINT');
        }
      });
      const [status, signal] = await once(child, 'close');
      assert.deepEqual([status, signal], [1, null], out + err);
      assert.match(err, /^error: The tour was interrupted\. Everything that it made is removed\.\n$/);
      assert.doesNotMatch(out, /hold, after/);
      assert.deepEqual(left(), []);
      const port = /127\.0\.0\.1:(\d+)/.exec(out)?.[1];
      await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
    }
  });

  it('knows its options, and no other (ACC-1)', async () => {
    const help = await runCountersign(['tour', '--help']);
    assert.equal(help.status, 0);
    assert.match(help.stdout, /^Example:\n {2}countersign tour\n/);
    assert.equal((await runCountersign(['tour', '--nonsense'])).status, 2);
  });
});
