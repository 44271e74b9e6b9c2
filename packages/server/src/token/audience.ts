/** Which `aud` an access token gets (RFC 8707 §2, RFC 9068 §3). */
import type { ClientRecord } from '../storage/ports.ts';

/**
 * The resources asked for; without any, the client's registered audiences; without those, the issuer, whose only
 * resource is userinfo. A token with `openid` lists the issuer as well, since userinfo takes no other.
 */
export function audienceFor(
  issuer: string,
  client: ClientRecord,
  resources: readonly string[],
  scope: readonly string[],
): readonly string[] {
  const named = resources.length > 0 ? resources : client.metadata.audiences;
  if (named.length === 0) return [issuer];
  return scope.includes('openid') && !named.includes(issuer) ? [...named, issuer] : named;
}
