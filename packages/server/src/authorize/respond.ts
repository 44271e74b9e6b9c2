/** Answers to the client: a code or a refusal, always with `iss` (RFC 9207) and the state that came, in the mode asked for. */
import type { OAuthError } from '@countersign/protocol';
import type { RequestContext } from '../http/context.ts';
import { formPostPage } from './form-post-page.ts';
import type { AnswerTarget } from './request.ts';

/** A code: handed out once, never logged. `request` decides the language where the answer is a page. */
export function answerWithCode(
  request: Request,
  context: RequestContext,
  target: AnswerTarget,
  code: string,
): Response {
  return answer(request, context, target, { code });
}

/** `feature` travels as error_uri: the page that explains the refusal (protocol notes, Requests and responses). */
export function answerWithError(
  request: Request,
  context: RequestContext,
  target: AnswerTarget,
  error: OAuthError,
): Response {
  return answer(request, context, target, {
    error: error.code,
    error_description: error.description,
    ...(error.feature !== undefined && { error_uri: `${context.issuer}/help/${error.feature}` }),
  });
}

function answer(
  request: Request,
  context: RequestContext,
  target: AnswerTarget,
  members: Readonly<Record<string, string>>,
): Response {
  const parameters = {
    ...members,
    ...(target.state !== undefined && { state: target.state }),
    iss: context.issuer,
  };
  switch (target.responseMode) {
    case 'query':
      return redirect(target, parameters);
    case 'form_post':
      return formPostPage(request, context, target, parameters);
  }
}

/** 303, so that a POST never carries a form to the client; the registered query is kept as it is (RFC 6749 §3.1.2). */
function redirect(target: AnswerTarget, parameters: Readonly<Record<string, string>>): Response {
  const separator = target.redirectUri.includes('?') ? '&' : '?';
  const headers = {
    location: `${target.redirectUri}${separator}${new URLSearchParams(parameters)}`,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  };
  return new Response(null, { status: 303, headers });
}
