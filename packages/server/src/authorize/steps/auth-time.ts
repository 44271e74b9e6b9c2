/**
 * auth_time belongs into the ID token when max_age counts, when the client is registered so, and when the claim is asked
 * for (OpenID Connect Core §2, §5.5.1, Registration §2).
 */
import { type ClaimsRequest, findRequestedClaim } from '@countersign/protocol';
import type { StepInput } from '../request.ts';

export function requiresAuthTime(
  { client }: StepInput,
  maxAge: number | undefined,
  claims: ClaimsRequest | null,
): boolean {
  const isAskedFor = findRequestedClaim(claims?.idToken ?? [], 'auth_time') !== undefined;
  return maxAge !== undefined || client.metadata.requireAuthTime || isAskedFor;
}
