import { base62Encode, SubjectIdError } from './subject-id.ts';

const randomBytes = 32;
const length = 43;
const form = /^[0-9A-Za-z]{43}$/;

/**
 * Issues a pairwise `sub` from 32 random bytes: 43 characters of base62. Without a hyphen it is never taken for a
 * subject id, and nothing about the person or the sector can be computed from it.
 * @throws {SubjectIdError} `malformed` unless there are 32 bytes
 * @see OpenID Connect Core §8.1
 */
export function issuePairwiseSubject(random: Uint8Array): string {
  if (random.length !== randomBytes) {
    throw new SubjectIdError('malformed', 'a pairwise identifier takes 32 random bytes');
  }
  return base62Encode(random, length);
}

/** Whether a text has the form of a pairwise `sub`. Whether one was issued, and to whom, is the store's to say. */
export function isPairwiseSubject(text: string): boolean {
  return form.test(text);
}
