/**
 * Shows that each gate can turn red. In a copy of the tree every gate is run as it is, and must be green; then with one
 * violation planted, and must be red for the reason that was planted.
 */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Planting, plantings } from './gate-plantings.ts';
import { copyTree } from './lib/copy-tree.ts';
import { run } from './lib/run.ts';

const copy = mkdtempSync(join(tmpdir(), 'countersign-selftest-'));
let failures = 0;
try {
  await copyTree(copy);
  for (const planting of plantings) await tryOne(planting);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(
  failures === 0
    ? `gates: ${plantings.length} of ${plantings.length} turn red`
    : `gates: ${failures} failures`,
);
if (failures > 0) process.exitCode = 1;

async function tryOne({ gate, commands, files, violation, red, onlyTest }: Planting): Promise<void> {
  const saved = new Map<string, string | undefined>();
  const write = (name: string, text: string | undefined): void => {
    if (!saved.has(name)) saved.set(name, read(name));
    if (text === undefined) rmSync(join(copy, name), { force: true });
    else {
      mkdirSync(dirname(join(copy, name)), { recursive: true });
      writeFileSync(join(copy, name), text);
    }
  };
  if (onlyTest) for (const name of listTests()) write(name, undefined);
  for (const [name, text] of Object.entries(files)) write(name, text);
  const before = await runAll(commands);
  report(before.status === 0, `${gate} is green without a violation`, before.text);
  for (const [name, change] of Object.entries(violation)) write(name, change(read(name) ?? ''));
  const after = await runAll(commands);
  report(after.status !== 0 && red.test(after.text), `${gate} is red with one`, after.text);
  for (const [name, text] of saved) write(name, text);
}

async function runAll(
  commands: Planting['commands'],
): Promise<{ readonly status: number; readonly text: string }> {
  let text = '';
  for (const [command = '', ...parameters] of commands) {
    const result = await run(command, parameters, {
      cwd: copy,
      env: { CI: undefined, TEST_SUITE: undefined, NODE_TEST_CONTEXT: undefined },
    });
    text += result.text;
    if (result.status !== 0) return { status: result.status, text };
  }
  return { status: 0, text };
}

function report(holds: boolean, sentence: string, output: string): void {
  console.log(`${holds ? '✔' : '✖'} ${sentence}`);
  if (holds) return;
  failures += 1;
  console.error(output.trim().split('\n').slice(-30).join('\n'));
}

function listTests(): readonly string[] {
  return globSync('{packages,scripts,test,bench}/**/*.test.ts', {
    cwd: copy,
    exclude: (name) => name.endsWith('node_modules'),
  });
}

function read(name: string): string | undefined {
  try {
    return readFileSync(join(copy, name), 'utf8');
  } catch {
    return undefined;
  }
}
