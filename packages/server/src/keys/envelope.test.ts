import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createEnvelopeKeyFile, EnvelopeError, type EnvelopeErrorCode, loadEnvelopeKeys } from './envelope.ts';

const directory = mkdtempSync(join(tmpdir(), 'countersign-envelope-'));
after(() => rmSync(directory, { recursive: true }));

let count = 0;
function path(content?: string, mode = 0o600): string {
  count += 1;
  const file = join(directory, `key-${count}`);
  if (content !== undefined) writeFileSync(file, content, { mode });
  return file;
}

function refusal(file: string): EnvelopeErrorCode {
  try {
    loadEnvelopeKeys(file);
  } catch (error) {
    assert.ok(error instanceof EnvelopeError);
    assert.ok(error.message.includes(file), 'the message names the file');
    return error.code;
  }
  return assert.fail('not refused');
}

const line = (fill: number): string => Buffer.alloc(32, fill).toString('base64');

test('an envelope key file is made for its owner alone, and never overwritten (SPN-3)', () => {
  const file = path();
  createEnvelopeKeyFile(file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const before = readFileSync(file, 'utf8');
  assert.equal(createEnvelopeKeyFile(file), false);
  assert.equal(readFileSync(file, 'utf8'), before);
  assert.equal(loadEnvelopeKeys(file)[0]?.key.length, 32);
});

test('the first line is the newest key, the others still open (SPN-3)', () => {
  const keys = loadEnvelopeKeys(path(`${line(1)}\n${line(2)}\n`));
  assert.deepEqual(keys.map(({ key }) => key[0]), [1, 2]);
  assert.notEqual(keys[0]?.id, keys[1]?.id);
});

test('a key file that others may read, a link, a directory and a wrong content are refused by name (SPN-3)', () => {
  assert.equal(refusal(path()), 'missing');
  for (const mode of [0o640, 0o604, 0o660, 0o644]) {
    const file = path(line(1));
    chmodSync(file, mode);
    assert.equal(refusal(file), 'exposed');
  }
  const link = path();
  symlinkSync(path(line(1)), link);
  assert.equal(refusal(link), 'symlink');
  assert.equal(refusal(directory), 'unreadable');
  for (const content of ['', '\n', 'short', `${line(1)} `, `${line(1)}\nrest`, Buffer.alloc(31).toString('base64')]) {
    assert.equal(refusal(path(content)), 'malformed');
  }
  assert.equal(refusal(path(`${line(1)}\n${line(1)}\n`)), 'malformed');
});
