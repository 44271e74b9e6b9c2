/** login_hint is a wish and never fails: it fills in the name on the sign-in page (OpenID Connect Core §3.1.2.1). */
import type { StepInput } from '../request.ts';

const maxLength = 256;

export function readLoginHint({ parameters }: StepInput): string | undefined {
  return parameters.get('login_hint')?.slice(0, maxLength);
}
