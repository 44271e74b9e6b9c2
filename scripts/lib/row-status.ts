import type { Clause, Row } from './rows.ts';
import type { TestResult } from './test-report.ts';

/** `met`: a passing test for every phrase. `unknown`: this run cannot tell (suite not run, or vectors absent). */
export type ClauseState = 'met' | 'open' | 'missing' | 'failing' | 'unknown';

export interface ClauseStatus {
  readonly state: ClauseState;
  /** Files of the tests that meet it. */
  readonly files: readonly string[];
  /** For a person: why it is not met. Empty when it is. */
  readonly why: string;
}

export interface JudgeOptions {
  /** Whether a test that was skipped for want of a peer leaves the clause unknown rather than missing. */
  readonly allowSkips: boolean;
}

/** Judges one clause by the tests of its suite; `tests` undefined: the suite was not run. */
export function judgeClause(
  row: string,
  clause: Clause,
  tests: readonly TestResult[] | undefined,
  options: JudgeOptions,
): ClauseStatus {
  if (clause.open !== undefined) return { state: 'open', files: [], why: clause.open };
  if (clause.test === undefined)
    return { state: 'missing', files: [], why: 'no test is named for it in rows.yaml' };
  if (tests === undefined) return { state: 'unknown', files: [], why: `suite '${clause.suite}' was not run` };
  const ofRow = tests.filter(({ title }) => rowIdsIn(title).includes(row));
  const files = new Set<string>();
  for (const phrase of [clause.test].flat()) {
    const matching = ofRow.filter(({ title }) => phraseMatches(phrase, title));
    const refusal = judgePhrase(row, phrase, matching, options);
    if (refusal) return { ...refusal, files: [] };
    for (const { file } of matching) files.add(file);
  }
  return { state: 'met', files: [...files].sort(), why: '' };
}

function judgePhrase(
  row: string,
  phrase: string,
  matching: readonly TestResult[],
  { allowSkips }: JudgeOptions,
): Omit<ClauseStatus, 'files'> | undefined {
  if (matching.length === 0) return { state: 'missing', why: `no test title has (${row}) and '${phrase}'` };
  const failed = matching.find(({ outcome }) => outcome === 'failed');
  if (failed) return { state: 'failing', why: `fails: ${failed.title}` };
  const unproven = matching.find(({ outcome }) => outcome !== 'passed');
  if (!unproven) return undefined;
  const tolerated =
    unproven.outcome === 'skipped' && (allowSkips || unproven.skipReason.startsWith('vectors: '));
  return {
    state: tolerated ? 'unknown' : 'missing',
    why: `${unproven.outcome} (${unproven.skipReason || 'no reason given'}): ${unproven.title}`,
  };
}

/** A `/regular expression/`, or a phrase compared without regard to case and spacing. */
export function phraseMatches(phrase: string, title: string): boolean {
  const pattern = /^\/(.+)\/$/.exec(phrase)?.[1];
  return pattern === undefined ? plain(title).includes(plain(phrase)) : new RegExp(pattern, 'i').test(title);
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

/** Row ids named in a test title, `SPN-16` in `… (SPN-16, RFC 8414 §3)`. */
export function rowIdsIn(title: string): readonly string[] {
  return [...title.matchAll(/\b(?:LOC|SPN|IAM|SND|CAP|ACC)-\d+\b/g)].map(([id]) => id);
}

/** Ids in titles that look like rows and are none: a typing error would otherwise silently prove nothing. */
export function findUnknownIds(
  rows: ReadonlyMap<string, Row>,
  tests: readonly TestResult[],
): readonly string[] {
  return tests.flatMap(({ title, file }) => {
    const suspects = [...title.matchAll(/\(([^()]*)\)/g)].flatMap(([, inside = '']) =>
      inside.split(/[,;] */).filter((word) => /^[A-Z]{3}-\d{1,2}$/.test(word)),
    );
    const unknown = [...new Set([...rowIdsIn(title), ...suspects])].filter((id) => !rows.has(id));
    return unknown.map((id) => `${file}: '${title}' names ${id}, which docs/rows.yaml does not know`);
  });
}

export type RowState = 'done' | 'partly' | 'failing' | 'not taken up';

export function judgeRow(clauses: readonly { readonly state: ClauseState }[]): RowState {
  if (clauses.length === 0) return 'not taken up';
  if (clauses.some(({ state }) => state === 'failing')) return 'failing';
  return clauses.every(({ state }) => state === 'met') ? 'done' : 'partly';
}
