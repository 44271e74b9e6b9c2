/** The one place where errors become responses. What goes out is the public half; the log gets the cause. */
import { OAuthError, type ProfileFeature } from '@countersign/protocol';
import { StorageError } from '../storage/error.ts';
import { HasherBusyError } from '../subjects/index.ts';
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

export interface ErrorResponder {
  (error: unknown, route: Pick<Route, 'errors' | 'name'>, request: Request, context: RequestContext): Response;
}

/** How long a caller should wait when the store or the password hasher cannot take it now. */
const busyRetrySeconds = 2;

export function createErrorResponder(parts: { readonly renderErrorPage: RenderErrorPage }): ErrorResponder {
  return (error, route, request, context) => {
    const refusal = describe(error, route, context);
    const helpUri = refusal.feature === undefined ? undefined : `${context.issuer}/help/${refusal.feature}`;
    if (route.errors === 'page' && !prefersJson(request)) {
      return parts.renderErrorPage(request, context, refusal);
    }
    const headers = new Headers({ 'cache-control': 'no-store', pragma: 'no-cache' });
    if (refusal.retryAfterSeconds !== undefined) headers.set('retry-after', String(refusal.retryAfterSeconds));
    if (refusal.status === 401) headers.set('www-authenticate', challenge(error, context, refusal));
    const help = { ...(refusal.feature && { feature: refusal.feature }), ...(helpUri && { error_uri: helpUri }) };
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

function describe(error: unknown, route: Pick<Route, 'errors' | 'name'>, context: RequestContext): PageRefusal {
  if (error instanceof OAuthError) {
    const { code, description, feature, status, detail } = error;
    context.log.info({ route: route.name, error: code, reason: detail, feature }, 'refused');
    const retryAfterSeconds = error instanceof RateLimitError ? error.retryAfterSeconds : undefined;
    return { status, code, description, feature, retryAfterSeconds };
  }
  if (error instanceof PageError) {
    context.log.info({ route: route.name, error: error.code, reason: error.detail }, 'refused');
    return error;
  }
  if (error instanceof HasherBusyError) return unavailable('the server is busy checking passwords; try again shortly');
  if (error instanceof StorageError && error.code !== 'internal' && error.code !== 'corrupt') {
    context.log.error({ route: route.name, storage: error.code, err: error }, 'store unavailable');
    return unavailable('the server cannot reach its store; try again shortly');
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

function unavailable(description: string): PageRefusal {
  return {
    status: 503,
    code: 'temporarily_unavailable',
    description,
    feature: undefined,
    retryAfterSeconds: busyRetrySeconds,
  };
}

/** 429 with the seconds to wait (decision 8). */
export class RateLimitError extends OAuthError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('rate_limited', 'too many failed attempts; wait as long as Retry-After says');
    this.retryAfterSeconds = Math.max(Math.ceil(retryAfterSeconds), 1);
  }
}

function challenge(error: unknown, context: RequestContext, refusal: PageRefusal): string {
  const bearer = error instanceof OAuthError && error.code !== 'invalid_client';
  if (!bearer) return `Basic realm="${context.issuer}", charset="UTF-8"`;
  return `Bearer realm="${context.issuer}", error="${refusal.code}", error_description="${refusal.description}"`;
}

function prefersJson(request: Request): boolean {
  const accept = request.headers.get('accept') ?? '';
  return accept.includes('application/json') && !accept.includes('text/html');
}
