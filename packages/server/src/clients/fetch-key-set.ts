/** The document behind a `jwks_uri`, taken for what it may be: a small set of public keys. */
import { JoseError, type JwkSet, parseJwkSet, parseStrictJson } from '@countersign/protocol/jose';
import { type Outbound, OutboundError } from '../ports.ts';

const maxBytes = 65_536;
const timeoutMs = 5000;
const maxKeys = 50;

export type FetchedKeySet =
  | { readonly outcome: 'fetched'; readonly keys: JwkSet }
  /** Nothing usable came; `reason` is for the log. */
  | { readonly outcome: 'failed'; readonly reason: string }
  /** The document shows private key material: its keys are anybody's, also those in older copies of it. */
  | { readonly outcome: 'exposed'; readonly reason: string };

/**
 * Keys that we cannot use are left out (RFC 7517 §5); a set that holds private or symmetric material is refused whole. The media
 * type is not looked at: what parses as a set of public keys is one.
 */
export async function fetchKeySet(outbound: Outbound, url: string): Promise<FetchedKeySet> {
  try {
    const headers = { accept: 'application/jwk-set+json, application/json' };
    const answer = await outbound.send({ method: 'GET', url, headers, maxBytes, timeoutMs });
    if (answer.status !== 200) return { outcome: 'failed', reason: `status ${answer.status}` };
    const document = parseStrictJson(answer.body, { maxBytes });
    return { outcome: 'fetched', keys: parseJwkSet(document, { onUnusable: 'ignore', maxKeys }) };
  } catch (error) {
    if (!(error instanceof JoseError || error instanceof OutboundError)) throw error;
    return { outcome: error.code === 'private_key' ? 'exposed' : 'failed', reason: error.code };
  }
}
