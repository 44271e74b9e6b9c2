/** Who may register: nobody, whoever brings an initial access token, or whoever comes (RFC 7591 §3). */
import { OAuthError } from '@countersign/protocol';
import type { InitialAccessTokens } from '../clients/index.ts';
import { MissingTokenError } from '../http/bearer-challenge.ts';
import { readBearerHeader } from '../http/bearer-token.ts';
import type { RequestContext } from '../http/context.ts';
import type { InitialAccessTokenRecord } from '../storage/ports.ts';

/**
 * The registration of a tenant is open in this way at all.
 * @throws {OAuthError} `invalid_profile_usage` with the feature `dynamic_registration`
 */
export function requireOpenRegistration({ tenant }: RequestContext): void {
  if (tenant.settings.dynamicRegistration !== 'off') return;
  throw new OAuthError(
    'invalid_profile_usage',
    'clients do not register themselves here: an administrator adds them',
    { feature: 'dynamic_registration' },
  );
}

/**
 * The token that the caller brought, still to be spent; null where none is needed. One that is brought must be good, needed or
 * not: whoever sends it means it to count.
 * @throws {OAuthError} `invalid_token`, `invalid_request` for a malformed header; {@link MissingTokenError}
 */
export async function findInitialToken(
  request: Request,
  context: RequestContext,
  tokens: Pick<InitialAccessTokens, 'findLive'>,
): Promise<InitialAccessTokenRecord | null> {
  const presented = readBearerHeader(request);
  if (presented === undefined) {
    if (context.tenant.settings.dynamicRegistration === 'open') return null;
    throw new MissingTokenError();
  }
  const token = await tokens.findLive(context.tenant.id, presented, context.now);
  if (token === undefined) throw refusedInitialToken();
  return token;
}

export function refusedInitialToken(): OAuthError {
  return new OAuthError('invalid_token', 'the initial access token is unknown, expired or used up');
}
