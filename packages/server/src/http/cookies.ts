import type { RequestContext } from './context.ts';

export type CookiePurpose =
  /** The session secret. */
  | 'session'
  /** Names the browser across one sign-in, before there is a session. */
  | 'browser';

/** Cookie names carry the tenant, since tenants may share a host; `__Host-` on https (decision 18). */
function cookieName(context: RequestContext, purpose: CookiePurpose): string {
  return `${context.secure ? '__Host-' : ''}cs-${purpose}-${context.tenant.id}`;
}

/**
 * The value, or undefined when it is absent, malformed (not 20 to 128 characters of base64url) or sent twice:
 * a second cookie of that name was planted from a sibling domain, and which one is ours cannot be told.
 */
export function readCookie(
  request: Request,
  context: RequestContext,
  purpose: CookiePurpose,
): string | undefined {
  const header = request.headers.get('cookie');
  if (header === null || header.length > 16_384) return undefined;
  const prefix = `${cookieName(context, purpose)}=`;
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length));
  const [value] = values;
  return values.length === 1 && value !== undefined && /^[A-Za-z0-9_-]{20,128}$/.test(value)
    ? value
    : undefined;
}

export function setCookie(
  headers: Headers,
  context: RequestContext,
  purpose: CookiePurpose,
  value: string,
  maxAgeSeconds?: number,
): void {
  const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
  const secure = context.secure ? '; Secure' : '';
  headers.append(
    'set-cookie',
    `${cookieName(context, purpose)}=${value}; Path=/; HttpOnly; SameSite=Lax${secure}${age}`,
  );
}

export function clearCookie(headers: Headers, context: RequestContext, purpose: CookiePurpose): void {
  setCookie(headers, context, purpose, '', 0);
}
