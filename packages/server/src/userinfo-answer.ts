/** How the claims that userinfo tells are wrapped: as JSON, or signed or encrypted or both as the client registered (OpenID Connect Core §5.3.2). */
import { buildUserinfoResponse } from '@countersign/protocol';
import type { RequestContext } from './http/context.ts';
import { privateAnswer } from './http/private-answer.ts';
import type { KeyManager } from './keys/index.ts';
import type { ClientRecord } from './storage/ports.ts';
import { keyReference, type ResponseEncryption, signJwt } from './tokens/index.ts';

/** `claims` are computed before, `sub` included, and are told to `client` and to nobody else. */
export type UserinfoAnswer = (
  context: RequestContext,
  client: ClientRecord,
  claims: Readonly<Record<string, unknown>>,
) => Promise<Response>;

export function createUserinfoAnswer(parts: {
  readonly keys: KeyManager;
  readonly encryption: ResponseEncryption;
}): UserinfoAnswer {
  const { keys, encryption } = parts;
  return async (context, client, claims) => {
    const encrypt = await encryption.find(client, 'userinfo');
    const algorithm = client.metadata.userinfoSignedResponseAlg;
    if (algorithm === undefined) {
      const json = JSON.stringify(claims);
      return encrypt === undefined
        ? privateAnswer('application/json', json)
        : privateAnswer('application/jwt', await encrypt(json, 'JSON'));
    }
    const key = await keys.signingKey(context.tenant.id, algorithm);
    const { issuer } = context;
    const jwt = await signJwt(
      key,
      buildUserinfoResponse({ key: keyReference(key), issuer, clientId: client.id, claims }),
    );
    return privateAnswer('application/jwt', encrypt === undefined ? jwt : await encrypt(jwt, 'JWT'));
  };
}
