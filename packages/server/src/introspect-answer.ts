/** How what introspection tells is wrapped: as JSON, or signed for the caller alone (RFC 9701). */
import {
  acceptsIntrospectionJwt,
  buildIntrospectionResponse,
  introspectionResponseType,
} from '@countersign/protocol';
import type { SigningAlgorithmName } from '@countersign/protocol/jose';
import type { RequestContext } from './http/context.ts';
import { type KeyManager, offeredAlgorithms } from './keys/index.ts';
import type { ClientRecord } from './storage/ports.ts';
import { keyReference, signJwt } from './tokens/index.ts';

/** `members` are computed before, and are what `caller` may see. */
export type IntrospectAnswer = (
  request: Request,
  context: RequestContext,
  caller: ClientRecord,
  members: Readonly<Record<string, unknown>>,
) => Promise<Response>;

export function createIntrospectAnswer(parts: { readonly keys: KeyManager }): IntrospectAnswer {
  return async (request, context, caller, members) => {
    if (!isSigned(request, caller)) return answer('application/json', JSON.stringify(members));
    const key = await parts.keys.signingKey(context.tenant.id, algorithmFor(context, caller));
    const jwt = buildIntrospectionResponse({
      key: keyReference(key),
      issuer: context.issuer,
      clientId: caller.id,
      issuedAt: context.now,
      members,
    });
    return answer(introspectionResponseType, await signJwt(key, jwt));
  };
}

/** A caller that registered the signed form gets nothing less, whatever a request's header was made to say. */
function isSigned(request: Request, caller: ClientRecord): boolean {
  return (
    caller.metadata.introspectionSignedResponseAlg !== undefined ||
    acceptsIntrospectionJwt(request.headers.get('accept'))
  );
}

/** RFC 9701 §6: RS256 for a caller that registered nothing, where the tenant may use it. */
function algorithmFor({ tenant }: RequestContext, caller: ClientRecord): SigningAlgorithmName {
  const registered = caller.metadata.introspectionSignedResponseAlg;
  if (registered !== undefined) return registered;
  return offeredAlgorithms(tenant).includes('RS256') ? 'RS256' : tenant.settings.defaultSigningAlgorithm;
}

function answer(type: string, body: string): Response {
  return new Response(body, {
    headers: { 'content-type': type, 'cache-control': 'no-store', pragma: 'no-cache' },
  });
}
