/** Whether a request can be answered now, or needs the person first. Pure. */
import { admitsValue, findRequestedClaim, type OAuthErrorCode } from '@countersign/protocol';
import type { ClientRecord, ConsentRecord, SessionRecord } from '../storage/ports.ts';
import type { Interaction } from './interaction.ts';
import { isReachable, meetsAcr } from './levels.ts';
import type { AuthorizationRequest } from './request.ts';

export type Decision =
  | { readonly do: 'answer'; readonly session: SessionRecord }
  | { readonly do: 'login' }
  | { readonly do: 'consent' }
  | { readonly do: 'refuse'; readonly error: OAuthErrorCode; readonly description: string };

export interface Facts {
  readonly request: AuthorizationRequest;
  readonly session: SessionRecord | undefined;
  /** The person of the session, as this client knows them; undefined without a session, or when it does not know them yet. */
  readonly sub: string | undefined;
  readonly consent: ConsentRecord | undefined;
  readonly interaction: Interaction | undefined;
  readonly now: number;
}

export function decide(facts: Facts): Decision {
  const { request, session, sub, consent, interaction } = facts;
  const isSilent = request.prompt.has('none');
  if (interaction?.consent?.answer === 'denied') return refusals.denied;
  if (session === undefined) {
    if (isSilent) return refusals.nobodySignedIn;
    return isHopeless(request, undefined) ? refusals.acrUnmet : { do: 'login' };
  }
  if (isHopeless(request, session)) return refusals.acrUnmet;
  const isJustSignedIn = interaction?.signedIn === session.id;
  if (!isJustSignedIn && (needsNewLogin(facts, session) || needsStepUp(request, session, isSilent))) {
    return isSilent ? refusals.notSignedInRecently : { do: 'login' };
  }
  if (!isAskedFor(request, sub)) return refusals.anotherPerson;
  if (request.acr?.essential && !meetsAcr(request.acr, session.acr)) return refusals.acrUnmet;
  if (needsConsent(request, session, consent, interaction)) {
    return isSilent ? refusals.notConsented : { do: 'consent' };
  }
  return { do: 'answer', session };
}

const refuse = (error: OAuthErrorCode, description: string) =>
  ({ do: 'refuse', error, description }) as const;

const refusals = {
  denied: refuse('access_denied', 'the person refused'),
  nobodySignedIn: refuse('login_required', 'prompt none, and nobody is signed in'),
  notSignedInRecently: refuse('login_required', 'prompt none, and the person would have to sign in again'),
  anotherPerson: refuse('login_required', 'another person than the one that was asked for is signed in'),
  acrUnmet: refuse('unmet_authentication_requirements', 'no sign-in here meets the essential acr'),
  notConsented: refuse('consent_required', 'prompt none, and the person has not consented'),
} satisfies Readonly<Record<string, Decision>>;

/** prompt=login, select_account and max_age want a sign-in made for this very request (OpenID Connect Core §3.1.2.1). */
function needsNewLogin({ request, now }: Facts, session: SessionRecord): boolean {
  if (request.prompt.has('login') || request.prompt.has('select_account')) return true;
  const { maxAge } = request;
  return maxAge !== undefined && (maxAge === 0 || session.authTime + maxAge < now);
}

/** A class that could be reached is tried for; a mere wish is not worth failing a silent request (§5.5.1.1). */
function needsStepUp(request: AuthorizationRequest, session: SessionRecord, isSilent: boolean): boolean {
  const { acr } = request;
  if (acr === null || meetsAcr(acr, session.acr) || !isReachable(acr)) return false;
  return acr.essential || !isSilent;
}

/** An essential class that neither the session has nor a sign-in could reach: nobody need be troubled (§5.5.1.1). */
function isHopeless({ acr }: AuthorizationRequest, session: SessionRecord | undefined): boolean {
  if (!acr?.essential || isReachable(acr)) return false;
  return session === undefined || !meetsAcr(acr, session.acr);
}

/**
 * A hint and a requested value of `sub` name the person that the answer is about; it is never about another one (OpenID
 * Connect Core §3.1.2.2, §5.5.1).
 */
function isAskedFor({ hintedSub, claims }: AuthorizationRequest, sub: string | undefined): boolean {
  if (hintedSub !== undefined && hintedSub !== sub) return false;
  return [claims?.idToken, claims?.userinfo].every((list = []) => {
    const wanted = findRequestedClaim(list, 'sub');
    if (wanted?.value === undefined && wanted?.values === undefined) return true;
    return sub !== undefined && admitsValue(wanted, sub);
  });
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
    request.consentScope.every((value) => consent.scope.includes(value)) &&
    request.resources.every((value) => consent.resources.includes(value))
  );
}

function canBeImpersonated(client: ClientRecord, redirectUri: string): boolean {
  return client.metadata.tokenEndpointAuthMethod === 'none' && !redirectUri.startsWith('https:');
}
