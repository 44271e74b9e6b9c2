/** From the socket to an endpoint: trace, tenant, context, CORS, error answers, metrics. Routes are data. */
import { OAuthError } from '@countersign/protocol';
import { Hono } from 'hono';
import type { Clock } from '../ports.ts';
import type { TenantRecord } from '../storage/ports.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { readTrace, type Trace } from '../telemetry/trace.ts';
import { clientAddress, type TrustedProxies } from './client-address.ts';
import type { RequestContext, Route } from './context.ts';
import { preflight, shareAnswer } from './cors.ts';
import type { ErrorResponder } from './error-response.ts';
import { issuerOf } from './issuer.ts';
import { isPlainPath } from './request-path.ts';

export interface RouterParts {
  readonly publicUrl: string;
  readonly proxies: TrustedProxies;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly findTenant: (id: string) => Promise<TenantRecord | undefined>;
  readonly findTenantByHost: (host: string) => Promise<TenantRecord | undefined>;
  readonly respondToError: ErrorResponder;
  readonly routes: readonly Route[];
}

/** What @hono/node-server hands over beside the request. */
export interface Bindings {
  readonly incoming?: {
    /** The request target as it was sent. */
    readonly url?: string | undefined;
    readonly socket: { readonly remoteAddress?: string | undefined };
  };
}

export interface Router {
  /** Does not throw. */
  fetch(request: Request, env: Bindings): Response | Promise<Response>;
}

const tenantParameter = '/t/:tenant{[a-z0-9][a-z0-9-]{0,62}}';
/** Longer or other names belong to no tenant, and are not worth a look into the store. */
const hostForm = /^[a-z0-9.-]{1,253}$/;
/** Peer of a connection that is gone: in no range, so that no forwarded header counts. */
const noPeer = 'unknown';

export function createRouter(parts: RouterParts): Router {
  const app = new Hono<{ Bindings: Bindings }>({ strict: true });
  const publicUrl = new URL(parts.publicUrl);
  const secure = publicUrl.protocol === 'https:';
  const byPath = Map.groupBy(parts.routes, (route) => route.path);

  for (const [path, routes] of byPath) {
    const paths = [path, `${tenantParameter}${path}`];
    if (routes.some((route) => route.inserted)) paths.push(`${path}${tenantParameter}`);
    // One handler per path: hono then calls it without composing a chain.
    for (const each of paths) app.all(each, (c) => answer(c.req.raw, c.env, c.req.param('tenant'), routes));
  }
  app.notFound((c) => seal(notFound(), readTrace(c.req.raw.headers)));
  app.onError((error, c) => {
    const trace = readTrace(c.req.raw.headers);
    parts.log.error({ err: error, trace: trace.id }, 'unexpected error outside an endpoint');
    return seal(
      plainError(
        500,
        'server_error',
        `an unexpected error; the server log has it under trace id ${trace.id}`,
      ),
      trace,
    );
  });

  async function answer(
    request: Request,
    env: Bindings,
    tenantId: string | undefined,
    routes: readonly Route[],
  ): Promise<Response> {
    const trace = readTrace(request.headers);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const route = routes.find((candidate) => candidate.method === method);
    const harmless = request.method !== 'HEAD' || route?.changesState !== true;
    if (route !== undefined && harmless)
      return seal(await serve(request, env, tenantId, route, trace), trace);
    const shared = request.method === 'OPTIONS' ? preflight(routes, request) : undefined;
    return seal(shared ?? methodNotAllowed(routes), trace);
  }

  async function serve(
    request: Request,
    env: Bindings,
    tenantId: string | undefined,
    route: Route,
    trace: Trace,
  ): Promise<Response> {
    // Most requests log nothing: the child logger is made when the first line is written.
    let child: Logger | undefined;
    const log = (): Logger => {
      child ??= parts.log.child({ trace: trace.id });
      return child;
    };
    let tenant: TenantRecord | undefined;
    try {
      tenant = await resolveTenant(request, tenantId);
    } catch (error) {
      log().error({ err: error, route: route.name }, 'no tenant could be read');
      return count(route, unavailable());
    }
    if (tenant === undefined) return count(route, notFound());
    const context: RequestContext = {
      tenant,
      issuer: issuerOf(tenant, parts.publicUrl),
      basePath: tenant.id === 'default' || tenant.host !== null ? '' : `/t/${tenant.id}`,
      secure,
      clientAddress: clientAddress(
        env.incoming?.socket.remoteAddress ?? noPeer,
        request.headers.get('x-forwarded-for'),
        parts.proxies,
      ),
      now: parts.clock.now(),
      traceId: trace.id,
      get log() {
        return log();
      },
      exchange: { clientOrigins: [] },
    };
    const response = await run(request, context, route);
    shareAnswer(route, request, context, response.headers);
    return count(route, response);
  }

  async function run(request: Request, context: RequestContext, route: Route): Promise<Response> {
    try {
      return await route.endpoint(request, context);
    } catch (error) {
      if (error instanceof OAuthError && error.feature !== undefined) {
        parts.metrics.profileRefusals.inc({ feature: error.feature });
      }
      return parts.respondToError(error, route, request, context);
    }
  }

  /**
   * A host that a tenant was given is that tenant's alone, and it is served nowhere else; elsewhere the path names the
   * tenant, or nothing does and the default one is meant. So each tenant has one issuer, and its pages one origin.
   */
  async function resolveTenant(request: Request, id: string | undefined): Promise<TenantRecord | undefined> {
    const host = request.headers.get('host')?.toLowerCase();
    if (host !== undefined && host !== publicUrl.host && hostForm.test(host)) {
      const owner = await parts.findTenantByHost(host);
      if (owner !== undefined) return id === undefined ? owner : undefined;
    }
    if (id === undefined) return parts.findTenant('default');
    const tenant = id === 'default' ? undefined : await parts.findTenant(id);
    return tenant?.host === null ? tenant : undefined;
  }

  function count(route: Route, response: Response): Response {
    parts.metrics.httpRequests.inc({ route: route.name, status: response.status });
    return response;
  }

  /** What every answer carries. */
  function seal(response: Response, trace: Trace): Response {
    const { headers } = response;
    headers.set('x-trace-id', trace.id);
    if (trace.traceparent !== null) headers.set('traceparent', trace.traceparent);
    headers.set('x-content-type-options', 'nosniff');
    if (secure) headers.set('strict-transport-security', 'max-age=31536000');
    return response;
  }

  return {
    fetch(request, env) {
      if (!isPlainPath(request.url, env.incoming?.url)) return seal(notFound(), readTrace(request.headers));
      return app.fetch(request, env);
    },
  };
}

function notFound(): Response {
  return plainError(404, 'not_found', 'nothing is served at this path');
}

function unavailable(): Response {
  const response = plainError(
    503,
    'temporarily_unavailable',
    'the server cannot reach its store; try again shortly',
  );
  response.headers.set('retry-after', '2');
  return response;
}

function methodNotAllowed(routes: readonly Route[]): Response {
  const response = plainError(405, 'invalid_request', 'this method is not served at this path');
  response.headers.set('allow', allowedMethods(routes).join(', '));
  return response;
}

function plainError(status: number, error: string, description: string): Response {
  return Response.json(
    { error, error_description: description },
    { status, headers: { 'cache-control': 'no-store' } },
  );
}

/** RFC 9110 §10.2.1: HEAD goes with GET, OPTIONS where another origin may ask. */
function allowedMethods(routes: readonly Route[]): readonly string[] {
  const methods = new Set<string>(routes.map((route) => route.method));
  if (routes.some((route) => route.method === 'GET' && route.changesState !== true)) methods.add('HEAD');
  if (routes.some((route) => route.cors !== 'none')) methods.add('OPTIONS');
  return [...methods];
}
