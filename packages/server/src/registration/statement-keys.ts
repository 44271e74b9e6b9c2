/** The keys of those whose software statements count: registered with the tenant, or read from their `jwks_uri` and kept for a while. */
import { OAuthError } from '@countersign/protocol';
import { type JwkSet, selectKeys } from '@countersign/protocol/jose';
import { fetchKeySet } from '../clients/index.ts';
import type { Clock, Outbound } from '../ports.ts';
import type { Logger } from '../telemetry/log.ts';
import type { StatementKeys } from './software-statement.ts';

interface Copy {
  readonly keys: JwkSet;
  readonly fetchedAt: number;
}

const freshSeconds = 300;
/** How long the last good copy serves while the issuer does not answer. */
const staleSeconds = 3600;
/** Least time between two calls, so that statements with invented key ids cost the issuer nothing. */
const retrySeconds = 10;
const defaultLimit = 1000;

export function createStatementKeys(parts: {
  readonly outbound: Outbound;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Logger, 'warn'>;
  /** Issuers whose keys are kept. */
  readonly limit?: number;
}): StatementKeys {
  const { outbound, clock, log, limit = defaultLimit } = parts;
  const copies = new Map<string, Copy>();
  const askedAt = new Map<string, number>();
  /** Callers that come together share one call. */
  const asking = new Map<string, Promise<JwkSet | undefined>>();

  function ask(uri: string): Promise<JwkSet | undefined> {
    const call = asking.get(uri) ?? fetchOnce(uri).finally(() => asking.delete(uri));
    asking.set(uri, call);
    return call;
  }

  async function fetchOnce(uri: string): Promise<JwkSet | undefined> {
    for (const known of [copies, askedAt]) if (known.size >= limit) known.clear();
    askedAt.set(uri, clock.now());
    const fetched = await fetchKeySet(outbound, uri);
    if (fetched.outcome === 'fetched') {
      copies.set(uri, { keys: fetched.keys, fetchedAt: clock.now() });
      return fetched.keys;
    }
    log.warn({ reason: fetched.reason }, 'the jwks_uri of a statement issuer gives no keys');
    // Private keys in the document are anybody's now: older copies of it prove nothing either.
    if (fetched.outcome === 'exposed') copies.delete(uri);
    return usable(uri);
  }

  function usable(uri: string): JwkSet | undefined {
    const copy = copies.get(uri);
    return copy !== undefined && clock.now() < copy.fetchedAt + staleSeconds ? copy.keys : undefined;
  }

  return async (issuer, header) => {
    if ('jwks' in issuer) return selectKeys(issuer.jwks, header);
    const { jwksUri } = issuer;
    const copy = copies.get(jwksUri);
    const now = clock.now();
    const isFresh = copy !== undefined && now < copy.fetchedAt + freshSeconds;
    if (isFresh && selectKeys(copy.keys, header).length > 0) return selectKeys(copy.keys, header);
    const mayAsk = asking.has(jwksUri) || now >= (askedAt.get(jwksUri) ?? 0) + retrySeconds;
    const keys = mayAsk ? await ask(jwksUri) : usable(jwksUri);
    if (keys !== undefined) return selectKeys(keys, header);
    throw new OAuthError(
      'temporarily_unavailable',
      'the keys of the issuer of this software statement cannot be had now',
    );
  };
}
