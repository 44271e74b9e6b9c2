/** What may become a password: length and common ones, no rules of composition. */
import { createCommonPasswords } from './common-passwords.ts';
import { usernameKey } from './username.ts';

export type PasswordProblem = 'not_text' | 'too_short' | 'too_long' | 'contains_username' | 'common';

export interface PasswordRules {
  /** undefined when the password may be used. The first use loads the list of common passwords. */
  check(
    password: string,
    person: { readonly username: string | null; readonly email: string | null },
  ): Promise<PasswordProblem | undefined>;
  /** One sentence for the person who chose it. */
  explain(problem: PasswordProblem): string;
}

const maxBytes = 1024;
const leastNameLength = 4;

/** @see NIST SP 800-63B-4 §3.1.1.2 */
export function createPasswordRules(options: { readonly minLength: number }): PasswordRules {
  const { minLength } = options;
  const common = once(async () => {
    const { commonPasswordList } = await import('./common-password-list.ts');
    return createCommonPasswords(new Set(commonPasswordList.trim().split(/\s+/)));
  });

  return {
    async check(password, person) {
      if (!password.isWellFormed()) return 'not_text';
      const normal = password.normalize('NFC');
      if (Buffer.byteLength(normal, 'utf8') > maxBytes) return 'too_long';
      if ([...normal].length < minLength) return 'too_short';
      if (
        leansOnName(normal, [person.username, person.email, person.email?.split('@')[0] ?? null], minLength)
      )
        return 'contains_username';
      const isCommon = await common();
      return isCommon(normal) ? 'common' : undefined;
    },

    explain(problem) {
      switch (problem) {
        case 'not_text':
          return 'The password is not valid text.';
        case 'too_short':
          return `A password has at least ${minLength} characters.`;
        case 'too_long':
          return `A password has at most ${maxBytes} bytes.`;
        case 'contains_username':
          return `A password is long enough without the user name or e-mail address in it: at least ${minLength} other characters.`;
        case 'common':
          return 'This password is one of the first that are guessed. Take several unrelated words.';
      }
    },
  };
}

/** Whether the password has too little of its own beside a name. */
function leansOnName(password: string, names: readonly (string | null)[], minLength: number): boolean {
  const folded = usernameKey(password);
  return names.some((name) => {
    const key = name === null ? '' : usernameKey(name);
    const rest = folded.replaceAll(key, '');
    if (key === '' || rest.length === folded.length) return false;
    // A short name is found in many words; it counts only where hardly anything else is left.
    return [...rest].length < ([...key].length >= leastNameLength ? minLength : leastNameLength);
  });
}

function once<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | undefined;
  return () => {
    value ??= load();
    return value;
  };
}
