/**
 * redirect_uri is one that the client registered, character by character; loopback ports only for native clients. A wrong
 * one is never redirected to (RFC 6749 §4.1.2.1, RFC 9700 §2.1, CAP-1).
 */
import { matchRedirectUri, OAuthError, type Parameters } from '@countersign/protocol';
import type { RequestContext } from '../../http/context.ts';
import type { ClientRecord } from '../../storage/ports.ts';

export function resolveRedirectUri(
  parameters: Parameters,
  client: ClientRecord,
  context: RequestContext,
): { readonly redirectUri: string; readonly redirectUriSent: boolean } {
  const presented = parameters.get('redirect_uri');
  const { redirectUris, applicationType } = client.metadata;
  if (presented !== undefined) {
    if (matchRedirectUri(redirectUris, presented, applicationType)) {
      return { redirectUri: presented, redirectUriSent: true };
    }
    throw refusal('redirect_uri is not registered for this client; it must match a registered one exactly');
  }
  const [only, ...others] = redirectUris;
  const { profile } = context.tenant;
  const required =
    profile === 'strict' ||
    profile === 'fapi2-security' ||
    (parameters.get('scope') ?? '').split(' ').includes('openid');
  if (only === undefined || others.length > 0 || required) throw refusal('redirect_uri is missing');
  return { redirectUri: only, redirectUriSent: false };
}

function refusal(description: string): OAuthError {
  return new OAuthError('invalid_profile_usage', description, { feature: 'redirect_uri' });
}
