/**
 * What the person is asked to allow: scopes are shorthand for claims, so a claim that is asked for by name is allowed, and
 * remembered, as the scope it belongs to (OpenID Connect Core §5.4, §5.5).
 */
import { type ClaimsRequest, scopeOfClaim } from '@countersign/protocol';

export function resolveConsentScope(
  scope: readonly string[],
  claims: ClaimsRequest | null,
): readonly string[] {
  const named = [...(claims?.userinfo ?? []), ...(claims?.idToken ?? [])].map(({ name }) =>
    scopeOfClaim(name),
  );
  return [...new Set([...scope, ...named.filter((one) => one !== undefined)])];
}
