import { OAuthError } from './errors.ts';

/** The parameters of one request. A parameter without a value counts as absent (RFC 6749 §3.1). */
export interface Parameters {
  /** The value, or undefined. Of a repeatable parameter, the first value. */
  get(name: string): string | undefined;
  /** Every value in the order sent. More than one only for a repeatable parameter. */
  all(name: string): readonly string[];
  has(name: string): boolean;
  /** Each name once, in the order of first appearance. */
  names(): readonly string[];
}

export interface ParameterOptions {
  /** Names that may occur more than once. Default `resource` (RFC 8707) and `audience` (RFC 8693). */
  readonly repeatable?: readonly string[];
}

const maxLength = 131_072;
const maxParameters = 100;
const maxNameLength = 256;
const defaultRepeatable: readonly string[] = ['resource', 'audience'];

/**
 * Parses a query string (without `?`) or a form body. Guaranteed: percent-encoding and UTF-8 are valid, no NUL, at
 * most 100 parameters, 131,072 characters, and names of 256; no name occurs twice unless repeatable, not even once
 * with and once without a value. Does not bound single values and does not know which names exist.
 * @throws {OAuthError} `invalid_request`
 * @see RFC 6749 §3.1, §3.2, Appendix B
 */
export function parseParameters(encoded: string, options: ParameterOptions = {}): Parameters {
  if (encoded.length > maxLength) throw malformed('the request is too long');
  const repeatable = options.repeatable ?? defaultRepeatable;
  const values = new Map<string, string[]>();
  const pairs = encoded.split('&').filter((pair) => pair !== '');
  if (pairs.length > maxParameters) throw malformed('too many parameters');
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decodeComponent(equals < 0 ? pair : pair.slice(0, equals));
    const value = decodeComponent(equals < 0 ? '' : pair.slice(equals + 1));
    if (name.length > maxNameLength) throw malformed('a parameter name is too long');
    const seen = values.get(name);
    if (seen !== undefined && !repeatable.includes(name)) {
      throw malformed(`the parameter ${name} occurs more than once`);
    }
    const list = seen ?? [];
    if (value !== '') list.push(value);
    values.set(name, list);
  }
  return view(values);
}

/**
 * Reads Basic credentials, whose two halves are form-encoded inside. Both must be present and printable ASCII.
 * Does not look the client up.
 * @throws {OAuthError} `invalid_client`
 * @see RFC 6749 §2.3.1, Appendix A.1, A.2, RFC 7617 §2
 */
export function parseBasicCredentials(authorization: string): { clientId: string; clientSecret: string } {
  const match = /^Basic +([A-Za-z0-9+/]{1,8192}={0,2})$/i.exec(authorization);
  const encoded = match?.[1];
  if (encoded === undefined) throw badCredentials('not a Basic header');
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) throw badCredentials('not canonical base64');
  const text = bytes.toString('latin1');
  const colon = text.indexOf(':');
  if (colon < 0) throw badCredentials('no colon');
  const clientId = decodeCredential(text.slice(0, colon));
  const clientSecret = decodeCredential(text.slice(colon + 1));
  return { clientId, clientSecret };
}

const maxWords = 100;

/**
 * Splits a space-delimited list such as `prompt`, `acr_values` or `response_type`. Extra spaces are ignored.
 * @throws {OAuthError} `invalid_request` beyond 100 entries
 */
export function parseSpaceDelimited(value: string): readonly string[] {
  const words = value.split(' ').filter((word) => word !== '');
  if (words.length > maxWords) throw malformed('too many entries in a list');
  return words;
}

/**
 * Parses a decimal number without sign or leading zeros, at most 4,294,967,295: `max_age` and its like, in seconds.
 * @throws {OAuthError} `invalid_request` naming the parameter
 * @see OpenID Connect Core §3.1.2.1
 */
export function parseNonNegativeInteger(name: string, value: string): number {
  const number = /^(?:0|[1-9][0-9]{0,9})$/.test(value) ? Number(value) : Number.NaN;
  if (!(number <= 0xffff_ffff)) throw malformed(`${name} is not a whole number`);
  return number;
}

function view(values: ReadonlyMap<string, readonly string[]>): Parameters {
  const all = (name: string): readonly string[] => values.get(name) ?? [];
  return {
    all,
    get: (name) => all(name)[0],
    has: (name) => all(name).length > 0,
    names: () => [...values].filter(([, list]) => list.length > 0).map(([name]) => name),
  };
}

/** Raw characters outside ASCII are refused: a careless UTF-8 decoder in front of us may have put them there. */
function decodeComponent(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text)) throw malformed('the request has unencoded characters');
  let decoded: string;
  try {
    decoded = decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw malformed('the request is not well encoded', cause);
  }
  if (decoded.includes('\0')) throw malformed('the request has a NUL character');
  return decoded;
}

function decodeCredential(text: string): string {
  let decoded: string;
  try {
    decoded = decodeComponent(text);
  } catch (cause) {
    throw badCredentials('not form-encoded', cause);
  }
  if (!/^[\x20-\x7e]{1,2048}$/.test(decoded)) throw badCredentials('empty, too long or not printable ASCII');
  return decoded;
}

function malformed(description: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_request', description, { cause });
}

function badCredentials(detail: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_client', 'client authentication failed', {
    detail: `Basic credentials: ${detail}`,
    cause,
  });
}
