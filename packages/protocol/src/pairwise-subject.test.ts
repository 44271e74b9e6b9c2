import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPairwiseSubject, issuePairwiseSubject } from './pairwise-subject.ts';
import { issueSubjectId, parseSubjectId, SubjectIdError } from './subject-id.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test('a pairwise sub is at most 255 ASCII characters, has no look of a subject id, and is as random as its bytes (OpenID Connect Core §8, §2)', () => {
  fc.assert(
    fc.property(bytes(32), bytes(32), (one, two) => {
      const sub = issuePairwiseSubject(one);
      assert.match(sub, /^[0-9A-Za-z]{43}$/);
      assert.ok(isPairwiseSubject(sub));
      assert.throws(() => parseSubjectId(sub), SubjectIdError);
      assert.equal(sub === issuePairwiseSubject(two), Buffer.compare(one, two) === 0);
    }),
  );
  for (const few of [0, 16, 31, 33]) assert.throws(() => issuePairwiseSubject(new Uint8Array(few)));
});

test('a subject id is not a pairwise sub, and neither is anything near one (OpenID Connect Core §8)', () => {
  const sub = issuePairwiseSubject(new Uint8Array(32).fill(7));
  const near = ['', sub.slice(1), `${sub}0`, `${sub}\n`, sub.replace(/.$/, '-'), sub.replace(/^./, 'é')];
  for (const text of [issueSubjectId('usr', 'default', new Uint8Array(16)), ...near]) {
    assert.equal(isPairwiseSubject(text), false, JSON.stringify(text));
  }
});
