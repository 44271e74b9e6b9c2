/**
 * Writes `docs/status.md`; with `--check` only compares. `--complete` also demands a report of every suite that a
 * clause names; `--ids-only` stops after the ids. Fails on: an unknown row id in a test title, a clause with neither
 * a passing test nor a reason, a page that is not what the reports give.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ClauseStatus, findUnknownIds, judgeClause, judgeRow } from './lib/row-status.ts';
import { type Clause, readRows } from './lib/rows.ts';
import { type PageRow, readMetClauses, renderStatus } from './lib/status-page.ts';
import { readReport, type SuiteReport } from './lib/test-report.ts';
import { repositoryRoot } from './lib/tree.ts';

const { values: asked } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    complete: { type: 'boolean', default: false },
    'ids-only': { type: 'boolean', default: false },
  },
});
const pagePath = join(repositoryRoot, 'docs/status.md');
const rows = readRows();
const suites = [
  ...new Set(['main', ...[...rows.values()].flatMap(({ clauses }) => clauses.map(({ suite }) => suite))]),
];
const reports = new Map<string, SuiteReport>();
for (const suite of suites) {
  const report = readReport(suite);
  if (report) reports.set(suite, report);
}
const problems = [...checkReports(), ...checkIds(), ...(asked['ids-only'] ? [] : checkPage())];

for (const problem of problems) console.error(problem);
console.log(`status: ${rows.size} rows, ${reports.size} reports, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;

function checkReports(): readonly string[] {
  const needed = asked.complete ? suites : ['main'];
  return needed
    .filter((suite) => !reports.has(suite))
    .map(
      (suite) =>
        `no report of suite '${suite}': run \`npm ${suite === 'main' ? 'test' : `run test:${suite}`}\``,
    );
}

function checkIds(): readonly string[] {
  const tests = [...reports.values()].flatMap((report) => report.tests);
  return findUnknownIds(rows, tests);
}

function checkPage(): readonly string[] {
  const committed = readPage();
  const metBefore = readMetClauses(committed);
  const pageRows = [...rows].map(([id, { title, clauses }]): PageRow => {
    const judged = clauses.map((clause) => ({
      id: clause.id,
      text: clause.text,
      ...judge(id, clause, metBefore.get(`${id}.${clause.id}`)),
    }));
    return { id, title, clauses: judged, state: judgeRow(judged) };
  });
  const page = renderStatus(pageRows);
  if (!asked.check && reports.has('main')) writeFileSync(pagePath, page);
  const unmet = pageRows.flatMap(({ id: row, clauses }) =>
    clauses
      .filter(({ state }) => state === 'missing' || state === 'failing')
      .map(({ id, why }) => `${row}.${id}: ${why}`),
  );
  if (!asked.check || page === committed) return unmet;
  return [
    ...unmet,
    'docs/status.md is not what these reports give: run `npm run status` and commit it',
    ...difference(committed, page),
  ];
}

/** A clause that this run cannot judge keeps what the page of a full run says. */
function judge(row: string, clause: Clause, filesBefore: readonly string[] | undefined): ClauseStatus {
  const allowSkips = asked.check && process.env.CI !== 'true';
  const status = judgeClause(row, clause, reports.get(clause.suite)?.tests, { allowSkips });
  if (status.state !== 'unknown') return status;
  console.log(`${row}.${clause.id} stays ${filesBefore ? 'met' : 'not met'}: ${status.why}`);
  return filesBefore ? { state: 'met', files: filesBefore, why: '' } : { ...status, why: 'not run yet' };
}

function difference(before: string, after: string): readonly string[] {
  const old = new Set(before.split('\n'));
  const fresh = new Set(after.split('\n'));
  return [
    ...[...old].filter((line) => !fresh.has(line)).map((line) => `- ${line}`),
    ...[...fresh].filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ];
}

function readPage(): string {
  try {
    return readFileSync(pagePath, 'utf8');
  } catch {
    return '';
  }
}
