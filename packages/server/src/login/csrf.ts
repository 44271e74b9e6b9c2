/**
 * Proof that a form came from a page we showed to this browser: an HMAC over a cookie no other site can read, and the
 * browser's own word on where the request began.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RequestContext } from '../http/context.ts';
import { PageError } from '../http/pages/index.ts';
import type { Vault } from '../ports.ts';

export interface FormGuard {
  /** `secret`: the value of the browser or session cookie. `form`: its name, and what it is about if that matters. */
  issue(context: RequestContext, secret: string, form: string): string;
  /**
   * Compares in constant time, after {@link refuseForeignOrigin}. An absent secret or token is a wrong one.
   * @throws {PageError} `form-refused`
   */
  verify(
    request: Request,
    context: RequestContext,
    secret: string | undefined,
    form: string,
    presented: string | undefined,
  ): void;
}

export function createFormGuard(parts: { readonly vault: Pick<Vault, 'deriveAll'> }): FormGuard {
  // A form shown before a rotation of the key may be sent after it.
  const tokens = (context: RequestContext, secret: string, form: string): readonly string[] =>
    parts.vault.deriveAll('csrf').map((key) =>
      createHmac('sha256', key)
        .update(JSON.stringify([context.tenant.id, secret, form]))
        .digest('base64url'),
    );
  return {
    issue: (context, secret, form) => tokens(context, secret, form)[0] ?? '',
    verify(request, context, secret, form, presented) {
      refuseForeignOrigin(request, context);
      if (secret === undefined || presented === undefined) throw refusal('no cookie or no token');
      const given = Buffer.from(presented);
      const isOurs = (token: string): boolean => {
        const expected = Buffer.from(token);
        return given.length === expected.length && timingSafeEqual(given, expected);
      };
      if (!tokens(context, secret, form).some(isOurs)) throw refusal('wrong token');
    },
  };
}

/**
 * Refuses a request that another site began, a sibling subdomain included. Our pages say `no-referrer`, for which
 * browsers write `Origin: null` on our own forms: that value passes only beside `Sec-Fetch-Site: same-origin`, which
 * no script can set. A request with neither header (an old browser, a tool) is left to the token.
 * @throws {PageError} `form-refused`
 */
function refuseForeignOrigin(request: Request, context: RequestContext): void {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none')
    throw refusal(`Sec-Fetch-Site ${site.slice(0, 32)}`);
  const origin = request.headers.get('origin');
  if (origin === null || origin === new URL(context.issuer).origin) return;
  if (origin === 'null' && site === 'same-origin') return;
  throw refusal('foreign Origin');
}

function refusal(detail: string): PageError {
  return new PageError('form-refused', { detail });
}
