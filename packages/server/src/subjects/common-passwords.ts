/** Whether a password is one that guessers try first. */

const keyboardRows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  '1234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'azertyuiop',
];
const keyboardWalks = [
  'qwertyuiopasdfghjklzxcvbnm',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'qazwsxedcrfvtgbyhnujm',
];
const lookalikes: ReadonlyMap<string, string> = new Map([
  ['0', 'o'],
  ['1', 'i'],
  ['3', 'e'],
  ['4', 'a'],
  ['5', 's'],
  ['7', 't'],
  ['@', 'a'],
  ['$', 's'],
  ['!', 'i'],
]);
const leastLetters = 5;
/** More than this beside a common word is no longer the usual year or counter. */
const longestDecoration = 8;
const leastRepeatedUnit = 12;

/** A decider over a list of lower-case passwords and words. */
export function createCommonPasswords(list: ReadonlySet<string>): (password: string) => boolean {
  const isWord = (word: string): boolean =>
    word.length >= leastLetters && (list.has(word) || list.has(unmask(word)));
  return (password) => {
    const folded = password.normalize('NFKC').toLowerCase();
    const compact = folded.replace(/[\s._-]+/g, '');
    return (
      list.has(folded) ||
      list.has(compact) ||
      new Set(folded).size < leastLetters ||
      isRepetition(folded) ||
      isSequence(compact) ||
      isDecorated(folded, isWord)
    );
  };
}

/** `hunter2hunter2`: the whole is as good as its part. */
function isRepetition(text: string): boolean {
  for (let size = 1; size <= text.length / 2 && size < leastRepeatedUnit; size += 1) {
    if (
      text
        .slice(0, size)
        .repeat(Math.ceil(text.length / size))
        .startsWith(text)
    )
      return true;
  }
  return false;
}

/** Runs along the alphabet, the digits or the keyboard, forwards or backwards, of at least four, and nothing else. */
function isSequence(text: string): boolean {
  const rows = [...keyboardRows, ...keyboardWalks].flatMap((row) => [row, [...row].reverse().join('')]);
  let rest = text;
  while (rest.length > 0) {
    const step = Math.max(...rows.map((row) => runLength(rest, row)));
    if (step < Math.min(4, rest.length)) return false;
    rest = rest.slice(step);
  }
  return true;
}

function runLength(text: string, row: string): number {
  const start = row.indexOf(text.charAt(0));
  let length = 0;
  while (start >= 0 && length < text.length && row[start + length] === text[length]) length += 1;
  return length;
}

/** `Password2024!`, `!!dragon123456`: a common word and the digits and signs that rules once asked for. */
function isDecorated(text: string, isWord: (word: string) => boolean): boolean {
  const starts = [0, /^[^a-z]*/.exec(text)?.[0].length ?? 0];
  const ends = [text.length, text.length - (/[^a-z]*$/.exec(text)?.[0].length ?? 0)];
  return starts.some((start) =>
    ends.some((end) => {
      const decoration = text.slice(0, start) + text.slice(end);
      const simple =
        decoration.length <= longestDecoration || isSequence(decoration) || isRepetition(decoration);
      return start < end && simple && isWord(text.slice(start, end));
    }),
  );
}

function unmask(word: string): string {
  return [...word].map((character) => lookalikes.get(character) ?? character).join('');
}
