/** Characters of RFC 3986, with well-formed percent-encoding; no space, control, backslash or quote. */
const uriText = /^(?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/;
const hierarchical = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)/;

/** The parts of a URI as they were written, before any reader has normalised them. */
export interface UriParts {
  /** Lower case, without colon. */
  readonly scheme: string;
  /** Text between `//` and the path; undefined where there is no `//`. */
  readonly authority: string | undefined;
  readonly path: string;
  readonly hasFragment: boolean;
  readonly url: URL;
}

/**
 * Takes an absolute URI apart; undefined if it is not one by RFC 3986 and by the WHATWG rules together, or if the two
 * would see different hosts (`https:/host`, `http://127.1`, `%` or other spellings in the host). Length is not bounded.
 */
export function parseAbsoluteUri(value: string): UriParts | undefined {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(value)?.[1]?.toLowerCase();
  if (scheme === undefined || !uriText.test(value) || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const match = hierarchical.exec(value);
  const authority = match?.[2];
  const isWeb = scheme === 'https' || scheme === 'http';
  if (isWeb && (authority === undefined || !isSameHost(authority, url))) return undefined;
  const path = match?.[3] ?? value.slice(scheme.length + 1).split(/[?#]/, 1)[0] ?? '';
  return { scheme, authority, path, hasFragment: value.includes('#'), url };
}

/** Whether a path has `.` or `..` segments, plain or percent-encoded, which clients remove before they request it. */
export function hasDotSegments(path: string): boolean {
  return path
    .replaceAll(/%2e/gi, '.')
    .split('/')
    .some((segment) => segment === '.' || segment === '..');
}

function isSameHost(authority: string, url: URL): boolean {
  const host = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
  const defaultPort = url.protocol === 'https:' ? ':443' : ':80';
  return url.host !== '' && (host === url.host || host === `${url.host}${defaultPort}`);
}
