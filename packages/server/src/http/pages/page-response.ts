import { isLoopbackHost } from '@countersign/protocol';
import type { RequestContext } from '../context.ts';
import type { Html } from './html.ts';
import { renderDocument, scriptSource, styleSource } from './layout.ts';
import type { Messages } from './messages.ts';

export interface Page {
  readonly status?: number;
  readonly messages: Messages;
  readonly title: string;
  /** What stands inside `<main>`, its `<h1>` included. */
  readonly body: Html;
  /** CSP sources that a redirect after a form of this page may lead to; see {@link formActionSources}. */
  readonly formActions?: readonly string[];
  /** CSP sources of pictures from elsewhere; see {@link imageSource}. */
  readonly images?: readonly string[];
  /**
   * The window that opened this one may go on talking to it, as an application that asked for `display=popup` must. It
   * may then also send this window elsewhere, which the address bar shows; it still cannot read or frame the page.
   */
  readonly keepsOpener?: boolean;
  readonly headers?: Headers;
  readonly wide?: boolean;
}

const hsts = 'max-age=31536000';
const features = ['camera', 'display-capture', 'geolocation', 'microphone', 'payment', 'usb'];
const permissions = [
  ...features.map((feature) => `${feature}=()`),
  'publickey-credentials-create=(self)',
  'publickey-credentials-get=(self)',
].join(', ');

/** A complete page with every header a page of ours carries. Callers add cookies, Retry-After and the like by `headers`. */
export function pageResponse(context: RequestContext, page: Page): Response {
  const headers = withPageHeaders(context, page.headers);
  headers.set('content-type', 'text/html; charset=utf-8');
  headers.set('content-language', page.messages.language);
  headers.set('vary', 'Accept-Language, Cookie');
  headers.set('content-security-policy', contentSecurityPolicy(page));
  headers.set('permissions-policy', permissions);
  headers.set('x-frame-options', 'DENY');
  headers.set('cross-origin-opener-policy', page.keepsOpener === true ? 'unsafe-none' : 'same-origin');
  headers.set('cross-origin-resource-policy', 'same-origin');
  return new Response(renderDocument(context, page).toString(), { status: page.status ?? 200, headers });
}

/** 303 to a place of ours: the browser follows with GET and without the form (RFC 9700 §4.12). `path` is never input. */
export function seeOther(context: RequestContext, path: string, added?: Headers): Response {
  const headers = withPageHeaders(context, added);
  headers.set('location', path);
  return new Response(null, { status: 303, headers });
}

/**
 * The CSP sources for a form whose answer leads to `redirectUri`. Browsers hold every redirect after a form against
 * `form-action`, the ones that the client's own server answers included, and those may lead to any of its hosts: so all of
 * https is admitted, from loopback also other ports of it, and of a private-use scheme that scheme alone. None where it cannot be
 * written as a source.
 */
export function formActionSources(redirectUri: string): readonly string[] {
  if (!URL.canParse(redirectUri)) return [];
  const { protocol, hostname, origin } = new URL(redirectUri);
  if (protocol === 'https:') return ['https:'];
  if (protocol !== 'http:') return [protocol].filter(isSource);
  // An IPv6 literal cannot be written as a source.
  const own = hostname.startsWith('[') ? 'http:' : origin;
  if (!isSource(own)) return [];
  const loopback = isLoopbackHost(hostname) ? ['http://localhost:*', 'http://127.0.0.1:*'] : [];
  return [own, ...loopback, 'https:'];
}

/** The CSP source that admits a picture: its origin. Undefined where that would not be a well-formed source. */
export function imageSource(uri: string): string | undefined {
  const origin = URL.canParse(uri) ? new URL(uri).origin : 'null';
  return isSource(origin) ? origin : undefined;
}

function contentSecurityPolicy({ formActions = [], images = [] }: Page): string {
  return [
    "default-src 'none'",
    `style-src ${styleSource}`,
    `script-src ${scriptSource}`,
    ["img-src 'self' data:", ...images.filter(isSource)].join(' '),
    ["form-action 'self'", ...formActions.filter(isSource)].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** A URL host may hold `;` and `,`, which end a directive: such a host is never written into the policy. */
function isSource(text: string): boolean {
  return /^https?:\/\/[a-z0-9._-]+(?::(?:[0-9]{1,5}|\*))?$/.test(text) || /^[a-z][a-z0-9+.-]*:$/.test(text);
}

function withPageHeaders(context: RequestContext, added: Headers | undefined): Headers {
  const headers = new Headers(added);
  headers.set('cache-control', 'no-store');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('x-content-type-options', 'nosniff');
  if (context.secure) headers.set('strict-transport-security', hsts);
  return headers;
}
