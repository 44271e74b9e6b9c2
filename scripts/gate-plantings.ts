/** One violation for each gate (scripts/gate-selftest.ts). */
export interface Planting {
  readonly gate: string;
  /** Run in order until one fails. */
  readonly commands: readonly (readonly string[])[];
  /** Written before the first run, which must be green. */
  readonly files: Readonly<Record<string, string>>;
  /** Changes that make it red. */
  readonly violation: Readonly<Record<string, (text: string) => string>>;
  /** What the red run must say. */
  readonly red: RegExp;
  /** Removes every other test first, so that a whole run takes a moment. */
  readonly onlyTest?: boolean;
}

const plantedTest = 'scripts/planted.test.ts';

export const plantings: readonly Planting[] = [
  {
    gate: 'imports: direction',
    commands: [['node', 'scripts/check-imports.ts']],
    files: {},
    violation: { 'packages/protocol/src/planted.ts': () => "export { readFileSync } from 'node:fs';\n" },
    red: /planted\.ts:1: protocol imports 'node:fs'/,
  },
  {
    gate: 'imports: another domain past its index',
    commands: [['node', 'scripts/check-imports.ts']],
    files: { 'packages/server/src/planted-a/inner.ts': 'export const a = 1;\n' },
    violation: { 'packages/server/src/planted-b/b.ts': () => "export { a } from '../planted-a/inner.ts';\n" },
    red: /planted-b\/b\.ts:1: server domain imports '\.\.\/planted-a\/inner\.ts'/,
  },
  {
    gate: 'imports: cycle',
    commands: [['node', 'scripts/check-imports.ts']],
    files: { 'scripts/planted-a.ts': 'export const a = 1;\n' },
    violation: {
      'scripts/planted-a.ts': () => "export { b } from './planted-b.ts';\n",
      'scripts/planted-b.ts': () => "export { a as b } from './planted-a.ts';\n",
    },
    red: /cycle: scripts\/planted-a\.ts → scripts\/planted-b\.ts/,
  },
  {
    gate: 'imports: a test file in production code',
    commands: [['node', 'scripts/check-imports.ts']],
    files: { 'packages/protocol/src/planted.test.ts': 'export const a = 1;\n' },
    violation: { 'packages/protocol/src/planted.ts': () => "export { a } from './planted.test.ts';\n" },
    red: /nothing imports a test file/,
  },
  {
    gate: 'types: protocol',
    commands: [['npm', 'run', '--silent', 'types']],
    files: {},
    violation: { 'packages/protocol/src/planted.ts': () => "export const seconds: number = 'five';\n" },
    red: /planted\.ts.*TS2322/,
  },
  {
    gate: 'types: server',
    commands: [['npm', 'run', '--silent', 'types']],
    files: {},
    violation: { 'packages/server/src/planted.ts': () => 'export enum Colour { red }\n' },
    red: /planted\.ts.*TS1294/,
  },
  {
    gate: 'lint',
    commands: [['npm', 'run', '--silent', 'lint']],
    files: {},
    violation: { 'scripts/planted.ts': () => 'export const value = (x: any): string => x!.name;\n' },
    red: /noExplicitAny/,
  },
  {
    gate: 'lint: floating promise',
    commands: [['npm', 'run', '--silent', 'lint']],
    files: {},
    violation: { 'scripts/planted.ts': () => 'async function work(): Promise<void> {}\n\nwork();\n' },
    red: /noFloatingPromises/,
  },
  {
    gate: 'knip: unused export',
    commands: [['npm', 'run', '--silent', 'knip']],
    files: {},
    violation: { 'scripts/lib/tree.ts': (text) => `${text}\nexport const planted = 1;\n` },
    red: /planted/,
  },
  {
    gate: 'dependencies',
    commands: [['node', 'scripts/check-dependencies.ts']],
    files: {},
    violation: { 'docs/dependencies.md': (text) => text.replace(/^\| `hono` .*\n/m, '') },
    red: /hono: no line/,
  },
  {
    gate: 'status: unknown row id',
    commands: [
      ['node', 'scripts/test.ts'],
      ['node', 'scripts/status.ts', '--ids-only'],
    ],
    files: { [plantedTest]: testWith('holds (SPN-6)') },
    violation: { [plantedTest]: () => testWith(`holds (${['SPN', '99'].join('-')})`) },
    red: /SPN-99, which docs\/rows\.yaml does not know/,
    onlyTest: true,
  },
  {
    gate: 'tests: a failing test',
    commands: [['node', 'scripts/test.ts']],
    files: { [plantedTest]: testWith('holds') },
    violation: { [plantedTest]: () => testWith('fails', "throw new Error('planted');") },
    red: /fail 1/,
    onlyTest: true,
  },
  {
    gate: 'tests: a run that skips everything',
    commands: [['node', 'scripts/test.ts']],
    files: { [plantedTest]: testWith('holds') },
    violation: { [plantedTest]: () => testWith('skips', "context.skip('no peer');") },
    red: /no test passed/,
    onlyTest: true,
  },
  {
    gate: 'canaries: a personal value in a log',
    commands: [
      ['node', 'scripts/test.ts'],
      ['node', 'scripts/check-canaries.ts'],
    ],
    files: { [plantedTest]: testWith('logs', "log('signed in');") },
    violation: { [plantedTest]: () => testWith('logs', "log('signed in: '.concat(canary.email));") },
    red: /leaks email/,
    onlyTest: true,
  },
];

/** A test file with one test, which can log through the server's own logger. */
function testWith(title: string, body = ''): string {
  return `import { it, type TestContext } from 'node:test';
import { createLogger } from '../packages/server/src/telemetry/log.ts';
import { canary, keepLog } from './canaries.ts';

function log(message: string): void {
  const lines: string[] = [];
  createLogger('info', { write: (line) => lines.push(line) }).info(message);
  keepLog('planted', lines.join(''));
}

it(${JSON.stringify(title)}, (context: TestContext) => {
  void [canary, log, context];
  ${body}
});
`;
}
