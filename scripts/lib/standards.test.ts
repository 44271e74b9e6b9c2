import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { citationsIn, judgeSection, moduleOf } from './standards.ts';
import type { TestResult } from './test-report.ts';

const test = (title: string, outcome: TestResult['outcome'] = 'passed'): TestResult => ({
  title,
  file: 'a.test.ts',
  outcome,
  skipReason: '',
  durationMs: 1,
});
const section = { section: '3.1', what: 'Something', refused: undefined };

describe('the page of standards', () => {
  it('finds every section that a title cites, and inherits the standard within its brackets', () => {
    assert.deepEqual(citationsIn('parent › refuses it (RFC 8707 §2.1, §2.2, SPN-6)'), [
      { standard: 'RFC 8707', section: '2.1' },
      { standard: 'RFC 8707', section: '2.2' },
    ]);
    assert.deepEqual(citationsIn('x (RFC 9207 §2; OpenID Connect Core §3.1.2.1)'), [
      { standard: 'RFC 9207', section: '2' },
      { standard: 'OpenID Connect Core', section: '3.1.2.1' },
    ]);
    assert.deepEqual(citationsIn('y (RFC 6749 Appendix B)'), [{ standard: 'RFC 6749', section: 'B' }]);
    assert.deepEqual(citationsIn('no brackets RFC 6749 §3, and (attack 1), and (§4)'), []);
  });

  it('a section is held by a passing test of it or of a part of it, and by nothing else', () => {
    const state = (...tests: TestResult[]) => judgeSection('RFC 1', section, tests).state;
    assert.equal(state(test('a (RFC 1 §3.1)')), 'held');
    assert.equal(state(test('a (RFC 1 §3.1.4)')), 'held');
    assert.equal(state(test('a (RFC 1 §3.10)')), 'no test');
    assert.equal(state(test('a (RFC 1 §3)')), 'no test');
    assert.equal(state(test('a (RFC 12 §3.1)')), 'no test');
    assert.equal(state(test('a (RFC 1 §3.1)', 'skipped')), 'no test');
    assert.equal(state(test('a (RFC 1 §3.1)'), test('b (RFC 1 §3.1)', 'failed')), 'failing');
    assert.equal(judgeSection('RFC 1', { ...section, refused: 'no' }, []).state, 'not offered');
  });

  it('a module is named at the start of a title', () => {
    assert.equal(
      moduleOf('basic plan › oidcc-scope-all: gives all claims (OpenID Connect Core §5.4)'),
      'oidcc-scope-all',
    );
    assert.equal(moduleOf('oidcc-server: happy'), 'oidcc-server');
    assert.equal(moduleOf('something about oidcc-server: happy'), undefined);
    assert.equal(moduleOf('oidcc-server: plan › another rule'), undefined);
  });
});
