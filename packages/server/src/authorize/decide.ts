/** Whether a request can be answered now, or needs the person first. Pure. */
import type { OAuthErrorCode } from '@countersign/protocol';
import type { ClientRecord, ConsentRecord, SessionRecord } from '../storage/ports.ts';
import type { Interaction } from './interaction.ts';
import type { AuthorizationRequest } from './request.ts';

export type Decision =
  | { readonly do: 'answer'; readonly session: SessionRecord }
  | { readonly do: 'login' }
  | { readonly do: 'consent' }
  | { readonly do: 'refuse'; readonly error: OAuthErrorCode; readonly description: string };

export function decide(input: {
  readonly request: AuthorizationRequest;
  readonly session: SessionRecord | undefined;
  readonly consent: ConsentRecord | undefined;
  readonly interaction: Interaction | undefined;
  readonly now: number;
}): Decision {
  const { request, session, consent, interaction, now } = input;
  const silent = request.prompt.has('none');
  if (interaction?.consent?.answer === 'denied') {
    return { do: 'refuse', error: 'access_denied', description: 'the person refused' };
  }
  if (session === undefined || needsLogin(request, session, interaction, now)) {
    if (!silent) return { do: 'login' };
    return {
      do: 'refuse',
      error: 'login_required',
      description: 'prompt none, and nobody is signed in recently enough',
    };
  }
  if (needsConsent(request, session, consent, interaction)) {
    if (!silent) return { do: 'consent' };
    return {
      do: 'refuse',
      error: 'consent_required',
      description: 'prompt none, and the person has not consented',
    };
  }
  return { do: 'answer', session };
}

/** prompt=login, select_account and max_age want a sign-in made for this very request (OpenID Connect Core §3.1.2.1). */
function needsLogin(
  request: AuthorizationRequest,
  session: SessionRecord,
  interaction: Interaction | undefined,
  now: number,
): boolean {
  if (interaction?.signedIn === session.id) return false;
  if (request.prompt.has('login') || request.prompt.has('select_account')) return true;
  const { maxAge } = request;
  return maxAge !== undefined && (maxAge === 0 || session.authTime + maxAge < now);
}

/**
 * The stored consent is the person's of this session; "allowed" on the page, in this session, is what
 * made it cover this request. A client
 * that anybody can pose as is asked about every time (RFC 8252 §8.6).
 */
function needsConsent(
  request: AuthorizationRequest,
  session: SessionRecord,
  consent: ConsentRecord | undefined,
  interaction: Interaction | undefined,
): boolean {
  if (request.client.metadata.firstParty) return false;
  if (!covers(consent, request)) return true;
  const askAlways = request.prompt.has('consent') || canBeImpersonated(request.client, request.redirectUri);
  return askAlways && interaction?.consent?.session !== session.id;
}

function covers(consent: ConsentRecord | undefined, request: AuthorizationRequest): boolean {
  return (
    consent !== undefined &&
    request.scope.every((value) => consent.scope.includes(value)) &&
    request.resources.every((value) => consent.resources.includes(value))
  );
}

function canBeImpersonated(client: ClientRecord, redirectUri: string): boolean {
  return client.metadata.tokenEndpointAuthMethod === 'none' && !redirectUri.startsWith('https:');
}
