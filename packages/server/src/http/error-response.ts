/** The one place where errors become responses. What goes out is the public half; the log gets the cause. */
import { OAuthError, type ProfileFeature } from '@countersign/protocol';
import { OverloadError } from '../overload.ts';
import { StorageError } from '../storage/error.ts';
import { bearerChallenge } from './bearer-challenge.ts';
import type { RequestContext, Route } from './context.ts';
import { PageError } from './pages/index.ts';

/** A refusal that a person sees as a page. `message` is a key of the message files. */
export interface PageRefusal {
  readonly status: number;
  readonly code: string;
  readonly description: string;
  readonly feature: ProfileFeature | undefined;
  readonly retryAfterSeconds: number | undefined;
}

export type RenderErrorPage = (request: Request, context: RequestContext, refusal: PageRefusal) => Response;

/** The part of a route that decides how its refusals look. */
type RefusingRoute = Pick<Route, 'errors' | 'name' | 'challenge'>;

export type ErrorResponder = (
  error: unknown,
  route: RefusingRoute,
  request: Request,
  context: RequestContext,
) => Response;

/** How long a caller should wait when the store is away. */
const storeRetrySeconds = 2;

export function createErrorResponder(parts: { readonly renderErrorPage: RenderErrorPage }): ErrorResponder {
  return (error, route, request, context) => {
    const refusal = describe(error, route, context);
    const helpUri = refusal.feature === undefined ? undefined : `${context.issuer}/help/${refusal.feature}`;
    if (route.errors === 'page' && !prefersJson(request)) {
      return parts.renderErrorPage(request, context, refusal);
    }
    const headers = new Headers({ 'cache-control': 'no-store', pragma: 'no-cache' });
    if (refusal.retryAfterSeconds !== undefined)
      headers.set('retry-after', String(refusal.retryAfterSeconds));
    const challenge = challengeFor(error, route, context, refusal);
    if (challenge !== undefined) headers.set('www-authenticate', challenge);
    const help = {
      ...(refusal.feature && { feature: refusal.feature }),
      ...(helpUri && { error_uri: helpUri }),
    };
    const body =
      route.errors === 'api'
        ? { error: { type: refusal.code, message: refusal.description, ...help } }
        : {
            error: refusal.code,
            error_description: refusal.description,
            ...(refusal.code === 'invalid_profile_usage' && { description: refusal.description }),
            ...help,
          };
    return Response.json(body, { status: refusal.status, headers });
  };
}

function describe(error: unknown, route: RefusingRoute, context: RequestContext): PageRefusal {
  if (error instanceof OAuthError) {
    const { code, description, feature, status, detail } = error;
    // A device that waits is told so every few seconds: the ordinary course, and no line in the log of an ordinary day.
    const level = code === 'authorization_pending' ? 'debug' : 'info';
    context.log[level]({ route: route.name, error: code, reason: detail, feature }, 'refused');
    const retryAfterSeconds = error instanceof RateLimitError ? error.retryAfterSeconds : undefined;
    return { status, code, description, feature, retryAfterSeconds };
  }
  if (error instanceof PageError) {
    context.log.info({ route: route.name, error: error.code, reason: error.detail }, 'refused');
    return error;
  }
  if (error instanceof OverloadError)
    return unavailable('the server is busy; try again shortly', error.retryAfterSeconds);
  if (error instanceof StorageError && error.code !== 'internal' && error.code !== 'corrupt') {
    context.log.error({ route: route.name, storage: error.code, err: error }, 'store unavailable');
    return unavailable('the server cannot reach its store; try again shortly', storeRetrySeconds);
  }
  context.log.error({ route: route.name, err: error }, 'unexpected error');
  return {
    status: 500,
    code: 'server_error',
    description: `an unexpected error; the server log has it under trace id ${context.traceId}`,
    feature: undefined,
    retryAfterSeconds: undefined,
  };
}

function unavailable(description: string, retryAfterSeconds: number): PageRefusal {
  return {
    status: 503,
    code: 'temporarily_unavailable',
    description,
    feature: undefined,
    retryAfterSeconds,
  };
}

/** 429 with the seconds to wait (decision 8). */
export class RateLimitError extends OAuthError {
  readonly retryAfterSeconds: number;

  constructor(
    retryAfterSeconds: number,
    description = 'too many failed attempts; wait as long as Retry-After says',
  ) {
    super('rate_limited', description);
    this.retryAfterSeconds = Math.max(Math.ceil(retryAfterSeconds), 1);
  }
}

/**
 * Every 401 names a scheme (RFC 9110 §15.5.2); where clients authenticate it is Basic (RFC 6749 §5.2), unless it was an access
 * token that was refused (RFC 7662 §2.3).
 */
function challengeFor(
  error: unknown,
  route: RefusingRoute,
  context: RequestContext,
  refusal: PageRefusal,
): string | undefined {
  if (route.challenge === 'Bearer' || refusal.code === 'invalid_token')
    return bearerChallenge(context.issuer, error);
  return refusal.status === 401 ? `Basic realm="${context.issuer}", charset="UTF-8"` : undefined;
}

function prefersJson(request: Request): boolean {
  const accept = request.headers.get('accept') ?? '';
  return accept.includes('application/json') && !accept.includes('text/html');
}
