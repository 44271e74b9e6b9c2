/** From raw parameters to a request that every step has passed; used by authorize, by PAR and again on resume. */
import type { OAuthError, Parameters } from '@countersign/protocol';
import type { RequestContext } from '../http/context.ts';
import type { ClientRecord } from '../storage/ports.ts';
import type {
  AnswerTarget,
  AuthorizationRequest,
  RequestOrigin,
  StepInput,
  StepServices,
} from './request.ts';
import { resolveAcr } from './steps/acr.ts';
import { requiresAuthTime } from './steps/auth-time.ts';
import { resolveClaims } from './steps/claims.ts';
import { resolveConsentScope } from './steps/consent-scope.ts';
import { readDisplay } from './steps/display.ts';
import { verifyIdTokenHint } from './steps/id-token-hint.ts';
import { readLoginHint } from './steps/login-hint.ts';
import { parseMaxAge } from './steps/max-age.ts';
import { parseNonce, readState, validateState } from './steps/opaque-values.ts';
import { resolveCodeChallenge } from './steps/pkce.ts';
import { parsePrompt } from './steps/prompt.ts';
import { resolveRedirectUri } from './steps/redirect-uri.ts';
import { refuseRegistration, requireSignedRequest } from './steps/request-object.ts';
import { resolveRequestedResources } from './steps/resource.ts';
import { readResponseMode, validateResponseMode } from './steps/response-mode.ts';
import { validateResponseType } from './steps/response-type.ts';
import { resolveRequestedScope } from './steps/scope.ts';
import { readUiLocales } from './steps/ui-locales.ts';

/** Who would be answered, and how. What this throws is shown to the person, never redirected. */
export function resolveTarget(
  parameters: Parameters,
  client: ClientRecord,
  context: RequestContext,
): AnswerTarget {
  const { redirectUri, redirectUriSent } = resolveRedirectUri(parameters, client, context);
  const responseMode = readResponseMode(parameters, redirectUri);
  return {
    client,
    redirectUri,
    redirectUriSent,
    responseMode,
    state: readState(parameters, responseMode),
    uiLocales: readUiLocales(parameters),
    display: readDisplay(parameters),
  };
}

/** Every other rule, in a fixed order. What this throws is told to the client at its redirect URI. */
export async function resolveRequest(
  parameters: Parameters,
  target: AnswerTarget,
  context: RequestContext,
  services: StepServices,
  origin: RequestOrigin,
  malformed?: OAuthError,
): Promise<AuthorizationRequest> {
  if (malformed !== undefined) throw malformed;
  const step: StepInput = { parameters, client: target.client, context };
  validateState(step, target);
  requireSignedRequest(step, origin);
  refuseRegistration(step);
  validateResponseType(step);
  validateResponseMode(step, target);
  const codeChallenge = resolveCodeChallenge(step);
  const prompt = parsePrompt(step);
  const scope = resolveRequestedScope(step, prompt);
  const claims = resolveClaims(step);
  const maxAge = parseMaxAge(step);
  return {
    ...target,
    parameters,
    origin,
    codeChallenge,
    prompt,
    scope,
    claims,
    maxAge,
    consentScope: resolveConsentScope(scope, claims),
    resources: resolveRequestedResources(step),
    authTimeRequired: requiresAuthTime(step, maxAge, claims),
    acr: resolveAcr(step, claims),
    nonce: parseNonce(step),
    hintedSub: await verifyIdTokenHint(step, services),
    loginHint: readLoginHint(step),
  };
}
