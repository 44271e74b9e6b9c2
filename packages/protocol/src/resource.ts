import { OAuthError } from './errors.ts';
import { parseAbsoluteUri } from './uri.ts';

const maxLength = 2000;
const maxResources = 20;

/**
 * Checks a resource indicator and returns it unchanged: an absolute URI of at most 2000 characters without fragment or
 * user information. A query is allowed, though it SHOULD NOT be there. Does not know whether such a resource exists.
 * @throws {OAuthError} `invalid_target`
 * @see RFC 8707 §2
 */
export function parseResource(value: string): string {
  const parts = value.length > maxLength ? undefined : parseAbsoluteUri(value);
  if (parts === undefined || parts.hasFragment || parts.url.username !== '' || parts.url.password !== '') {
    throw new OAuthError('invalid_target', 'resource must be an absolute URI without fragment');
  }
  return value;
}

/**
 * The requested resources, each once and in order, if every one is allowed; compared as strings. Answers an empty list
 * when none was requested: which audience a token then has is the caller's rule.
 * @throws {OAuthError} `invalid_target`
 * @see RFC 8707 §2, §2.2
 */
export function resolveResources(input: {
  readonly requested: readonly string[];
  readonly allowed: readonly string[];
}): readonly string[] {
  const wanted = [...new Set(input.requested)];
  if (wanted.length > maxResources) throw new OAuthError('invalid_target', 'too many resources');
  if (!wanted.every((resource) => input.allowed.includes(resource))) {
    throw new OAuthError('invalid_target', 'the requested resource is unknown or not allowed');
  }
  return wanted;
}
