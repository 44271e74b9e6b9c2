/** Cross-origin answers by decision 17: `*` for public documents, a client's registered origins for its own calls. */
import type { RequestContext, Route } from './context.ts';

const exposed = 'DPoP-Nonce, WWW-Authenticate';

/**
 * A preflight knows no client yet, so it admits every origin; whether a page may read the answer is decided on the
 * answer itself. Credentials are never allowed.
 */
export function preflight(routes: readonly Route[], request: Request): Response | undefined {
  const shared = routes.find((route) => route.cors !== 'none');
  const origin = request.headers.get('origin');
  if (shared === undefined || origin === null) return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': shared.cors === 'any-origin' ? '*' : origin,
      'access-control-allow-methods': routes.map((route) => route.method).join(', '),
      'access-control-allow-headers': 'Authorization, Content-Type, DPoP',
      'access-control-max-age': '600',
      vary: 'Origin',
    },
  });
}

export function shareAnswer(route: Route, request: Request, context: RequestContext, headers: Headers): void {
  if (route.cors === 'none') return;
  if (route.cors === 'any-origin') {
    headers.set('access-control-allow-origin', '*');
    return;
  }
  const origin = request.headers.get('origin');
  headers.append('vary', 'Origin');
  if (origin === null || !context.exchange.clientOrigins.includes(origin)) return;
  headers.set('access-control-allow-origin', origin);
  headers.set('access-control-expose-headers', exposed);
}
