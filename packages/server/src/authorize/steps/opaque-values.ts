/** state and nonce are the client's: kept intact or refused, never cut (protocol notes; OpenID Connect Core §3.1.2.1). */
import { OAuthError } from '@countersign/protocol';
import type { StepInput } from '../request.ts';

const maxState = 4096;
const maxNonce = 1024;

/** A state too long to be echoed is left out of the answer; the refusal itself is {@link validateState}'s. */
export function readState(value: string | undefined): string | undefined {
  return value !== undefined && value.length > maxState ? undefined : value;
}

export function validateState({ parameters }: StepInput): void {
  if ((parameters.get('state')?.length ?? 0) > maxState) {
    throw new OAuthError('invalid_request', `state is longer than ${maxState} characters`);
  }
}

export function parseNonce({ parameters }: StepInput): string | null {
  const nonce = parameters.get('nonce');
  if (nonce !== undefined && nonce.length > maxNonce) {
    throw new OAuthError('invalid_request', `nonce is longer than ${maxNonce} characters`);
  }
  return nonce ?? null;
}
