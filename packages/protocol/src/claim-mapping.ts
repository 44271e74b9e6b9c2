import { OAuthError } from './errors.ts';
import { isJsonObject } from './jose/strict-json.ts';
import { parseScope } from './scope.ts';
import { scopeOfClaim } from './standard-claims.ts';

/** Where a mapped claim is put. */
export type ClaimTarget = 'id_token' | 'userinfo' | 'access_token';

export type FixedValue = string | number | boolean | readonly string[];

/** Groups whose name begins with `prefix`; with `strip` the prefix is left off. */
export interface GroupFilter {
  readonly prefix: string;
  readonly strip: boolean;
}

/** One claim of a client's own: what it is called, where it goes, and where its value comes from (exactly one source). */
export interface ClaimMapping {
  readonly claim: string;
  readonly in: readonly ClaimTarget[];
  /** Only for grants that hold this scope. */
  readonly scope?: string;
  readonly fixed?: FixedValue;
  /** An attribute of the tenant's own, or a standard claim, by its name. */
  readonly attribute?: string;
  readonly groups?: GroupFilter;
}

const targets: readonly ClaimTarget[] = ['id_token', 'userinfo', 'access_token'];
const sources = ['fixed', 'attribute', 'groups'] as const;
const members: ReadonlySet<string> = new Set(['claim', 'in', 'scope', ...sources]);
const maxMappings = 50;
const maxText = 256;
const maxValues = 50;
const claimForm = /^[A-Za-z0-9](?:[A-Za-z0-9._:/~-]{0,126}[A-Za-z0-9/])?$/;

/** Claims that the protocol or this server gives a meaning; a mapping may not speak in their name. */
const reserved: ReadonlySet<string> = new Set(
  [
    'iss sub aud exp nbf iat jti auth_time nonce acr amr azp at_hash c_hash s_hash sid cnf act may_act scope client_id',
    'typ grant_id userinfo_claims events active token_type username sub_id sub_jwk authorization_details',
    'token_introspection _claim_names _claim_sources __proto__ constructor principal_type tenant assurance txn',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Checks the claim mappings of a client's registration: at most 50, each with a claim that is neither of the protocol nor a
 * standard one, at least one place, and exactly one source. No two speak of one claim in one place. Does not know which
 * attributes or groups there are.
 * @throws {OAuthError} `invalid_client_metadata`, saying which entry and why
 */
export function parseClaimMappings(value: unknown): readonly ClaimMapping[] {
  if (!Array.isArray(value)) throw refusal('is not an array');
  if (value.length > maxMappings) throw refusal(`has more than ${maxMappings} entries`);
  const mappings = value.map((entry: unknown, index) => parseMapping(entry, index));
  const seen = new Set<string>();
  for (const mapping of mappings) {
    for (const target of mapping.in) {
      const place = `${target} ${mapping.claim}`;
      if (seen.has(place)) throw refusal(`gives ${mapping.claim} twice in ${target}`);
      seen.add(place);
    }
  }
  return mappings;
}

function parseMapping(entry: unknown, index: number): ClaimMapping {
  const wrong = (problem: string): OAuthError => refusal(`entry ${index} ${problem}`);
  if (!isJsonObject(entry)) throw wrong('is not an object');
  const unknown = Object.keys(entry).find((name) => !members.has(name));
  if (unknown !== undefined) throw wrong('has a member that is not known');
  const own = (name: string): unknown => (Object.hasOwn(entry, name) ? entry[name] : undefined);
  const [claim, places, scope] = [own('claim'), own('in'), own('scope')];
  if (typeof claim !== 'string' || !claimForm.test(claim)) throw wrong('names no claim');
  if (reserved.has(claim) || scopeOfClaim(claim) !== undefined) {
    throw wrong(`names ${claim}, which has a meaning of its own`);
  }
  if (!isTargetList(places)) throw wrong('has no list of places: id_token, userinfo, access_token');
  if (scope !== undefined && !isOneScope(scope)) throw wrong('names no single scope');
  const named = sources.filter((name) => own(name) !== undefined);
  if (named.length !== 1) throw wrong('needs exactly one of fixed, attribute and groups');
  const base = { claim, in: [...new Set(places)], ...(scope !== undefined && { scope: scope as string }) };
  const [fixed, attribute, groups] = [own('fixed'), own('attribute'), own('groups')];
  if (fixed !== undefined) {
    if (!isFixed(fixed))
      throw wrong('has a fixed value that is no text, number, true, false or list of texts');
    return { ...base, fixed };
  }
  if (attribute !== undefined) {
    if (!isText(attribute)) throw wrong('names no attribute');
    return { ...base, attribute };
  }
  return { ...base, groups: parseFilter(groups, wrong) };
}

function parseFilter(value: unknown, wrong: (problem: string) => OAuthError): GroupFilter {
  if (!isJsonObject(value)) throw wrong('has groups that are not an object');
  const { prefix = '', strip = false, ...rest } = value;
  const isPrefix = prefix === '' || isText(prefix);
  if (!isPrefix || typeof strip !== 'boolean' || Object.keys(rest).length > 0) {
    throw wrong('filters groups by something else than prefix and strip');
  }
  return { prefix: prefix as string, strip };
}

function isTargetList(value: unknown): value is readonly ClaimTarget[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= targets.length &&
    value.every((place: unknown) => targets.some((target) => target === place))
  );
}

function isOneScope(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    return parseScope(value).length === 1;
  } catch {
    return false;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxText && !/\p{Cc}/u.test(value);
}

function isFixed(value: unknown): value is FixedValue {
  if (Array.isArray(value)) return value.length > 0 && value.length <= maxValues && value.every(isText);
  return isText(value) || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function refusal(problem: string): OAuthError {
  return new OAuthError('invalid_client_metadata', `claim_mappings ${problem}`);
}

/** What is known of the person that a token is about. */
export interface MappedPerson {
  /** Attributes and standard claims, by name. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Names, in an order that does not change. */
  readonly groups: readonly string[];
}

/** More than this in one claim would make a token that no header takes: refused rather than cut. */
const maxGroups = 200;

/**
 * The claims of one place. Pure. A source that gives nothing gives no claim, never a null or empty one; without a person only
 * fixed values remain.
 * @throws {OAuthError} `server_error` when a claim would hold more than 200 groups
 */
export function mapClaims(
  mappings: readonly ClaimMapping[],
  target: ClaimTarget,
  scope: readonly string[],
  person: MappedPerson | undefined,
): Readonly<Record<string, unknown>> {
  const entries = mappings
    .filter((mapping) => mapping.in.includes(target))
    .filter((mapping) => mapping.scope === undefined || scope.includes(mapping.scope))
    .map((mapping) => [mapping.claim, sourceValue(mapping, person)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ''));
}

function sourceValue(
  { claim, fixed, attribute, groups }: ClaimMapping,
  person: MappedPerson | undefined,
): unknown {
  if (fixed !== undefined) return fixed;
  if (person === undefined) return undefined;
  if (attribute !== undefined) {
    return Object.hasOwn(person.attributes, attribute) ? person.attributes[attribute] : undefined;
  }
  const { prefix = '', strip = false } = groups ?? {};
  const names = person.groups
    .filter((name) => name.startsWith(prefix))
    .map((name) => (strip ? name.slice(prefix.length) : name))
    .filter((name) => name !== '');
  if (names.length > maxGroups) {
    throw new OAuthError('server_error', 'the person is in too many groups for this client', {
      detail: `claim ${claim} would hold ${names.length} groups`,
    });
  }
  return names.length === 0 ? undefined : names;
}
