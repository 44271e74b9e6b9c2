import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { identifyProcess, isDead } from './process-identity.ts';

const self = identifyProcess('test');
const row = { ...self, id: 'other', beat_at: 1000 };

test('a process of this host is dead when its pid is gone, however fresh its last sign (ACC-4)', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  assert.equal(isDead({ ...row, pid: child.pid ?? 0 }, self, 1000), true);
});

test('a process of this host that lives is not taken for dead, however old its last sign (ACC-4)', () => {
  assert.equal(isDead(row, self, 999_999), false);
});

test('a pid that was given to another program does not keep the dead alive (ACC-4)', {
  skip: process.platform !== 'linux',
}, () => {
  assert.equal(isDead({ ...row, started: '1' }, self, 1000), true);
});

test('a process of another host is dead after 30 seconds of silence (ACC-4)', () => {
  const other = { ...row, host: 'elsewhere', pid: 1 };
  assert.equal(isDead(other, self, 1030), false);
  assert.equal(isDead(other, self, 1031), true);
});
