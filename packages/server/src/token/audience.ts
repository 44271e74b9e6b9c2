/** Which `aud` an access token gets (RFC 8707 §2, RFC 9068 §3). */
import type { ClientRecord } from '../storage/ports.ts';

/** Scopes of the issuer's own resources: userinfo, and introspection by access token (RFC 7662 §2.1). */
const ownScopes: readonly string[] = ['openid', 'introspect'];

/**
 * The resources asked for; without any, the client's registered audiences; without those, the issuer. A token with a
 * scope of the issuer's own resources lists the issuer as well, since they take no other.
 */
export function audienceFor(
  issuer: string,
  client: ClientRecord,
  resources: readonly string[],
  scope: readonly string[],
): readonly string[] {
  const named = resources.length > 0 ? resources : client.metadata.audiences;
  if (named.length === 0) return [issuer];
  return scope.some((value) => ownScopes.includes(value)) && !named.includes(issuer)
    ? [...named, issuer]
    : named;
}
