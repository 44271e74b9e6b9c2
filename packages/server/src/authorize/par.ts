/** POST /oauth2/par: a client hands in its authorization request before the browser moves (RFC 9126). */
import { OAuthError, type Parameters } from '@countersign/protocol';
import type { ClientAuthenticator } from '../client-auth/index.ts';
import type { Endpoint, Route } from '../http/context.ts';
import { RateLimitError } from '../http/error-response.ts';
import { readForm } from '../http/form.ts';
import type { Random } from '../ports.ts';
import type { ClientBrake } from '../privacy/index.ts';
import type { PushedRequestStore } from '../storage/ports.ts';
import { hashSecret, type IdTokenHints } from '../tokens/index.ts';
import { resolveRequest, resolveTarget } from './resolve.ts';
import { fromPairs, requestUriPrefix, toPairs } from './steps/pushed-request.ts';

export interface ParParts {
  readonly clientAuth: ClientAuthenticator;
  readonly brake: ClientBrake;
  readonly pushedRequests: PushedRequestStore;
  readonly hints: IdTokenHints;
  readonly random: Random;
  readonly lifetimes: {
    readonly pushedRequestSeconds: number;
    readonly interactionSeconds: number;
  };
}

/** Parameters that prove who the client is: used, never stored. */
const credentials: ReadonlySet<string> = new Set([
  'client_secret',
  'client_assertion',
  'client_assertion_type',
]);

export function createParRoute(parts: ParParts): Route {
  const { clientAuth, brake, pushedRequests, random, lifetimes } = parts;

  const endpoint: Endpoint = async (request, context) => {
    const form = await readForm(request);
    const client = await brake.guardClient(request, context, 'par', () =>
      clientAuth.authenticate(request, context, form, `${context.issuer}/oauth2/par`),
    );
    const wait = brake.spendClient(context, client);
    if (wait > 0) throw new RateLimitError(wait);
    if (form.has('request_uri')) {
      throw new OAuthError('invalid_request', 'request_uri cannot itself be pushed');
    }
    const parameters = withClientId(form, client.id);
    const target = resolveTarget(parameters, client, context);
    await resolveRequest(parameters, target, context, parts, null);
    const reference = `${requestUriPrefix}${random.token(32)}`;
    await pushedRequests.create({
      tenant: context.tenant.id,
      hash: hashSecret('request-uri', reference),
      clientId: client.id,
      parameters: toPairs(parameters),
      confirmation: null,
      createdAt: context.now,
      // The reference may be begun until its lifetime ends; its record is spent only when the person has signed in.
      expiresAt: context.now + lifetimes.pushedRequestSeconds + lifetimes.interactionSeconds,
    });
    const headers = { 'cache-control': 'no-store', pragma: 'no-cache' };
    const body = { request_uri: reference, expires_in: lifetimes.pushedRequestSeconds };
    return Response.json(body, { status: 201, headers });
  };

  return {
    method: 'POST',
    path: '/oauth2/par',
    endpoint,
    errors: 'oauth',
    cors: 'client-origins',
    name: 'par',
  };
}

/** Without credentials, and with the client that authenticated, whether or not the form named it too. */
function withClientId(form: Parameters, clientId: string): Parameters {
  const kept = toPairs(form).filter(([name]) => !credentials.has(name) && name !== 'client_id');
  return fromPairs([['client_id', [clientId]], ...kept]);
}
