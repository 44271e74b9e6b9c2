import { OAuthError } from './errors.ts';
import { isJsonObject } from './jose/strict-json.ts';

/** Name, values pairs; values are never empty. */
export type ParameterPairs = readonly (readonly [string, readonly string[]])[];

/** Claims about the JWT itself, and proofs of who the client is: neither is a parameter of the request. */
const notParameters: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
]);

/** Parameters that are text in a query and text in a JWT. Of a name we do not know, whatever is no text is left out. */
const textParameters: ReadonlySet<string> = new Set([
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'response_mode',
  'prompt',
  'display',
  'ui_locales',
  'claims_locales',
  'id_token_hint',
  'login_hint',
  'acr_values',
  'dpop_jkt',
  'consent_hash',
]);

const maxMembers = 100;
const maxNameLength = 256;
const maxResources = 50;

/**
 * The parameters of an authorization request among the claims of a request object, in the form that a query would give them:
 * `max_age` as a number, `claims` and `registration` as objects and `resource` as a list become text. Empty ones are absent.
 * @throws {OAuthError} `invalid_request_object`; with a `request` or `request_uri` inside, too
 * @see RFC 9101 §4, OpenID Connect Core §6.1, RFC 8707 §2
 */
export function readRequestParameters(claims: Readonly<Record<string, unknown>>): ParameterPairs {
  const entries = Object.entries(claims).filter(([name]) => !notParameters.has(name));
  if (entries.length > maxMembers) throw refusal('it has too many members');
  return entries.flatMap(([name, value]) => {
    if (name.length > maxNameLength) throw refusal('the name of a member is too long');
    const values = valuesOf(name, value).filter((text) => text !== '');
    if (values.some((text) => text.includes('\0'))) throw refusal(`${name} has a NUL character`);
    return values.length === 0 ? [] : [[name, values] as const];
  });
}

function valuesOf(name: string, value: unknown): readonly string[] {
  switch (name) {
    case 'request':
    case 'request_uri':
      throw refusal(`${name} cannot be inside a request object`);
    case 'max_age':
      return [typeof value === 'number' ? wholeNumber(name, value) : text(name, value)];
    case 'claims':
    case 'registration':
      if (!isJsonObject(value)) throw refusal(`${name} is not a JSON object`);
      return [JSON.stringify(value)];
    case 'resource':
      return resources(value);
    default:
      if (textParameters.has(name)) return [text(name, value)];
      return typeof value === 'string' ? [value] : [];
  }
}

function text(name: string, value: unknown): string {
  if (typeof value !== 'string') throw refusal(`${name} is not a string`);
  return value;
}

function wholeNumber(name: string, value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw refusal(`${name} is not a whole number`);
  return String(value);
}

function resources(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > maxResources) throw refusal('resource has too many entries');
  return list.map((entry) => text('resource', entry));
}

function refusal(problem: string): OAuthError {
  return new OAuthError('invalid_request_object', `the request object is not valid: ${problem}`);
}
