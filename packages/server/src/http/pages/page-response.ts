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
  /** CSP sources that a redirect after a form of this page may lead to; see {@link formActionSource}. */
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
 * The CSP source that admits a redirect to `redirectUri`: its origin, or its scheme where a host cannot be written
 * (private-use schemes, IPv6 literals). Undefined when neither would be a well-formed source.
 */
export function formActionSource(redirectUri: string): string | undefined {
  if (!URL.canParse(redirectUri)) return undefined;
  const { protocol, hostname, origin } = new URL(redirectUri);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  const text = isWeb && !hostname.startsWith('[') ? origin : protocol;
  return isSource(text) ? text : undefined;
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
  return /^https?:\/\/[a-z0-9._-]+(?::[0-9]{1,5})?$/.test(text) || /^[a-z][a-z0-9+.-]*:$/.test(text);
}

function withPageHeaders(context: RequestContext, added: Headers | undefined): Headers {
  const headers = new Headers(added);
  headers.set('cache-control', 'no-store');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('x-content-type-options', 'nosniff');
  if (context.secure) headers.set('strict-transport-security', hsts);
  return headers;
}
