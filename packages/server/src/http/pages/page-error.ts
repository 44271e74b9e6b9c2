import type { ProfileFeature } from '@countersign/protocol';
import type { RequestContext } from '../context.ts';
import type { PageRefusal } from '../error-response.ts';
import { type Html, html } from './html.ts';
import { type MessageKey, type Messages, messagesFor } from './messages.ts';
import { pageResponse } from './page-response.ts';

export type PageErrorCode =
  | 'interaction-expired'
  | 'form-refused'
  | 'rate-limited'
  | 'setup-link'
  | 'device-ended'
  | 'not-found'
  | 'invalid-request'
  | 'unknown-client'
  | 'redirect-uri'
  | 'unavailable'
  | 'internal';

export interface PageErrorOptions {
  /** Private: for the log, never on the page. */
  readonly detail?: string | undefined;
  /** Whole seconds. */
  readonly retryAfterSeconds?: number | undefined;
}

/** Status, and the sentence for a caller that reads JSON. The page has its own words, per language. */
const refusals: Readonly<Record<PageErrorCode, readonly [number, string]>> = {
  'interaction-expired': [400, 'this sign-in has ended; start again from the application'],
  'form-refused': [403, 'the form was not sent from a page shown to this browser'],
  'rate-limited': [429, 'too many failed attempts; wait as long as Retry-After says'],
  'device-ended': [400, 'this step has ended; enter the code of the device again'],
  'setup-link': [404, 'this set-up link does not work'],
  'not-found': [404, 'nothing is served at this path'],
  'invalid-request': [400, 'the request is refused'],
  'unknown-client': [400, 'the client is not known'],
  'redirect-uri': [400, 'the redirect URI is not registered for the client'],
  unavailable: [503, 'the server cannot answer now; try again shortly'],
  internal: [500, 'an unexpected error'],
};

/** A refusal that a person sees. What goes out follows from `code` alone; `detail` is for the log. */
export class PageError extends Error implements PageRefusal {
  override readonly name = 'PageError';
  readonly code: PageErrorCode;
  readonly status: number;
  readonly description: string;
  readonly detail: string | undefined;
  readonly feature: ProfileFeature | undefined = undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: PageErrorCode, options: PageErrorOptions = {}) {
    const [status, description] = refusals[code];
    super(`${code}: ${description}`);
    this.code = code;
    this.status = status;
    this.description = description;
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The page for a refusal: what happened, why, what to do, and the trace to tell. Never a redirect. */
export function renderErrorPage(request: Request, context: RequestContext, refusal: PageRefusal): Response {
  const { status, feature, retryAfterSeconds } = refusal;
  const messages = messagesFor(request);
  const code = pageCode(refusal);
  const headers = new Headers();
  if (retryAfterSeconds !== undefined) headers.set('retry-after', String(retryAfterSeconds));
  const title = messages.text(`error.${code}.title`);
  const time = messages.span(retryAfterSeconds ?? 60);
  const body = html`<h1>${title}</h1>
<p>${messages.text(`error.${code}.what`)}</p>
<p>${messages.text(`error.${code}.do`, { time })}</p>
<section>
<dl class="facts">
${code !== refusal.code && fact(messages, 'error.detail', html`<span lang="en">${refusal.description}</span> (<code>${refusal.code}</code>)`)}
${feature !== undefined && fact(messages, 'error.rule', html`<a href="${context.basePath}/help/${feature}">${messages.text(`help.${feature}.title`)}</a>`)}
${fact(messages, 'error.trace', html`<code>${context.traceId}</code>`)}
</dl>
</section>`;
  return pageResponse(context, { status, messages, title, body, headers });
}

function fact(messages: Messages, name: MessageKey, value: Html): Html {
  return html`<div><dt>${messages.text(name)}</dt><dd>${value}</dd></div>`;
}

/** The registered codes of OAuthError fold into few kinds of page; the code itself stands there as a detail. */
function pageCode({ code, feature }: PageRefusal): PageErrorCode {
  if (isPageErrorCode(code)) return code;
  if (feature === 'redirect_uri' || feature === 'wildcard_redirect') return 'redirect-uri';
  if (code === 'invalid_client' || code === 'unauthorized_client') return 'unknown-client';
  if (code === 'rate_limited') return 'rate-limited';
  if (code === 'temporarily_unavailable') return 'unavailable';
  return code === 'server_error' ? 'internal' : 'invalid-request';
}

function isPageErrorCode(code: string): code is PageErrorCode {
  return Object.hasOwn(refusals, code);
}
