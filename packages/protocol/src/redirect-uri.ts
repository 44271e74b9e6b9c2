import { OAuthError, type ProfileFeature } from './errors.ts';
import { hasDotSegments, parseAbsoluteUri, type UriParts } from './uri.ts';

export type ApplicationType = 'web' | 'native';

const maxLength = 2000;
const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', '::1', 'localhost']);
const loopbackUri = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([0-9]{1,5}))?((?:[/?].*)?)$/;

/**
 * Checks a redirect URI at registration and returns it unchanged, since it is later compared character by character.
 * Guaranteed: absolute, at most 2000 characters of RFC 3986, no fragment, no user information, no wildcard, no dot
 * segments; the scheme is https, http on a loopback host, or for native clients a private-use scheme in reverse-domain
 * form. Does not resolve the host and does not know whose domain it is.
 * @throws {OAuthError} `invalid_redirect_uri` with feature `redirect_uri` or `wildcard_redirect`
 * @see RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1, OpenID Connect Registration §2
 */
export function parseRedirectUri(value: string, applicationType: ApplicationType): string {
  if (value.length > maxLength) throw refusal('a redirect URI is longer than 2000 characters');
  refuseWildcard(value);
  const parts = parseAbsoluteUri(value);
  if (parts === undefined) throw refusal('a redirect URI is not an absolute URI');
  if (parts.hasFragment) throw refusal('a redirect URI has a fragment');
  if (parts.url.username !== '' || parts.url.password !== '' || parts.authority?.includes('@')) {
    throw refusal('a redirect URI has user information');
  }
  if (hasDotSegments(parts.path)) throw refusal('a redirect URI has dot segments in its path');
  refuseScheme(parts, applicationType);
  return value;
}

/**
 * Whether a presented redirect URI is a registered one: the same string, and nothing else counts. The one exception is
 * for native clients: an http URI on a loopback host matches with any port, host and remainder being the same string.
 * @see RFC 9700 §2.1, §4.1.3, RFC 8252 §7.3
 */
export function matchRedirectUri(
  registered: readonly string[],
  presented: string,
  applicationType: ApplicationType,
): boolean {
  if (registered.includes(presented)) return true;
  const key = applicationType === 'native' ? withoutLoopbackPort(presented) : undefined;
  return key !== undefined && registered.some((uri) => withoutLoopbackPort(uri) === key);
}

/**
 * Whether a host name, as in `URL.hostname`, is one of the three loopback names: `127.0.0.1`, `[::1]`, `localhost`.
 * The rest of 127.0.0.0/8 and names that merely resolve to loopback are not.
 * @see RFC 8252 §7.3, §8.3
 */
export function isLoopbackHost(hostname: string): boolean {
  return loopbackHosts.has(hostname.toLowerCase());
}

function refuseWildcard(value: string): void {
  const [beforeQuery = ''] = value.split(/[?#]/, 1);
  if (beforeQuery.includes('*') || /%2a/i.test(beforeQuery)) {
    throw refusal('a redirect URI has a wildcard', 'wildcard_redirect');
  }
}

function refuseScheme(parts: UriParts, applicationType: ApplicationType): void {
  if (parts.scheme === 'https') return;
  if (parts.scheme === 'http') {
    if (isLoopbackHost(parts.url.hostname)) return;
    throw refusal('a redirect URI with http is not on a loopback host');
  }
  if (applicationType !== 'native') throw refusal('a redirect URI of a web client does not use https');
  if (!/^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+$/.test(parts.scheme)) {
    throw refusal('a private-use scheme is not a reversed domain name');
  }
}

function withoutLoopbackPort(uri: string): string | undefined {
  const match = loopbackUri.exec(uri);
  if (match === null || match[2] === '0' || Number(match[2] ?? 80) > 65_535) return undefined;
  return `${match[1]}${match[3]}`;
}

function refusal(description: string, feature: ProfileFeature = 'redirect_uri'): OAuthError {
  return new OAuthError('invalid_redirect_uri', description, { feature });
}
