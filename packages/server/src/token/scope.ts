import { OAuthError, parseScope } from '@countersign/protocol';
import type { ClientRecord } from '../storage/ports.ts';

/**
 * Without scope the granted one; with scope a part of it, for this access token only (RFC 6749 §6). What has been taken
 * from the client's registration since is not issued again.
 */
export function narrowScope(
  all: readonly string[],
  { metadata }: ClientRecord,
  requested: string | undefined,
): readonly string[] {
  const granted = all.filter((value) => metadata.scope.includes(value));
  const scope = requested === undefined ? granted : parseScope(requested);
  if (scope.length === 0 || !scope.every((value) => granted.includes(value))) {
    throw new OAuthError('invalid_scope', 'a token cannot have more than was granted and is still allowed');
  }
  return scope;
}
