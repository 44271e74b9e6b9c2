/** Whether a logout request can be acted upon, or the person has to be asked first. Pure. */
import type { SessionRecord } from '../storage/ports.ts';
import type { LogoutRequest } from './request.ts';

export type LogoutDecision =
  /** Nobody is signed in here: there is nothing to end (§4: it is no error to ask for it). */
  | { readonly do: 'answer' }
  | { readonly do: 'end'; readonly session: SessionRecord }
  | { readonly do: 'ask'; readonly session: SessionRecord };

/**
 * The person is asked unless the client has shown an ID token of this very session and person, and nothing about the
 * request is doubtful.
 * @see OpenID Connect RP-Initiated Logout §2, §6
 */
export function decideLogout(
  request: Pick<LogoutRequest, 'hinted' | 'isReturnRefused'>,
  session: SessionRecord | undefined,
): LogoutDecision {
  if (session === undefined) return { do: 'answer' };
  const { hinted, isReturnRefused } = request;
  const isOwn = hinted?.sessionId === session.id && hinted.subject === session.subject;
  return { do: isOwn && !isReturnRefused ? 'end' : 'ask', session };
}

/** Whether the browser is sent on without a word. A client that is only named gets a link, which the person may follow. */
export function mayRedirect(
  request: Pick<LogoutRequest, 'asker' | 'redirectUri'>,
  confirmed: boolean,
): boolean {
  return request.redirectUri !== undefined && (confirmed || request.asker?.isProven === true);
}
