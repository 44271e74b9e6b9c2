/**
 * The `claims` parameter (OpenID Connect Core §5.5). A claim about the person that belongs to a scope the client is not
 * registered for is dropped as that scope would be: naming it gets nobody more.
 */
import {
  type ClaimsRequest,
  parseClaimsRequest,
  type RequestedClaim,
  scopeOfClaim,
} from '@countersign/protocol';
import type { StepInput } from '../request.ts';

export function resolveClaims({ parameters, client }: StepInput): ClaimsRequest | null {
  const text = parameters.get('claims');
  if (text === undefined) return null;
  const { userinfo, idToken } = parseClaimsRequest(text);
  const isAllowed = ({ name }: RequestedClaim): boolean => {
    const scope = scopeOfClaim(name);
    return scope === undefined || client.metadata.scope.includes(scope);
  };
  return { userinfo: userinfo.filter(isAllowed), idToken: idToken.filter(isAllowed) };
}
