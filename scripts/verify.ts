/**
 * Everything that must hold before a change is taken: sets up what the tests need, then runs each gate and prints one
 * line for it. Stops at the end, not at the first red gate, and exits 1 if any was red.
 */
import { parseArgs } from 'node:util';
import { peers, providePeer } from './lib/peers.ts';
import { run } from './lib/run.ts';
import { listFiles } from './lib/tree.ts';

interface Step {
  readonly name: string;
  /** An npm script with its parameters. */
  readonly script: readonly string[];
  /** Long ones show their output as it comes; the others only when they fail. */
  readonly show?: boolean;
}

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const inCi = process.env.CI === 'true';
const outcomes: { readonly name: string; readonly passed: boolean; readonly seconds: string }[] = [];

const staticSteps: readonly Step[] = [
  { name: 'lint', script: ['lint'] },
  { name: 'types', script: ['types'] },
  { name: 'imports', script: ['imports'] },
  { name: 'knip', script: ['knip'] },
  { name: 'check:dependencies', script: ['check:dependencies'] },
  { name: 'build', script: ['build'] },
];
const raceFiles = listFiles('test/race', (path) => path.endsWith('.test.ts'));
const testSteps: readonly Step[] = [
  { name: 'tests', script: ['test'], show: true },
  ...(raceFiles.length > 0 ? [{ name: 'races', script: ['test:race'], show: true }] : []),
  { name: 'canaries', script: ['canaries'] },
  { name: 'status', script: ['status', '--', '--check'] },
  { name: 'conformance', script: ['conformance', '--', '--check'] },
];

if (!values.quick) await setUp();
for (const step of [...staticSteps, ...(values.quick ? [] : testSteps)]) await runStep(step);
console.log('');
for (const { name, passed, seconds } of outcomes)
  console.log(`${passed ? '✔' : '✖'} ${name.padEnd(14)} ${seconds} s`);
const red = outcomes.filter(({ passed }) => !passed).map(({ name }) => name);
console.log(red.length === 0 ? 'verify: all gates are green' : `verify: red: ${red.join(', ')}`);
if (red.length > 0) process.exitCode = 1;

async function setUp(): Promise<void> {
  for (const peer of peers) {
    const started = performance.now();
    const { path, note } = await providePeer(peer);
    console.log(note);
    if (path !== undefined) process.env[peer.variable] = path;
    if (path === undefined && inCi)
      outcomes.push({ name: peer.name, passed: false, seconds: since(started) });
  }
  if (!process.env.TEST_VECTORS_DIR)
    console.log('TEST_VECTORS_DIR is not set: tests over outside vectors are skipped');
}

async function runStep({ name, script, show = false }: Step): Promise<void> {
  const started = performance.now();
  console.log(`\n▶ ${name}`);
  const { status, text } = await run('npm', ['run', '--silent', ...script], {
    output: show ? 'show' : 'keep',
  });
  const passed = status === 0;
  const lines = text.trim().split('\n');
  if (!show) console.log(passed ? (lines.at(-1) ?? '') : text.trim());
  outcomes.push({ name, passed, seconds: since(started) });
}

function since(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1).padStart(6);
}
