/** User names: what may be one, and when two are the same. */
import { SubjectError } from './subject-error.ts';

export interface Username {
  /** NFKC form, case kept; what people see. */
  readonly username: string;
  /** What is unique in a tenant. */
  readonly key: string;
}

const maxLength = 64;
const maxInput = 1024;
const allowed = /^[\p{L}\p{M}\p{N}._@+-]+$/u;

/** They name parts of the program, or stand for somebody else in the text of a page or a record. */
const reserved: ReadonlySet<string> = new Set([
  'system',
  '_system',
  'anonymous',
  'countersign',
  'me',
  'self',
  'null',
  'undefined',
]);
const subjectIdForm = /^(?:usr|agt|svc|sys)-/;

/** Scripts that people write together in one word; any other mixture is used to look like somebody else. */
const companions: readonly (readonly string[])[] = [
  ['Han', 'Hiragana', 'Katakana'],
  ['Han', 'Hangul'],
  ['Han', 'Bopomofo'],
];
const scripts = [
  'Latin',
  'Greek',
  'Cyrillic',
  'Armenian',
  'Hebrew',
  'Arabic',
  'Syriac',
  'Thaana',
  'Devanagari',
  'Bengali',
  'Gurmukhi',
  'Gujarati',
  'Oriya',
  'Tamil',
  'Telugu',
  'Kannada',
  'Malayalam',
  'Sinhala',
  'Thai',
  'Lao',
  'Tibetan',
  'Myanmar',
  'Georgian',
  'Hangul',
  'Ethiopic',
  'Cherokee',
  'Khmer',
  'Mongolian',
  'Hiragana',
  'Katakana',
  'Bopomofo',
  'Han',
].map((name) => ({ name, pattern: new RegExp(`\\p{Script=${name}}`, 'u') }));

/**
 * Parses a new user name: 1 to 64 characters in NFKC; letters, marks, digits and `. _ @ + -`; letters of one script; none of the
 * reserved names; not in the form of a subject id. Names of one script that merely look alike are not told apart.
 * @throws {SubjectError} `invalid_username`
 * @see RFC 8265 §3, UTS 39 §5.2
 */
export function parseUsername(text: string): Username {
  const username = text.length > maxInput || !text.isWellFormed() ? '' : text.normalize('NFKC');
  const length = [...username].length;
  if (length === 0 || length > maxLength) throw refusal('is 1 to 64 characters long');
  if (!allowed.test(username)) throw refusal('has only letters, digits and the characters . _ @ + -');
  if (/^\p{M}/u.test(username)) throw refusal('begins with a letter, a digit or one of . _ @ + -');
  if (mixesScripts(username))
    throw refusal('has letters of one script only: a mixture can look like the name of somebody else');
  const key = usernameKey(username);
  if (reserved.has(key) || subjectIdForm.test(key)) throw refusal('is none of the reserved ones');
  return { username, key };
}

/**
 * The form under which a user name is stored and searched: NFKC, case-folded letter by letter, NFKC again. Total: for text that
 * can be nobody's name the answer is a key that nobody has.
 */
export function usernameKey(text: string): string {
  const start = text.slice(0, maxInput).toWellFormed().normalize('NFKC');
  // Upper before lower, one letter at a time: ß and ss, σ and ς, ı and i become the same.
  return [...start]
    .map((letter) => letter.toUpperCase().toLowerCase())
    .join('')
    .normalize('NFKC');
}

function mixesScripts(username: string): boolean {
  const letters = [...username].filter(
    (character) => /\p{L}/u.test(character) && !/\p{Script=Common}|\p{Script=Inherited}/u.test(character),
  );
  const found = new Set(
    letters.map((letter) => scripts.find(({ pattern }) => pattern.test(letter))?.name ?? 'other'),
  );
  return found.size > 1 && !companions.some((group) => [...found].every((name) => group.includes(name)));
}

function refusal(rule: string): SubjectError {
  return new SubjectError('invalid_username', `A user name ${rule}.`);
}
