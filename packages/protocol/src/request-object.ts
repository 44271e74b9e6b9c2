import { audienceList, readClaims } from './claims.ts';
import type { Profile } from './client-metadata.ts';
import { OAuthError } from './errors.ts';
import { allowsAlgorithm } from './jose/algorithms.ts';
import { JoseError } from './jose/jose-error.ts';
import type { Jwk } from './jose/jwk.ts';
import { selectKeys } from './jose/jwk-set.ts';
import { type DecodedJws, hasType, parseJws, parsePayload, verifyJws } from './jose/jws.ts';
import { importVerificationKey } from './jose/verification-key.ts';
import { type ParameterPairs, readRequestParameters } from './request-object-parameters.ts';

/** An authorization request as a signed JWT, taken apart. Nothing in it is proven before {@link verifyRequestObject}. */
export interface RequestObject {
  /** `typed`: `typ` says that it is one (RFC 9101 §10.8). `untyped`: none, or `JWT`, as in OpenID Connect Core §6. */
  readonly form: 'typed' | 'untyped';
  readonly clientId: string | undefined;
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  readonly audience: readonly string[] | undefined;
  readonly jti: string | undefined;
  /** Epoch seconds, as are the other times. */
  readonly expiresAt: number | undefined;
  readonly notBefore: number | undefined;
  readonly issuedAt: number | undefined;
  /** The authorization request. */
  readonly parameters: ParameterPairs;
  readonly jws: DecodedJws;
}

/** What a profile asks of request objects beyond what is asked of all. */
export interface RequestObjectRules {
  readonly requireType: boolean;
  /** `iss` and `aud` must be there. Where they need not, what is there is checked all the same. */
  readonly requireIssuerAndAudience: boolean;
  /** `nbf` at most 60 minutes ago, and `exp` at most 60 minutes after it. */
  readonly requireLifetime: boolean;
}

const open: RequestObjectRules = {
  requireType: false,
  requireIssuerAndAudience: false,
  requireLifetime: false,
};
const strict: RequestObjectRules = { ...open, requireType: true, requireIssuerAndAudience: true };

/** @see RFC 9101 §4, §10.8, OpenID Connect Core §6.1, FAPI 2.0 Message Signing §5.3.1 */
export const requestObjectRules: Readonly<Record<Profile, RequestObjectRules>> = {
  standard: open,
  'oidc-core': open,
  strict,
  'fapi2-security': { ...strict, requireLifetime: true },
};

export interface RequestObjectExpectation {
  /** The client that is named outside the object, or that authenticated. */
  readonly clientId: string;
  /** This client's keys. */
  readonly keys: readonly Jwk[];
  /** The client's `request_object_signing_alg`, else the profile's list. */
  readonly algorithms: readonly string[];
  /** Ours; `aud` may hold others beside it. */
  readonly issuer: string;
  readonly rules: RequestObjectRules;
  /** Epoch seconds. */
  readonly now: number;
  readonly skewSeconds: number;
}

const maxBytes = 65_536;
const longestSeconds = 3600;

/**
 * Takes a request object apart: strict JOSE with a signature, a `typ` that is no other token's, claims of their types, and the
 * parameters of an authorization request. Unsigned and encrypted objects are refused. Verifies nothing.
 * @throws {OAuthError} `invalid_request_object`
 * @see RFC 9101 §4, §10.8, OpenID Connect Core §6.1
 */
export function parseRequestObject(text: string): RequestObject {
  try {
    const jws = parseJws(text, { maxBytes });
    const payload = parsePayload(jws);
    const claims = readClaims(payload, requestObjectRefusal);
    return {
      form: formOf(jws),
      clientId: claims.optionalText('client_id', 256),
      issuer: claims.optionalText('iss', 256),
      subject: claims.optionalText('sub'),
      audience: Object.hasOwn(payload, 'aud') ? audienceList(claims.audience()) : undefined,
      jti: claims.optionalText('jti', 256),
      expiresAt: claims.optionalTime('exp'),
      notBefore: claims.optionalTime('nbf'),
      issuedAt: claims.optionalTime('iat'),
      parameters: readRequestParameters(payload),
      jws,
    };
  } catch (error) {
    if (error instanceof JoseError) throw requestObjectRefusal(error.message, error);
    throw error;
  }
}

/**
 * Verifies who made the object, for whom, when, and its signature. Does NOT enforce single use of the `jti`, and does not look at the
 * authorization request in it: the caller's steps do, as at one that came in the open.
 * @throws {OAuthError} `invalid_request_object`
 * @see RFC 9101 §4, §6.2, §6.3, OpenID Connect Core §6.3, FAPI 2.0 Message Signing §5.3.1
 */
export async function verifyRequestObject(
  object: RequestObject,
  expected: RequestObjectExpectation,
): Promise<void> {
  if (expected.rules.requireType && object.form === 'untyped') {
    throw requestObjectRefusal('typ is not oauth-authz-req+jwt');
  }
  validateParties(object, expected);
  validateTimes(object, expected);
  if (!allowsAlgorithm(expected.algorithms, object.jws.algorithm)) {
    throw requestObjectRefusal('the signature algorithm is not the one registered, or not accepted');
  }
  for (const jwk of selectKeys({ keys: expected.keys }, object.jws.header)) {
    if (await verifies(object.jws, jwk)) return;
  }
  throw requestObjectRefusal('no key of the client verifies the signature');
}

/** A `typ` of another kind of token is no mistake of the client's (RFC 8725 §3.11). */
function formOf({ header }: DecodedJws): RequestObject['form'] {
  if (hasType(header, 'oauth-authz-req+jwt')) return 'typed';
  if (header.typ === undefined || hasType(header, 'JWT')) return 'untyped';
  throw requestObjectRefusal('typ is that of another kind of token');
}

function validateParties(object: RequestObject, { clientId, issuer, rules }: RequestObjectExpectation): void {
  // RFC 9101 §6.3 wants it identical, and so there; OpenID Connect Core §6.1 wants it equal where it is there.
  if (object.clientId === undefined ? object.form === 'typed' : object.clientId !== clientId) {
    throw requestObjectRefusal('client_id is not that of the request');
  }
  if (object.issuer === undefined ? rules.requireIssuerAndAudience : object.issuer !== clientId) {
    throw requestObjectRefusal('iss is not the client');
  }
  if (object.audience === undefined ? rules.requireIssuerAndAudience : !object.audience.includes(issuer)) {
    throw requestObjectRefusal('aud does not contain the issuer of this server');
  }
  // The mark of a client assertion (RFC 7523 §3), which is to be no request, nor the other way round (RFC 9101 §10.8).
  if (object.subject === clientId) throw requestObjectRefusal('sub is the client');
}

function validateTimes(object: RequestObject, { rules, now, skewSeconds }: RequestObjectExpectation): void {
  const { expiresAt, notBefore, issuedAt } = object;
  if (expiresAt !== undefined && expiresAt <= now - skewSeconds) throw requestObjectRefusal('it has expired');
  if (notBefore !== undefined && notBefore > now + skewSeconds)
    throw requestObjectRefusal('nbf is in the future');
  if (issuedAt !== undefined && issuedAt > now + skewSeconds)
    throw requestObjectRefusal('iat is in the future');
  if (!rules.requireLifetime) return;
  if (expiresAt === undefined) throw requestObjectRefusal('exp is missing');
  if (notBefore === undefined) throw requestObjectRefusal('nbf is missing');
  if (notBefore < now - longestSeconds - skewSeconds) {
    throw requestObjectRefusal('nbf is more than 60 minutes in the past');
  }
  if (expiresAt - notBefore > longestSeconds) {
    throw requestObjectRefusal('exp is more than 60 minutes after nbf');
  }
}

async function verifies(jws: DecodedJws, jwk: Jwk): Promise<boolean> {
  try {
    return await verifyJws(jws, importVerificationKey(jwk, jws.header.alg));
  } catch (error) {
    if (error instanceof JoseError) return false;
    throw error;
  }
}

/** What is wrong is told: whoever made the object may know, and the key to it is nobody's secret here. */
function requestObjectRefusal(problem: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_request_object', `the request object is not valid: ${problem}`, { cause });
}
