import { audienceList, readClaims } from './claims.ts';
import { OAuthError } from './errors.ts';
import { allowsAlgorithm } from './jose/algorithms.ts';
import { JoseError } from './jose/jose-error.ts';
import type { Jwk } from './jose/jwk.ts';
import { selectKeys } from './jose/jwk-set.ts';
import { type DecodedJws, hasType, parseJws, parsePayload, verifyJws } from './jose/jws.ts';
import { importVerificationKey } from './jose/verification-key.ts';

export const clientAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A client assertion taken apart. Nothing in it is proven before {@link verifyClientAssertion}. */
export interface ClientAssertion {
  readonly clientId: string;
  readonly jti: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  readonly issuedAt: number | undefined;
  readonly notBefore: number | undefined;
  readonly audience: string | readonly string[];
  readonly jws: DecodedJws;
}

export interface ClientAssertionExpectation {
  /** The client's registered keys. */
  readonly keys: readonly Jwk[];
  /** Accepted algorithms: the profile's, narrowed to the client's `token_endpoint_auth_signing_alg`. */
  readonly algorithms: readonly string[];
  /** The values of `aud` that mean us: the issuer, and where the profile allows it the URL of this endpoint. */
  readonly audiences: readonly string[];
  /** True: `aud` must be a string. False: an array is taken too, but of one value. */
  readonly requireSingleStringAudience: boolean;
  /** Epoch seconds. */
  readonly now: number;
  readonly skewSeconds: number;
  /** How far ahead `exp` may lie, and how old `iat` may be. */
  readonly maxLifetimeSeconds: number;
}

const acceptedTypes = ['JWT', 'client-authentication+jwt'];

/**
 * Takes a client assertion apart: strict JOSE, issuer equal to subject, `jti` of 1 to 256 characters, `exp`, `aud`. A
 * `typ` of another kind of token is refused. Verifies nothing: use it to find the client, then
 * {@link verifyClientAssertion}.
 * @throws {OAuthError} `invalid_client`, the same to the caller in every case
 * @see RFC 7523 §3, RFC 7521 §4.2, RFC 8725 §3.11
 */
export function parseClientAssertion(assertion: string): ClientAssertion {
  try {
    const jws = parseJws(assertion, { maxBytes: 8192 });
    const claims = readClaims(parsePayload(jws), refusal);
    if (jws.header.typ !== undefined && !acceptedTypes.some((type) => hasType(jws.header, type))) {
      throw refusal('typ is that of another kind of token');
    }
    const clientId = claims.text('iss', 256);
    if (claims.text('sub', 256) !== clientId) throw refusal('iss and sub differ');
    return {
      clientId,
      jti: claims.text('jti', 256),
      expiresAt: claims.time('exp'),
      issuedAt: claims.optionalTime('iat'),
      notBefore: claims.optionalTime('nbf'),
      audience: claims.audience(),
      jws,
    };
  } catch (error) {
    if (error instanceof JoseError) throw refusal(error.message, error);
    throw error;
  }
}

/**
 * Verifies time, audience, algorithm and signature of an assertion against a client's keys. Does NOT enforce single
 * use: the caller claims (client, `jti`) until `expiresAt` plus skew, atomically and after this. Does not check that the keys
 * belong to `clientId`.
 * @throws {OAuthError} `invalid_client`, the same to the caller in every case
 * @see RFC 7523 §3, RFC 7523bis, FAPI 2.0 Security Profile §5.3.2.1
 */
export async function verifyClientAssertion(
  assertion: ClientAssertion,
  expected: ClientAssertionExpectation,
): Promise<void> {
  validateTimes(assertion, expected);
  validateAudience(assertion, expected);
  if (!allowsAlgorithm(expected.algorithms, assertion.jws.algorithm)) throw refusal('algorithm not accepted');
  for (const jwk of selectKeys({ keys: expected.keys }, assertion.jws.header)) {
    if (await verifies(assertion.jws, jwk)) return;
  }
  throw refusal('no registered key verifies the signature');
}

function validateTimes(assertion: ClientAssertion, expected: ClientAssertionExpectation): void {
  const { now, skewSeconds, maxLifetimeSeconds } = expected;
  if (assertion.expiresAt <= now - skewSeconds) throw refusal('expired');
  if (assertion.expiresAt > now + maxLifetimeSeconds + skewSeconds) throw refusal('exp lies too far ahead');
  if (assertion.notBefore !== undefined && assertion.notBefore > now + skewSeconds)
    throw refusal('not valid yet');
  if (assertion.issuedAt === undefined) return;
  if (assertion.issuedAt > now + skewSeconds) throw refusal('issued in the future');
  if (assertion.issuedAt < now - maxLifetimeSeconds - skewSeconds) throw refusal('issued too long ago');
}

/** One value: an assertion for two servers could be replayed by one at the other. */
function validateAudience(assertion: ClientAssertion, expected: ClientAssertionExpectation): void {
  if (expected.requireSingleStringAudience && typeof assertion.audience !== 'string') {
    throw refusal('aud is not a string');
  }
  const [audience, ...others] = audienceList(assertion.audience);
  if (audience === undefined || others.length > 0) throw refusal('aud has more than one value');
  if (!expected.audiences.includes(audience)) throw refusal('aud is not this server');
}

async function verifies(jws: DecodedJws, jwk: Jwk): Promise<boolean> {
  try {
    return await verifyJws(jws, importVerificationKey(jwk, jws.header.alg));
  } catch (error) {
    if (error instanceof JoseError) return false;
    throw error;
  }
}

function refusal(detail: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_client', 'client authentication failed', {
    detail: `client assertion: ${detail}`,
    cause,
  });
}
