import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

const bin = new URL('../../bin/countersign.js', import.meta.url).pathname;

test('a command whose reader has gone ends quietly, as one that SIGPIPE ended', async () => {
  const child = spawn(process.execPath, [bin, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [[code], errors] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  assert.equal(code, 141);
  assert.equal(errors, '');
});
