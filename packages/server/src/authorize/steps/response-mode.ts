/**
 * response_mode is `query` or `form_post`, for codes and refusals alike (OAuth 2.0 Multiple Response Types §2.1, Form Post
 * Response Mode §2).
 */
import { OAuthError, type Parameters } from '@countersign/protocol';
import { formActionSources } from '../../http/pages/index.ts';
import type { AnswerTarget, ResponseMode, StepInput } from '../request.ts';

export const responseModes: readonly ResponseMode[] = ['query', 'form_post'];

/** How to answer, whatever else is wrong: a mode that is not offered is refused by query. */
export function readResponseMode(parameters: Parameters, redirectUri: string): ResponseMode {
  return parameters.get('response_mode') === 'form_post' && canBePostedTo(redirectUri)
    ? 'form_post'
    : 'query';
}

export function validateResponseMode({ parameters }: StepInput, { redirectUri }: AnswerTarget): void {
  const mode = parameters.get('response_mode');
  if (mode !== undefined && !responseModes.some((offered) => offered === mode)) {
    throw refusal(`response_mode must be ${responseModes.join(' or ')}`);
  }
  if (mode === 'form_post' && !canBePostedTo(redirectUri)) {
    throw refusal('response_mode form_post needs an http or https redirect URI');
  }
}

/** A form that is posted to the scheme of an app arrives there without its fields; and our page must name the origin. */
function canBePostedTo(redirectUri: string): boolean {
  return /^https?:/i.test(redirectUri) && formActionSources(redirectUri).length > 0;
}

function refusal(description: string): OAuthError {
  return new OAuthError('invalid_request', description, { feature: 'response_mode' });
}
