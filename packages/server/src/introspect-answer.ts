/** How what introspection tells is wrapped: as JSON, or signed for the caller alone and, where it registered that, encrypted (RFC 9701). */
import {
  acceptsIntrospectionJwt,
  buildIntrospectionResponse,
  introspectionResponseType,
} from '@countersign/protocol';
import type { SigningAlgorithmName } from '@countersign/protocol/jose';
import type { RequestContext } from './http/context.ts';
import { privateAnswer } from './http/private-answer.ts';
import { type Features, type KeyManager, offeredAlgorithms } from './keys/index.ts';
import type { ClientRecord } from './storage/ports.ts';
import { keyReference, type ResponseEncryption, signJwt } from './tokens/index.ts';

/** `members` are computed before, and are what `caller` may see. */
export type IntrospectAnswer = (
  request: Request,
  context: RequestContext,
  caller: ClientRecord,
  members: Readonly<Record<string, unknown>>,
) => Promise<Response>;

export function createIntrospectAnswer(parts: {
  readonly keys: KeyManager;
  readonly encryption: ResponseEncryption;
  readonly features: Features;
}): IntrospectAnswer {
  const { keys, encryption, features } = parts;
  return async (request, context, caller, members) => {
    if (!isSigned(request, caller)) return privateAnswer('application/json', JSON.stringify(members));
    const encrypt = await encryption.find(caller, 'introspection');
    const key = await keys.signingKey(context.tenant.id, algorithmFor(context, caller, features));
    const jwt = await signJwt(
      key,
      buildIntrospectionResponse({
        key: keyReference(key),
        issuer: context.issuer,
        clientId: caller.id,
        issuedAt: context.now,
        members,
      }),
    );
    return privateAnswer(introspectionResponseType, encrypt === undefined ? jwt : await encrypt(jwt, 'JWT'));
  };
}

/** A caller that registered the signed or the encrypted form gets nothing less, whatever a request's header was made to say. */
function isSigned(request: Request, caller: ClientRecord): boolean {
  return (
    caller.metadata.introspectionSignedResponseAlg !== undefined ||
    caller.metadata.introspectionEncryptedResponseAlg !== undefined ||
    acceptsIntrospectionJwt(request.headers.get('accept'))
  );
}

/** RFC 9701 §6: RS256 for a caller that registered nothing, where the tenant may use it. */
function algorithmFor(
  { tenant }: RequestContext,
  caller: ClientRecord,
  features: Features,
): SigningAlgorithmName {
  const registered = caller.metadata.introspectionSignedResponseAlg;
  if (registered !== undefined) return registered;
  return offeredAlgorithms(tenant, features).includes('RS256')
    ? 'RS256'
    : tenant.settings.defaultSigningAlgorithm;
}
