/** Answers at the redirect URI: a code or an error, always with `iss` (RFC 9207) and the state that came. */
import type { OAuthError } from '@countersign/protocol';
import type { RequestContext } from '../http/context.ts';
import type { AnswerTarget } from './request.ts';

export function redirectWithCode(
  context: RequestContext,
  target: AnswerTarget,
  code: string,
  headers: Headers,
): Response {
  return redirect(context, target, { code }, headers);
}

/** `feature` travels as error_uri: the page that explains the refusal (protocol notes, Requests and responses). */
export function redirectWithError(
  context: RequestContext,
  target: AnswerTarget,
  error: OAuthError,
  headers: Headers,
): Response {
  return redirect(
    context,
    target,
    {
      error: error.code,
      error_description: error.description,
      ...(error.feature !== undefined && { error_uri: `${context.issuer}/help/${error.feature}` }),
    },
    headers,
  );
}

/** 303, so that a POST never carries a form to the client; the registered query is kept as it is (RFC 6749 §3.1.2). */
function redirect(
  context: RequestContext,
  target: AnswerTarget,
  members: Readonly<Record<string, string>>,
  headers: Headers,
): Response {
  const answer = new URLSearchParams(members);
  if (target.state !== undefined) answer.set('state', target.state);
  answer.set('iss', context.issuer);
  const separator = target.redirectUri.includes('?') ? '&' : '?';
  headers.set('location', `${target.redirectUri}${separator}${answer.toString()}`);
  headers.set('cache-control', 'no-store');
  headers.set('referrer-policy', 'no-referrer');
  return new Response(null, { status: 303, headers });
}
