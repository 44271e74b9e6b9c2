import { OAuthError } from './errors.ts';
import { JoseError } from './jose/jose-error.ts';
import { isJsonObject, parseStrictJsonObject } from './jose/strict-json.ts';

/** One claim that a client asks for by name. */
export interface RequestedClaim {
  /** As sent; a language tag may follow it, as in `family_name#ja-Kana-JP`. */
  readonly name: string;
  readonly essential: boolean;
  /** Wanted with this value. A string for `sub` and `acr`. */
  readonly value?: unknown;
  /** Wanted with one of these, the first preferred. Never empty; strings for `sub` and `acr`. */
  readonly values?: readonly unknown[];
}

/** The `claims` request parameter. Lists, since the names are the sender's; plain JSON, so that it can be stored as it is. */
export interface ClaimsRequest {
  readonly userinfo: readonly RequestedClaim[];
  readonly idToken: readonly RequestedClaim[];
}

const maxBytes = 8192;
/** Extensions nest deeply below members that we ignore. */
const maxDepth = 16;
const maxClaims = 100;
const maxValues = 50;
const maxNameLength = 256;

/** Claims whose values are text by definition: another kind of value is not a valid value for them. */
const textClaims: readonly string[] = ['sub', 'acr'];

/**
 * Parses the `claims` parameter: strict JSON of at most 8,192 bytes and 16 levels, at most 100 claims for each of
 * `userinfo` and `id_token`, at most 50 `values`. Members it does not know are ignored at every level, as the standard
 * asks; members it knows must have their form. Does not decide which claims exist, or which this client may have.
 * @throws {OAuthError} `invalid_request`
 * @see OpenID Connect Core §5.5, §5.5.1
 */
export function parseClaimsRequest(text: string): ClaimsRequest {
  const members = parseObject(text);
  return { userinfo: claimList(members, 'userinfo'), idToken: claimList(members, 'id_token') };
}

/** The request for one claim, without language tag; undefined when it was not asked for. */
export function findRequestedClaim(
  claims: readonly RequestedClaim[],
  name: string,
): RequestedClaim | undefined {
  return claims.find((claim) => claim.name === name);
}

/**
 * Whether a text is the wanted `value` and among the wanted `values`, where they are given; any text is, where neither
 * is. Values that are not text are never met.
 * @see OpenID Connect Core §5.5.1
 */
export function admitsValue({ value, values }: RequestedClaim, actual: string): boolean {
  return (value === undefined || value === actual) && (values === undefined || values.includes(actual));
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return parseStrictJsonObject(text, { maxBytes, maxDepth });
  } catch (error) {
    if (error instanceof JoseError) throw malformed(error.message, error);
    throw error;
  }
}

function claimList(members: Readonly<Record<string, unknown>>, target: string): readonly RequestedClaim[] {
  const requests = Object.hasOwn(members, target) ? members[target] : {};
  if (!isJsonObject(requests)) throw malformed(`${target} is not an object`);
  const entries = Object.entries(requests);
  if (entries.length > maxClaims) throw malformed(`${target} has more than ${maxClaims} members`);
  return entries.map(([name, request]) => claimOf(name, request));
}

function claimOf(name: string, request: unknown): RequestedClaim {
  if (name === '' || name.length > maxNameLength) throw malformed('a claim has no name, or a very long one');
  if (request === null) return { name, essential: false };
  if (!isJsonObject(request)) throw malformed('a claim is neither null nor an object');
  const member = (key: string): unknown => (Object.hasOwn(request, key) ? request[key] : undefined);
  const [essential, value, values] = [member('essential') ?? false, member('value'), member('values')];
  if (typeof essential !== 'boolean' || member('essential') === null)
    throw malformed('essential is not true or false');
  if (value === null) throw malformed('value is null');
  if (values !== undefined && !isValueList(values))
    throw malformed(`values is not a list of 1 to ${maxValues}`);
  const wanted = [...(value === undefined ? [] : [value]), ...(values ?? [])];
  if (textClaims.includes(name) && !wanted.every((one) => typeof one === 'string')) {
    throw malformed(`a value of ${name} is not a string`);
  }
  return { name, essential, ...(value !== undefined && { value }), ...(values !== undefined && { values }) };
}

function isValueList(values: unknown): values is readonly unknown[] {
  return Array.isArray(values) && values.length > 0 && values.length <= maxValues;
}

function malformed(problem: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_request', `the claims parameter is malformed: ${problem}`, { cause });
}
