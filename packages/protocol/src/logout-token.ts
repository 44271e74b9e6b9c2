import { audienceList, mergeClaims, readClaims } from './claims.ts';
import { OAuthError } from './errors.ts';
import { allowsAlgorithm, type SigningAlgorithmName } from './jose/algorithms.ts';
import { JoseError } from './jose/jose-error.ts';
import type { Jwk } from './jose/jwk.ts';
import { type JwkSet, selectKeys } from './jose/jwk-set.ts';
import { type DecodedJws, hasType, parseJws, parsePayload, verifyJws } from './jose/jws.ts';
import { isJsonObject } from './jose/strict-json.ts';
import { importVerificationKey } from './jose/verification-key.ts';
import type { SigningKeyRef } from './token-hash.ts';

/** The one event that a logout token tells of (OpenID Connect Back-Channel Logout §2.4). */
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';
/** "Preferably at most two minutes in the future" (§2.4). */
const maxLifetimeSeconds = 120;

/** Claims of a logout token under their wire names. */
export interface LogoutTokenClaims {
  readonly iss: string;
  readonly aud: string | readonly string[];
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly events: Readonly<Record<string, unknown>>;
  readonly sub?: string;
  readonly sid?: string;
  readonly [claim: string]: unknown;
}

export interface LogoutTokenInput {
  readonly key: SigningKeyRef;
  readonly issuer: string;
  readonly clientId: string;
  /** As this client sees it: pairwise where that is registered. */
  readonly subject?: string | undefined;
  readonly sid?: string | undefined;
  /** Epoch seconds; at most 120 apart. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly jti: string;
}

export interface LogoutTokenHeader {
  readonly typ: 'logout+jwt';
  readonly alg: SigningAlgorithmName;
  readonly kid: string;
  readonly [member: string]: unknown;
}

/**
 * Header and claims of a logout token, unsigned. The audience is the client alone; there is never a `nonce`, so that the
 * token cannot pass for an ID token.
 * @throws {OAuthError} `server_error` without subject and session, or with a longer life
 * @see OpenID Connect Back-Channel Logout §2.4
 */
export function buildLogoutToken(input: LogoutTokenInput): {
  header: LogoutTokenHeader;
  claims: LogoutTokenClaims;
} {
  if (input.subject === undefined && input.sid === undefined) throw misuse('neither subject nor session');
  const lifetime = input.expiresAt - input.issuedAt;
  if (lifetime <= 0 || lifetime > maxLifetimeSeconds) throw misuse('a lifetime that is not allowed');
  const { alg, kid } = input.key;
  const claims = mergeClaims({
    iss: input.issuer,
    sub: input.subject,
    aud: input.clientId,
    iat: input.issuedAt,
    exp: input.expiresAt,
    jti: input.jti,
    events: { [logoutEvent]: {} },
    sid: input.sid,
  });
  return { header: { typ: 'logout+jwt', alg, kid }, claims: claims as LogoutTokenClaims };
}

export interface LogoutTokenExpectation {
  readonly issuer: string;
  readonly clientId: string;
  /** Epoch seconds. */
  readonly now: number;
  readonly skewSeconds: number;
}

/**
 * Checks the claims of a logout token, for whoever receives one: type, issuer, audience, times, the event, a subject or a
 * session, no `nonce`. The signature must have been verified before. Does not remember the `jti`, and does not look for
 * the sessions that it ends.
 * @throws {OAuthError} `invalid_request`
 * @see OpenID Connect Back-Channel Logout §2.6
 */
export function parseLogoutToken(jws: DecodedJws, expected: LogoutTokenExpectation): LogoutTokenClaims {
  if (!hasType(jws.header, 'logout+jwt')) throw refusal('typ is not logout+jwt');
  const payload = payloadOf(jws);
  const claims = readClaims(payload, refusal);
  if (claims.text('iss') !== expected.issuer) throw refusal('another issuer');
  if (!audienceList(claims.audience()).includes(expected.clientId)) throw refusal('another audience');
  if (claims.time('iat') > expected.now + expected.skewSeconds) throw refusal('issued in the future');
  if (claims.time('exp') <= expected.now - expected.skewSeconds) throw refusal('expired');
  claims.text('jti', 256);
  if (claims.optionalText('sub') === undefined && claims.optionalText('sid') === undefined) {
    throw refusal('neither sub nor sid');
  }
  const { events } = payload;
  if (!isJsonObject(events) || !Object.hasOwn(events, logoutEvent) || !isJsonObject(events[logoutEvent])) {
    throw refusal('not the event of a logout');
  }
  if (Object.hasOwn(payload, 'nonce')) throw refusal('a nonce, which only an id token has');
  return payload as LogoutTokenClaims;
}

/**
 * Verifies the signature by the issuer's keys, in one of the algorithms that the client accepts for ID tokens, then
 * {@link parseLogoutToken}. What that leaves to the caller stays with the caller.
 * @throws {OAuthError} `invalid_request`
 * @see OpenID Connect Back-Channel Logout §2.6
 */
export async function verifyLogoutToken(
  token: string,
  expected: LogoutTokenExpectation & { readonly keys: JwkSet; readonly algorithms: readonly string[] },
): Promise<LogoutTokenClaims> {
  const jws = decode(token);
  if (!allowsAlgorithm(expected.algorithms, jws.algorithm)) throw refusal('algorithm not accepted');
  for (const jwk of selectKeys(expected.keys, jws.header)) {
    if (await verifies(jws, jwk)) return parseLogoutToken(jws, expected);
  }
  throw refusal('no key of the issuer verifies the signature');
}

function decode(token: string): DecodedJws {
  try {
    return parseJws(token);
  } catch (error) {
    if (error instanceof JoseError) throw refusal(error.message, error);
    throw error;
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

function payloadOf(jws: DecodedJws): Record<string, unknown> {
  try {
    return parsePayload(jws);
  } catch (error) {
    if (error instanceof JoseError) throw refusal(error.message, error);
    throw error;
  }
}

function refusal(detail: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_request', 'logout_token is not valid', { detail, cause });
}

function misuse(detail: string): OAuthError {
  return new OAuthError('server_error', 'the logout token could not be built', { detail });
}
