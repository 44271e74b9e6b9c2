/**
 * PKCE with S256 is required, but of a confidential client that was registered without: then a nonce takes its place
 * (architecture, decision 4; RFC 7636 §4.4.1; RFC 9700 §2.1.1). A challenge that was sent is always enforced.
 */
import { type CodeChallenge, OAuthError, parseCodeChallenge } from '@countersign/protocol';
import type { StepInput } from '../request.ts';

export function resolveCodeChallenge({ parameters, client, context }: StepInput): CodeChallenge | null {
  const challenge = parseCodeChallenge(parameters);
  if (challenge !== undefined) return challenge;
  const { profile, settings } = context.tenant;
  const confidentialWeb =
    client.metadata.tokenEndpointAuthMethod !== 'none' && client.metadata.applicationType === 'web';
  const excepted = !client.metadata.requirePkce && confidentialWeb && profile !== 'strict' && profile !== 'fapi2-security';
  if (!excepted && !(profile === 'oidc-core' && confidentialWeb)) {
    throw new OAuthError('invalid_request', 'code_challenge is missing; PKCE with S256 is required', { feature: 'pkce' });
  }
  if (settings.requireNonceWithoutPkce && profile !== 'oidc-core' && !parameters.has('nonce')) {
    throw new OAuthError('invalid_request', 'a request without code_challenge must carry a nonce', { feature: 'pkce' });
  }
  return null;
}
