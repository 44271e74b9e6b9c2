/** prompt: `none` stands alone; unknown values are refused rather than guessed at (OpenID Connect Core §3.1.2.1). */
import { OAuthError, parseSpaceDelimited } from '@countersign/protocol';
import type { Prompt, StepInput } from '../request.ts';

const known: ReadonlySet<string> = new Set<Prompt>(['none', 'login', 'consent', 'select_account']);

export function parsePrompt({ parameters }: StepInput): ReadonlySet<Prompt> {
  const values = parseSpaceDelimited(parameters.get('prompt') ?? '');
  const unknown = values.find((value) => !known.has(value));
  if (unknown !== undefined) {
    throw new OAuthError('invalid_request', 'prompt must be none, login, consent or select_account');
  }
  const prompt = new Set(values as readonly Prompt[]);
  if (prompt.has('none') && prompt.size > 1) {
    throw new OAuthError('invalid_request', 'prompt none cannot be combined with another value');
  }
  return prompt;
}
