/**
 * id_token_hint is an ID token that we issued to this client, expired or not. It names the person that the answer must be
 * about, so one that does not verify, or was issued to another client, is refused: to leave it out would be to answer
 * for anybody (OpenID Connect Core §3.1.2.1, §3.1.2.2).
 */
import { audienceList, OAuthError } from '@countersign/protocol';
import type { StepInput, StepServices } from '../request.ts';

export async function verifyIdTokenHint(
  { parameters, client, context }: StepInput,
  { hints }: StepServices,
): Promise<string | undefined> {
  const hint = parameters.get('id_token_hint');
  if (hint === undefined) return undefined;
  const claims = await hints.verify(context.tenant, context.issuer, hint, context.now);
  if (claims === undefined || !audienceList(claims.aud).includes(client.id)) {
    throw new OAuthError('invalid_request', 'id_token_hint is not an ID token issued to this client');
  }
  return claims.sub;
}
