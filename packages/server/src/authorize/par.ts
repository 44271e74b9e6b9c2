/** POST /oauth2/par: a client hands in its authorization request before the browser moves (RFC 9126). */
import { OAuthError, type Parameters } from '@countersign/protocol';
import type { ClientAuthenticator } from '../client-auth/index.ts';
import type { Endpoint, RequestContext, Route } from '../http/context.ts';
import { RateLimitError } from '../http/error-response.ts';
import { readForm } from '../http/form.ts';
import type { Random } from '../ports.ts';
import type { ClientBrake } from '../privacy/index.ts';
import type { ClientRecord, PushedRequestStore } from '../storage/ports.ts';
import { hashSecret, type IdTokenHints } from '../tokens/index.ts';
import { type LoadedRequest, plainOrigin } from './request.ts';
import type { RequestObjects } from './request-objects.ts';
import { resolveRequest, resolveTarget } from './resolve.ts';
import { fromPairs, requestUriPrefix, toPairs } from './steps/pushed-request.ts';

export interface ParParts {
  readonly clientAuth: ClientAuthenticator;
  readonly brake: ClientBrake;
  readonly pushedRequests: PushedRequestStore;
  readonly requestObjects: Pick<RequestObjects, 'read' | 'spend'>;
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
  const { clientAuth, brake, pushedRequests, requestObjects, random, lifetimes } = parts;

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
    const { parameters, origin } = await load(form, client, context);
    const target = resolveTarget(parameters, client, context);
    await resolveRequest(parameters, target, context, parts, origin);
    // A client can make another object for its next push: here one is spent at once.
    if (origin.use !== null) await requestObjects.spend(origin.use);
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

  /** With a request object, everything that is asked stands in it, and in it alone (RFC 9126 §3). */
  async function load(
    form: Parameters,
    client: ClientRecord,
    context: RequestContext,
  ): Promise<LoadedRequest> {
    const object = form.get('request');
    if (object !== undefined) return requestObjects.read(object, client, context);
    return { parameters: withClientId(form, client.id), origin: plainOrigin };
  }

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
