import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from './tree.ts';

/** Suites with a folder `test/<name>` and a script of their own; everything else is `main`. */
export const separateSuites = ['race', 'interop', 'faults', 'load', 'packed'] as const;

/** Stores that a suite can be run on beside the embedded one; such a run has a report of its own. */
export const otherStores = ['postgresql'] as const;

export type StoreName = 'sqlite' | (typeof otherStores)[number];

/** Names of the reports that a clause may be judged by. */
export const reportNames: readonly string[] = (['main', ...separateSuites] as const).flatMap((suite) => [
  suite,
  ...otherStores.map((store) => reportName(suite, store)),
]);

export function reportName(suite: string, store: StoreName): string {
  return store === 'sqlite' ? suite : `${suite}-${store}`;
}

export type TestOutcome = 'passed' | 'failed' | 'skipped' | 'todo';

/** One test without sub-tests. */
export interface TestResult {
  /** Its title after the titles of what it lies in, joined by ` › `. */
  readonly title: string;
  /** File the runner started, relative to the repository. */
  readonly file: string;
  readonly outcome: TestOutcome;
  /** Of a skipped one; empty when none was given. */
  readonly skipReason: string;
  readonly durationMs: number;
}

export interface SuiteReport {
  readonly suite: string;
  readonly tests: readonly TestResult[];
}

export function reportPath(suite: string): string {
  return join(repositoryRoot, '.reports', suite === 'main' ? 'tests.json' : `tests-${suite}.json`);
}

export function writeReport(report: SuiteReport): void {
  const path = reportPath(report.suite);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, null, 1)}\n`);
}

export function readReport(suite: string): SuiteReport | undefined {
  const path = reportPath(suite);
  const folder = dirname(path);
  try {
    if (!readdirSync(folder).some((name) => join(folder, name) === path)) return undefined;
  } catch {
    return undefined;
  }
  return JSON.parse(readFileSync(path, 'utf8'));
}
