/** state and nonce are the client's: kept intact or refused, never cut (protocol notes; OpenID Connect Core §3.1.2.1). */
import { OAuthError, type Parameters } from '@countersign/protocol';
import type { AnswerTarget, ResponseMode, StepInput } from '../request.ts';

const maxState = 4096;
const maxNonce = 1024;

/** A state that cannot be echoed is left out of the answer; the refusal itself is {@link validateState}'s. */
export function readState(parameters: Parameters, mode: ResponseMode): string | undefined {
  const state = parameters.get('state');
  return state !== undefined && faultOf(state, mode) === undefined ? state : undefined;
}

export function validateState({ parameters }: StepInput, { responseMode }: AnswerTarget): void {
  const fault = faultOf(parameters.get('state') ?? '', responseMode);
  if (fault !== undefined) throw new OAuthError('invalid_request', fault);
}

/** A browser sends every line break of a form as CR LF, whatever it was (HTML, URL-encoded form data). */
function faultOf(state: string, mode: ResponseMode): string | undefined {
  if (state.length > maxState) return `state is longer than ${maxState} characters`;
  return mode === 'form_post' && /[\r\n]/.test(state)
    ? 'state has a line break, which a form would change'
    : undefined;
}

export function parseNonce({ parameters }: StepInput): string | null {
  const nonce = parameters.get('nonce');
  if (nonce !== undefined && nonce.length > maxNonce) {
    throw new OAuthError('invalid_request', `nonce is longer than ${maxNonce} characters`);
  }
  return nonce ?? null;
}
