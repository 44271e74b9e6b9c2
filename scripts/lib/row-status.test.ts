import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findUnknownIds, judgeClause, judgeRow, phraseMatches, rowIdsIn } from './row-status.ts';
import type { Clause } from './rows.ts';
import { readMetClauses, renderStatus } from './status-page.ts';
import type { TestResult } from './test-report.ts';

const clause: Clause = {
  id: 'reuse',
  text: 'Reuse revokes the family.',
  test: 'revokes the family',
  suite: 'main',
};

function result(title: string, change: Partial<TestResult> = {}): TestResult {
  return { title, file: 'a.test.ts', outcome: 'passed', skipReason: '', durationMs: 1, ...change };
}

// Ids are put together here so that the titles of this file name no row themselves.
const row = ['SPN', '6'].join('-');
const title = `reuse revokes the family (${row}, RFC 9700 §4.14.2)`;
const judge = (tests: readonly TestResult[] | undefined, allowSkips = false) =>
  judgeClause(row, clause, tests, { allowSkips });

describe('status of a clause', () => {
  it('is met by a passing test that names the row and has the phrase', () => {
    assert.deepEqual(judge([result(title)]), { state: 'met', files: ['a.test.ts'], why: '' });
  });

  it('is missing when the phrase stands in the title of another row', () => {
    assert.equal(judge([result(title.replace(row, `${row}1`))]).state, 'missing');
  });

  it('is missing when the test was skipped, whatever else passed', () => {
    assert.equal(
      judge([result(title), result(title, { outcome: 'skipped', skipReason: 'no browser' })]).state,
      'missing',
    );
  });

  it('is unknown when vectors are absent, and when the suite was not run', () => {
    assert.equal(
      judge([result(title, { outcome: 'skipped', skipReason: 'vectors: absent' })]).state,
      'unknown',
    );
    assert.equal(judge(undefined).state, 'unknown');
  });

  it('is failing when any matching test fails', () => {
    assert.equal(judge([result(title), result(title, { outcome: 'failed' })]).state, 'failing');
  });

  it('is missing when neither test nor reason is given', () => {
    const { test: _, ...bare } = clause;
    assert.equal(judgeClause(row, bare, [result(title)], { allowSkips: true }).state, 'missing');
  });
});

describe('row ids and phrases', () => {
  it('reads ids, not algorithm names', () => {
    assert.deepEqual(rowIdsIn(`signs with AES-256 (${row}, SHA-256)`), [row]);
  });

  it('reports an id that no row has, of a known family or not', () => {
    const unknown = findUnknownIds(new Map(), [
      result(`a (${row})`),
      result(`b (${['SPX', '3'].join('-')})`),
      result('c (AES-256)'),
    ]);
    assert.equal(unknown.length, 2);
  });

  it('compares phrases without case and spacing, and regular expressions as they are', () => {
    assert.ok(phraseMatches('Revokes  the FAMILY', title));
    assert.ok(phraseMatches('/revokes .* family/', title));
    assert.ok(!phraseMatches('revokes nothing', title));
  });
});

describe('the status page', () => {
  it('gives back the clauses that it shows as met', () => {
    const clauses = [
      { id: 'reuse', text: 'a | b', state: 'met' as const, files: ['x.test.ts', 'y.test.ts'], why: '' },
      { id: 'later', text: 'c', state: 'open' as const, files: [], why: 'not yet' },
    ];
    const page = renderStatus([{ id: row, title: 'Refresh', clauses, state: judgeRow(clauses) }]);
    assert.deepEqual([...readMetClauses(page)], [[`${row}.reuse`, ['x.test.ts', 'y.test.ts']]]);
    assert.match(page, /\| partly \| 1 of 2 \|/);
  });
});
