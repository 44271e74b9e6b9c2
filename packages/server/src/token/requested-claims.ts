/** What the `claims` parameter of the authorization request puts into the tokens that come of it (OpenID Connect Core §5.5). */
import { type ClaimsRequest, type RequestedClaim, scopeOfClaim } from '@countersign/protocol';
import type { ClientRecord, SubjectRecord } from '../storage/ports.ts';
import { claimsByName } from '../subjects/index.ts';

export interface RequestedClaims {
  /** For the ID token. */
  readonly idToken: Readonly<Record<string, unknown>>;
  /** Names that userinfo gives beside those of the scope. The values are looked up there: the token may be long on its way. */
  readonly userinfo: readonly string[];
}

const none: RequestedClaims = { idToken: {}, userinfo: [] };

/**
 * Asked at every issuance, since a refresh keeps the original request: what was taken from the client's registration since is not
 * given any more, and a wanted value is compared with the present one.
 */
export async function resolveRequestedClaims(
  request: ClaimsRequest | null,
  client: ClientRecord,
  findSubject: () => Promise<SubjectRecord | undefined>,
): Promise<RequestedClaims> {
  if (request === null) return none;
  const isAllowed = ({ name }: RequestedClaim): boolean => {
    const scope = scopeOfClaim(name);
    return scope !== undefined && client.metadata.scope.includes(scope);
  };
  const [idToken, userinfo] = [request.idToken.filter(isAllowed), request.userinfo.filter(isAllowed)];
  if (idToken.length === 0 && userinfo.length === 0) return none;
  const subject = await findSubject();
  if (subject === undefined) return none;
  return { idToken: claimsByName(subject, idToken), userinfo: Object.keys(claimsByName(subject, userinfo)) };
}
