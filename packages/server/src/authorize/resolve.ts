/** From raw parameters to a request that every step has passed; used by authorize, by PAR and again on resume. */
import type { OAuthError, Parameters } from '@countersign/protocol';
import type { RequestContext } from '../http/context.ts';
import type { ClientRecord } from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';
import type { AnswerTarget, AuthorizationRequest, StepInput } from './request.ts';
import { parseMaxAge } from './steps/max-age.ts';
import { parseNonce, readState, validateState } from './steps/opaque-values.ts';
import { resolveCodeChallenge } from './steps/pkce.ts';
import { parsePrompt } from './steps/prompt.ts';
import { resolveRedirectUri } from './steps/redirect-uri.ts';
import { refuseRequestObjects } from './steps/request-object.ts';
import { resolveRequestedResources } from './steps/resource.ts';
import { validateResponseMode } from './steps/response-mode.ts';
import { validateResponseType } from './steps/response-type.ts';
import { resolveRequestedScope } from './steps/scope.ts';
import { readUiLocales } from './steps/ui-locales.ts';

/** Who would be answered. What this throws is shown to the person, never redirected. */
export function resolveTarget(
  parameters: Parameters,
  client: ClientRecord,
  context: RequestContext,
): AnswerTarget {
  return {
    client,
    ...resolveRedirectUri(parameters, client, context),
    state: readState(parameters.get('state')),
  };
}

/** Every other rule, in a fixed order. What this throws is told to the client at its redirect URI. */
export function resolveRequest(
  parameters: Parameters,
  target: AnswerTarget,
  context: RequestContext,
  pushedRequest: Hashed<'request-uri'> | null,
  malformed?: OAuthError,
): AuthorizationRequest {
  if (malformed !== undefined) throw malformed;
  const step: StepInput = { parameters, client: target.client, context };
  validateState(step);
  refuseRequestObjects(step);
  validateResponseType(step);
  validateResponseMode(step);
  const codeChallenge = resolveCodeChallenge(step);
  const prompt = parsePrompt(step);
  return {
    ...target,
    parameters,
    pushedRequest,
    codeChallenge,
    prompt,
    scope: resolveRequestedScope(step, prompt),
    resources: resolveRequestedResources(step),
    maxAge: parseMaxAge(step),
    nonce: parseNonce(step),
    loginHint: parameters.get('login_hint')?.slice(0, 256),
    uiLocales: readUiLocales(step),
  };
}
