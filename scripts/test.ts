/**
 * Runs a test suite: `node scripts/test.ts [suite] [part of a path …] [-t pattern] [--watch] [--store NAME]`.
 * `main` (the default) is everything but the suites that have a folder and a script of their own.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isTest } from './import-rules.ts';
import { findPeer, postgresql, redis as redisPeer } from './lib/peers.ts';
import { run } from './lib/run.ts';
import {
  otherStores,
  readReport,
  reportName,
  reportPath,
  type StoreName,
  separateSuites,
  type TestResult,
} from './lib/test-report.ts';
import { startPostgres } from './lib/throwaway-postgres.ts';
import { startRedis } from './lib/throwaway-redis.ts';
import { listFiles, repositoryRoot } from './lib/tree.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string', short: 't' },
    watch: { type: 'boolean', default: false },
    /** Where server processes keep everything; the report of another store has a name of its own. */
    store: { type: 'string', default: 'sqlite' },
  },
});
const named = (['main', ...separateSuites] as const).find((name) => name === positionals[0]);
const suite = named ?? 'main';
const store = storeOf(values.store);
const parts = named ? positionals.slice(1) : positionals;
process.exitCode = await runSuite();

async function runSuite(): Promise<number> {
  const files = filesOf(suite).filter(
    (path) => parts.length === 0 || parts.some((part) => path.includes(part)),
  );
  if (files.length === 0) {
    console.error(
      `no test file in suite '${suite}'${parts.length > 0 ? ` matches ${parts.join(', ')}` : ''}`,
    );
    return 1;
  }
  // A run of a part must not pass for a run of the whole.
  const isWhole = parts.length === 0 && values.name === undefined;
  const report = isWhole ? reportName(suite, store) : `${suite}-partial`;
  rmSync(reportPath(report), { force: true });
  rmSync(join(repositoryRoot, '.reports/logs', report), { recursive: true, force: true });
  await setUp();
  const postgres = await providePostgres(files);
  const redis = await provideRedis(files);
  const { status } = await run(process.execPath, [...nodeOptions(), ...files], {
    output: 'show',
    env: {
      TEST_SUITE: report,
      NODE_OPTIONS: undefined,
      TEST_POSTGRES_URL: postgres?.url,
      TEST_POSTGRES_PASSWORD_FILE: postgres?.passwordFile,
      TEST_REDIS_ADDRESS: redis && `${redis.host}:${redis.port}`,
      TEST_REDIS_PASSWORD_FILE: redis?.passwordFile,
      TEST_STORE: store,
    },
  });
  await postgres?.stop();
  await redis?.stop();
  const tests = readReport(report)?.tests ?? [];
  return status === 0 && !refuseSkips(tests) && !refuseEmpty(tests) ? 0 : 1;
}

function storeOf(asked: string): StoreName {
  const found = (['sqlite', ...otherStores] as const).find((name) => name === asked);
  if (found === undefined)
    throw new RangeError(`--store ${asked}: there are sqlite, ${otherStores.join(', ')}`);
  return found;
}

/** A suite may have a program that brings what its tests need; what it could not bring, the tests find missing. */
async function setUp(): Promise<void> {
  const [program] = listFiles(`test/${suite}`, (path) => path === `test/${suite}/set-up.ts`);
  if (program === undefined) return;
  const options = { output: 'show', env: { NODE_OPTIONS: undefined } } as const;
  await run(process.execPath, ['--conditions=source', program, ...parts], options);
}

/** One server for the run, where it is installed and a file needs it; the tests make their own databases in it. */
async function providePostgres(files: readonly string[]) {
  const program = process.env[postgresql.variable] ?? findPeer(postgresql);
  const isNeeded = store !== 'sqlite' || files.some((path) => path.includes('postgres'));
  if (!isNeeded) return undefined;
  if (program !== undefined) return startPostgres(program);
  if (store !== 'sqlite') throw new Error('PostgreSQL is missing: install it (postgresql)');
  return undefined;
}

/** The same; a test keeps what is its own under a prefix of its own. */
async function provideRedis(files: readonly string[]) {
  const program = process.env[redisPeer.variable] ?? findPeer(redisPeer);
  if (program === undefined || !files.some((path) => path.includes('redis'))) return undefined;
  return startRedis(program);
}

function nodeOptions(): readonly string[] {
  return [
    '--test',
    '--conditions=source',
    // Suites that measure overlap or kill processes have the machine to themselves.
    `--test-concurrency=${suite === 'main' || suite === 'interop' ? 2 : 1}`,
    // A test that waits for ever is a failure that says so.
    `--test-timeout=${suite === 'faults' ? 900_000 : 300_000}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${import.meta.resolve('./lib/test-reporter.ts')}`,
    '--test-reporter-destination=stderr',
    ...(values.name === undefined ? [] : [`--test-name-pattern=${values.name}`]),
    ...(values.watch ? ['--watch'] : []),
  ];
}

function filesOf(name: (typeof separateSuites)[number] | 'main'): readonly string[] {
  if (name !== 'main') return listFiles(`test/${name}`, isTest);
  const elsewhere = separateSuites.map((other) => `test/${other}/`);
  return ['packages', 'scripts', 'test', 'bench'].flatMap((root) =>
    listFiles(root, (path) => isTest(path) && !elsewhere.some((folder) => path.startsWith(folder))),
  );
}

/** In CI everything a test needs is there, test vectors excepted: any other skip hides a missing peer. */
function refuseSkips(tests: readonly TestResult[]): boolean {
  if (process.env.CI !== 'true') return false;
  const refused = tests.filter(
    ({ outcome, skipReason }) => outcome === 'skipped' && !skipReason.startsWith('vectors: '),
  );
  for (const { title, file, skipReason } of refused) {
    console.error(`skipped in CI: ${file}: ${title} (${skipReason || 'no reason given'})`);
  }
  return refused.length > 0;
}

function refuseEmpty(tests: readonly TestResult[]): boolean {
  if (tests.some(({ outcome }) => outcome === 'passed')) return false;
  console.error('no test passed: a run without a passing test proves nothing');
  return true;
}
