/** `resource` at the token endpoint (RFC 8707 §2.2). */
import { OAuthError, parseResource, resolveResources } from '@countersign/protocol';
import type { ClientRecord } from '../storage/ports.ts';

/**
 * What this token is for: the resources asked for, within those granted; without any, those granted. A grant that names
 * none is as wide as the client's registration. What has been taken from the registration since is not issued again.
 * @throws {OAuthError} `invalid_target`
 */
export function narrowResources(
  granted: readonly string[],
  { metadata }: ClientRecord,
  requested: readonly string[],
): readonly string[] {
  const live = granted.filter((resource) => metadata.audiences.includes(resource));
  if (live.length === 0 && granted.length > 0) {
    throw new OAuthError('invalid_target', 'no resource of the grant is still allowed for this client');
  }
  const allowed = granted.length > 0 ? live : metadata.audiences;
  const chosen = resolveResources({ requested: requested.map(parseResource), allowed });
  return chosen.length > 0 ? chosen : live;
}
