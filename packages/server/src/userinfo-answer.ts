/** How the claims that userinfo tells are wrapped: as JSON, or as the JWT that the client registered (OpenID Connect Core §5.3.2). */
import { buildUserinfoResponse } from '@countersign/protocol';
import type { RequestContext } from './http/context.ts';
import type { KeyManager } from './keys/index.ts';
import type { ClientRecord } from './storage/ports.ts';
import { keyReference, signJwt } from './tokens/index.ts';

/** `claims` are computed before, `sub` included, and are told to `client` and to nobody else. */
export type UserinfoAnswer = (
  context: RequestContext,
  client: ClientRecord,
  claims: Readonly<Record<string, unknown>>,
) => Promise<Response>;

export function createUserinfoAnswer(parts: { readonly keys: KeyManager }): UserinfoAnswer {
  return async (context, client, claims) => {
    const algorithm = client.metadata.userinfoSignedResponseAlg;
    if (algorithm === undefined) return answer('application/json', JSON.stringify(claims));
    const key = await parts.keys.signingKey(context.tenant.id, algorithm);
    const { issuer } = context;
    const jwt = buildUserinfoResponse({ key: keyReference(key), issuer, clientId: client.id, claims });
    return answer('application/jwt', await signJwt(key, jwt));
  };
}

function answer(type: string, body: string): Response {
  return new Response(body, {
    headers: { 'content-type': type, 'cache-control': 'no-store', pragma: 'no-cache' },
  });
}
