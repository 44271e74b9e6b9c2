/** From the socket to an endpoint: trace, tenant, context, CORS, error answers, metrics. Routes are data. */
import { OAuthError } from '@countersign/protocol';
import { Hono } from 'hono';
import type { Clock } from '../ports.ts';
import type { TenantRecord } from '../storage/ports.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { readTrace } from '../telemetry/trace.ts';
import { clientAddress, type TrustedProxies } from './client-address.ts';
import type { RequestContext, Route } from './context.ts';
import { preflight, shareAnswer } from './cors.ts';
import type { ErrorResponder } from './error-response.ts';

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
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } };
}

const tenantParameter = '/t/:tenant{[a-z0-9][a-z0-9-]{0,62}}';

export function createRouter(parts: RouterParts): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>({ strict: true });
  const publicUrl = new URL(parts.publicUrl);
  const byPath = Map.groupBy(parts.routes, (route) => route.path);

  app.use(async (c, next) => {
    // No path of ours needs percent-encoding: one spelling per resource.
    if (c.req.raw.url.split('?', 1)[0]?.includes('%')) return c.notFound();
    return next();
  });

  for (const [path, routes] of byPath) {
    const paths = [path, `${tenantParameter}${path}`];
    if (routes.some((route) => route.inserted)) paths.push(`${path}${tenantParameter}`);
    for (const route of routes) {
      app.on(route.method, paths, (c) => answer(c.req.raw, c.env, c.req.param('tenant'), route));
    }
    app.on('OPTIONS', paths, (c) => preflight(routes, c.req.raw) ?? methodNotAllowed(routes));
    app.on(['GET', 'POST', 'PUT', 'DELETE', 'PATCH'], paths, () => methodNotAllowed(routes));
  }
  app.notFound(() => plainError(404, 'not_found', 'nothing is served at this path'));
  app.onError((error) => {
    parts.log.error({ err: error }, 'unexpected error outside an endpoint');
    return plainError(500, 'server_error', 'an unexpected error');
  });

  async function answer(
    request: Request,
    env: Bindings | undefined,
    tenantId: string | undefined,
    route: Route,
  ): Promise<Response> {
    const trace = readTrace(request.headers);
    let response: Response;
    let context: RequestContext | undefined;
    let child: Logger | undefined;
    // Most requests log nothing: the child logger is made when the first line is written.
    const log = (): Logger => {
      child ??= parts.log.child({ trace: trace.id });
      return child;
    };
    try {
      const tenant = await resolveTenant(request, tenantId);
      if (tenant === undefined) return plainError(404, 'not_found', 'nothing is served at this path');
      const peer = env?.incoming?.socket.remoteAddress ?? '127.0.0.1';
      context = {
        tenant,
        issuer: issuerOf(tenant, parts.publicUrl),
        basePath: tenant.id === 'default' || tenant.host !== null ? '' : `/t/${tenant.id}`,
        secure: publicUrl.protocol === 'https:',
        clientAddress: clientAddress(peer, request.headers.get('x-forwarded-for'), parts.proxies),
        now: parts.clock.now(),
        traceId: trace.id,
        get log() {
          return log();
        },
        exchange: { clientOrigins: [] },
      };
      response = await route.endpoint(request, context);
    } catch (error) {
      if (context === undefined) {
        log().error({ err: error, route: route.name }, 'no tenant could be read');
        response = plainError(503, 'temporarily_unavailable', 'the server cannot reach its store; try again shortly');
        response.headers.set('retry-after', '2');
      } else {
        if (error instanceof OAuthError && error.feature !== undefined) {
          parts.metrics.profileRefusals.inc({ feature: error.feature });
        }
        response = parts.respondToError(error, route, request, context);
      }
    }
    if (context !== undefined) shareAnswer(route, request, context, response.headers);
    response.headers.set('x-trace-id', trace.id);
    if (trace.traceparent !== null) response.headers.set('traceparent', trace.traceparent);
    response.headers.set('x-content-type-options', 'nosniff');
    if (publicUrl.protocol === 'https:') {
      response.headers.set('strict-transport-security', 'max-age=31536000');
    }
    parts.metrics.httpRequests.inc({ route: route.name, status: response.status });
    return response;
  }

  /** The path names the tenant; without one, a host that a tenant was given, else the default. Each tenant has one issuer. */
  async function resolveTenant(request: Request, id: string | undefined): Promise<TenantRecord | undefined> {
    if (id !== undefined) {
      const tenant = id === 'default' ? undefined : await parts.findTenant(id);
      return tenant?.host === null ? tenant : undefined;
    }
    const host = request.headers.get('host')?.toLowerCase();
    if (host !== undefined && host !== publicUrl.host) {
      const owner = await parts.findTenantByHost(host);
      if (owner !== undefined) return owner;
    }
    return parts.findTenant('default');
  }

  return app;
}

/** Built from configuration only: the public URL, or the host that the tenant was given (decision 17). */
export function issuerOf(tenant: TenantRecord, publicUrl: string): string {
  if (tenant.host !== null) return `${new URL(publicUrl).protocol}//${tenant.host}`;
  return tenant.id === 'default' ? publicUrl : `${publicUrl}/t/${tenant.id}`;
}

function methodNotAllowed(routes: readonly Route[]): Response {
  const response = plainError(405, 'invalid_request', 'this method is not served at this path');
  response.headers.set('allow', [...new Set(routes.map((route) => route.method))].join(', '));
  return response;
}

function plainError(status: number, error: string, description: string): Response {
  return Response.json({ error, error_description: description }, { status, headers: { 'cache-control': 'no-store' } });
}
