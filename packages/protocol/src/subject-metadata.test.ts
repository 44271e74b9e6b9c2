import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { subjectKinds } from './subject-id.ts';
import {
  SubjectMetadataError,
  type SubjectMetadataErrorCode,
  subjectMetadataMembers,
  validateSubjectMetadata,
} from './subject-metadata.ts';

const refusedAs = (code: SubjectMetadataErrorCode) => (error: unknown) =>
  error instanceof SubjectMetadataError && error.code === code;

test('each kind has its own members, and no other kind may use them (SPN-12)', () => {
  for (const kind of subjectKinds) {
    for (const owner of subjectKinds) {
      for (const member of subjectMetadataMembers[owner]) {
        const check = () => validateSubjectMetadata(kind, { [member]: 'x' });
        if (kind === owner) assert.deepEqual(check(), { [member]: 'x' });
        else assert.throws(check, refusedAs('unknown_member'));
      }
    }
  }
});

test('values are primitive, non-empty and bounded (SPN-12)', () => {
  assert.deepEqual(validateSubjectMetadata('agt', { version: 2, owner: 'ö', purpose: false }), {
    version: 2,
    owner: 'ö',
    purpose: false,
  });
  for (const value of [{}, [], null, Number.NaN, Number.POSITIVE_INFINITY, 'a\u0000b', 'a\nb']) {
    assert.throws(() => validateSubjectMetadata('agt', { owner: value }), refusedAs('not_primitive'));
  }
  for (const value of ['', '  ']) {
    assert.throws(() => validateSubjectMetadata('agt', { owner: value }), refusedAs('empty'));
  }
  assert.throws(() => validateSubjectMetadata('agt', { owner: 'x'.repeat(513) }), refusedAs('too_long'));
  for (const value of [null, [], 'x']) {
    assert.throws(() => validateSubjectMetadata('agt', value), refusedAs('not_an_object'));
  }
});

test('any value is answered or refused with a code (SPN-12)', () => {
  fc.assert(
    fc.property(fc.constantFrom(...subjectKinds), fc.jsonValue(), (kind, value) => {
      try {
        assert.deepEqual({ ...validateSubjectMetadata(kind, value) }, value);
      } catch (error) {
        assert.ok(error instanceof SubjectMetadataError);
      }
    }),
  );
});
