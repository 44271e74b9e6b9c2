/** A request_uri from PAR replaces all parameters but client_id, and belongs to the client that pushed it (RFC 9126 §4). */
import { OAuthError, type Parameters } from '@countersign/protocol';
import type { RequestContext } from '../../http/context.ts';
import type { ClientRecord, PushedRequestStore } from '../../storage/ports.ts';
import { hashSecret } from '../../tokens/index.ts';
import type { LoadedRequest } from '../request.ts';

export const requestUriPrefix = 'urn:ietf:params:oauth:request_uri:';

export async function loadPushedRequest(
  reference: string,
  client: ClientRecord,
  context: RequestContext,
  pushed: { readonly store: PushedRequestStore; readonly lifetimeSeconds: number },
): Promise<LoadedRequest> {
  const hash = hashSecret('request-uri', reference);
  const record = await pushed.store.find(context.tenant.id, hash, context.now);
  const isFresh = record !== undefined && context.now < record.createdAt + pushed.lifetimeSeconds;
  if (!isFresh || record.clientId !== client.id) {
    throw new OAuthError('invalid_request_uri', 'request_uri is unknown, expired or used');
  }
  return {
    parameters: fromPairs(record.parameters),
    // Whether it had to be signed was asked, and what can be used once was spent, when it was pushed.
    origin: { pushedRequest: hash, isSigned: false, use: null },
  };
}

/** Rebuilds parameters that were parsed and stored. */
export function fromPairs(pairs: readonly (readonly [string, readonly string[]])[]): Parameters {
  const values = new Map(pairs);
  const all = (name: string): readonly string[] => values.get(name) ?? [];
  return {
    all,
    get: (name) => all(name)[0],
    has: (name) => all(name).length > 0,
    names: () => [...values.keys()],
  };
}

/** The reverse of {@link fromPairs}. */
export function toPairs(parameters: Parameters): readonly (readonly [string, readonly string[]])[] {
  return parameters.names().map((name) => [name, parameters.all(name)] as const);
}

/** A client registered to push, or a FAPI tenant, may not send its parameters through the browser (RFC 9126 §6). */
export function requirePushedRequest(client: ClientRecord, context: RequestContext, pushed: boolean): void {
  const required =
    client.metadata.requirePushedAuthorizationRequests || context.tenant.profile === 'fapi2-security';
  if (required && !pushed) {
    throw new OAuthError('invalid_request', 'this client must push its authorization requests (RFC 9126)');
  }
}
