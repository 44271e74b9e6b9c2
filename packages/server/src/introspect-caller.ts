/** Who introspects (RFC 7662 §2.1): a client by its credentials, or by an access token of its own that allows it. */
import { acceptsIntrospectionJwt, audienceList, OAuthError, type Parameters } from '@countersign/protocol';
import type { ClientAuthenticator } from './client-auth/index.ts';
import { readBearerHeader } from './http/bearer-token.ts';
import type { RequestContext } from './http/context.ts';
import type { ClientBrake } from './privacy/index.ts';
import type { ClientRecord } from './storage/ports.ts';
import type { AccessTokenVerifier } from './tokens/index.ts';

/** What an access token must hold to introspect others. */
export const introspectScope = 'introspect';

export interface IntrospectCallerParts {
  readonly clientAuth: ClientAuthenticator;
  readonly brake: ClientBrake;
  readonly verifier: AccessTokenVerifier;
}

/**
 * The client that asks. It has proven itself; what it may see is still to be decided.
 * @throws {OAuthError} `invalid_client`, `invalid_token`, `invalid_request` for two ways at once
 */
export async function identifyCaller(
  parts: IntrospectCallerParts,
  request: Request,
  context: RequestContext,
  form: Parameters,
): Promise<ClientRecord> {
  const bearer = readBearerHeader(request);
  return bearer === undefined
    ? byCredentials(parts, request, context, form)
    : byAccessToken(parts, context, form, bearer);
}

async function byCredentials(
  { clientAuth, brake }: IntrospectCallerParts,
  request: Request,
  context: RequestContext,
  form: Parameters,
): Promise<ClientRecord> {
  const caller = await brake
    .guardClient(request, context, 'introspect', () =>
      clientAuth.authenticate(request, context, form, `${context.issuer}/oauth2/introspect`),
    )
    .catch((error: unknown) => {
      throw showsNothing(request, form) ? withoutCredentials(request, error) : error;
    });
  // A public client has proven nothing.
  if (caller.metadata.tokenEndpointAuthMethod !== 'none') return caller;
  throw withoutCredentials(
    request,
    new OAuthError('invalid_client', 'client authentication failed', {
      detail: 'public client at introspection',
    }),
  );
}

function showsNothing(request: Request, form: Parameters): boolean {
  return !request.headers.has('authorization') && !form.has('client_secret') && !form.has('client_assertion');
}

/** RFC 9701 §5: who asks for the signed form and does not authenticate at all gets 400, others the 401 of RFC 6749 §5.2. */
function withoutCredentials(request: Request, error: unknown): unknown {
  const isRefused = error instanceof OAuthError && error.code === 'invalid_client';
  if (!isRefused || !acceptsIntrospectionJwt(request.headers.get('accept'))) return error;
  return new OAuthError(error.code, error.description, { detail: error.detail, status: 400, cause: error });
}

/** Whatever is wrong with the token, the answer is the same (RFC 7662 §2.3). */
async function byAccessToken(
  { verifier }: IntrospectCallerParts,
  context: RequestContext,
  form: Parameters,
  token: string,
): Promise<ClientRecord> {
  if (form.has('client_secret') || form.has('client_assertion')) {
    throw new OAuthError('invalid_request', 'use one way to authenticate, not several');
  }
  const live = await verifier.verify(context.tenant, context.issuer, token, context.now);
  if (live === undefined) throw refusal('unknown, expired or revoked');
  const { claims, client } = live;
  if (!audienceList(claims.aud).includes(context.issuer)) throw refusal('meant for another resource');
  if (!(claims.scope ?? '').split(' ').includes(introspectScope)) throw refusal('without the scope');
  // A token bound to a key must come with a proof, which this server cannot check yet: fail closed.
  if (claims.cnf !== undefined) throw refusal('bound to a key');
  const clientId = form.get('client_id');
  if (clientId !== undefined && clientId !== client.id) throw refusal('client_id differs');
  return client;
}

function refusal(detail: string): OAuthError {
  return new OAuthError('invalid_token', 'the access token does not allow introspection', {
    detail: `access token at introspection: ${detail}`,
  });
}
