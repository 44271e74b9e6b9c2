/** The path of a request URL, read without parsing the whole of it. */

/** What stands between authority and query of an absolute URL. */
export function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const end = url.indexOf('?', start);
  return url.slice(start, end < 0 ? undefined : end);
}

/**
 * Whether a path arrived in the one spelling that we serve: without percent-encoding, and not one that a URL parser had
 * to change (`..`, doubled or turned slashes), so that no rule of a proxy in front is passed by under another name.
 * @param target the request target as it came over the wire; undefined where there was no wire
 */
export function isPlainPath(url: string, target: string | undefined): boolean {
  const path = pathOf(url);
  if (path.includes('%')) return false;
  if (target === undefined || !target.startsWith('/')) return true;
  return (
    target.startsWith(path) && (target.length === path.length || '?#'.includes(target.charAt(path.length)))
  );
}
