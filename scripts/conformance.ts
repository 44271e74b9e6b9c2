/**
 * Writes `docs/conformance.md` from `docs/standards.yaml` and the report of the main suite; with `--check` only compares.
 * Fails on: a section or a module of the plans that we mean to pass without a passing test, a page that is not what the
 * report gives. The plans' lists of modules are outside data and found through TEST_VECTORS_DIR.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type JudgedModule, renderConformance } from './lib/conformance-page.ts';
import { judgeSection, moduleOf, readStandards } from './lib/standards.ts';
import { readReport, type TestResult } from './lib/test-report.ts';
import { repositoryRoot } from './lib/tree.ts';

/** The certification plans that apply to this server; others are about response types and logouts that it refuses. */
const plans = [
  'oidcc-basic-certification-test-plan',
  'oidcc-config-certification-test-plan',
  'oidcc-dynamic-certification-test-plan',
  'oidcc-formpost-basic-certification-test-plan',
  'oidcc-rp-initiated-logout-certification-test-plan',
  'oidcc-backchannel-rp-initiated-logout-certification-test-plan',
];

const { values: asked } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const pagePath = join(repositoryRoot, 'docs/conformance.md');
const report = readReport('main');
const problems = report === undefined ? ['no report of the main suite: run `npm test`'] : check(report.tests);
for (const problem of problems) console.error(problem);
console.log(`conformance: ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;

function check(tests: readonly TestResult[]): readonly string[] {
  const standards = readStandards().map((standard) => ({
    ...standard,
    sections: standard.sections.map((section) => judgeSection(standard.name, section, tests)),
  }));
  const modules = judgeModules(tests);
  const page = renderConformance(standards, modules);
  const committed = existsSync(pagePath) ? readFileSync(pagePath, 'utf8') : '';
  if (!asked.check) writeFileSync(pagePath, page);
  return [
    ...standards.flatMap(({ name, sections }) =>
      sections
        .filter(({ state }) => state === 'no test' || state === 'failing')
        .map(({ section, what, state }) => `${name} §${section} (${what}): ${state}`),
    ),
    ...missingModules(modules),
    ...(asked.check && page !== committed
      ? [
          'docs/conformance.md is not what this report gives: run `npm run conformance` and commit it',
          ...difference(committed, page),
        ]
      : []),
  ];
}

function judgeModules(tests: readonly TestResult[]): readonly JudgedModule[] {
  const found = new Map<string, TestResult[]>();
  for (const test of tests) {
    const name = moduleOf(test.title);
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), test]);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, of]) => ({ name, ...judge(of) }));
}

function judge(tests: readonly TestResult[]): Omit<JudgedModule, 'name'> {
  const files = [
    ...new Set(tests.filter(({ outcome }) => outcome === 'passed').map(({ file }) => file)),
  ].sort();
  if (tests.some(({ outcome }) => outcome === 'failed')) return { state: 'failing', files };
  return { state: files.length > 0 ? 'held' : 'no test', files };
}

function missingModules(modules: readonly JudgedModule[]): readonly string[] {
  const folder = process.env.TEST_VECTORS_DIR;
  const path = folder === undefined ? '' : join(folder, 'checklists/oidf-plan-modules.json');
  if (!existsSync(path)) {
    console.log('conformance: the list of modules is not there (TEST_VECTORS_DIR); they are not checked');
    return [];
  }
  const listed = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly plans: Readonly<Record<string, readonly { readonly testName: string }[]>>;
  };
  const held = new Set(modules.filter(({ state }) => state === 'held').map(({ name }) => name));
  const wanted = new Set(plans.flatMap((plan) => listed.plans[plan] ?? []).map(({ testName }) => testName));
  return [...wanted]
    .filter((name) => !held.has(name))
    .map((name) => `module ${name}: no passing test begins with its name`);
}

function difference(before: string, after: string): readonly string[] {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  return [
    ...old.filter((line) => !fresh.includes(line)).map((line) => `- ${line}`),
    ...fresh.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ].slice(0, 40);
}
