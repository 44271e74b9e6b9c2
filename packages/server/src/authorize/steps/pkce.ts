/**
 * PKCE with S256 is required, but of a confidential client that was registered without: then a nonce takes its place,
 * where the tenant wants one (architecture, decision 4; RFC 7636 §4.4.1; RFC 9700 §2.1.1). A challenge that was sent is
 * always enforced.
 */
import { type CodeChallenge, OAuthError, parseCodeChallenge } from '@countersign/protocol';
import type { ClientRecord, Profile } from '../../storage/ports.ts';
import type { StepInput } from '../request.ts';

export function resolveCodeChallenge({ parameters, client, context }: StepInput): CodeChallenge | null {
  const challenge = parseCodeChallenge(parameters);
  if (challenge !== undefined) return challenge;
  const { profile, settings } = context.tenant;
  if (!mayOmitPkce(client, profile)) {
    throw new OAuthError('invalid_request', 'code_challenge is missing; PKCE with S256 is required', {
      feature: 'pkce',
    });
  }
  if (settings.requireNonceWithoutPkce && !parameters.has('nonce')) {
    throw new OAuthError('invalid_request', 'a request without code_challenge must carry a nonce', {
      feature: 'pkce',
    });
  }
  return null;
}

/** Registration has checked this; it is asked again here, since a tenant may change its profile afterwards. */
function mayOmitPkce({ metadata }: ClientRecord, profile: Profile): boolean {
  const isConfidentialWeb = metadata.tokenEndpointAuthMethod !== 'none' && metadata.applicationType === 'web';
  const isProfileOpen = profile === 'standard' || profile === 'oidc-core';
  return !metadata.requirePkce && isConfidentialWeb && isProfileOpen;
}
