import { audienceList, mergeClaims, readClaims } from './claims.ts';
import { OAuthError } from './errors.ts';
import type { SigningAlgorithmName } from './jose/algorithms.ts';
import { JoseError } from './jose/jose-error.ts';
import { type DecodedJws, hasType, parsePayload } from './jose/jws.ts';
import { type SigningKeyRef, tokenHash } from './token-hash.ts';

/** Claims of an id token under their wire names; further ones may be there. */
export interface IdTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly auth_time?: number;
  readonly nonce?: string;
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly azp?: string;
  readonly at_hash?: string;
  readonly c_hash?: string;
  readonly sid?: string;
  readonly [claim: string]: unknown;
}

export interface IdTokenInput {
  readonly key: SigningKeyRef;
  readonly issuer: string;
  /** As this client sees it: pairwise where that is registered. */
  readonly subject: string;
  readonly clientId: string;
  /** Epoch seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Put in unchanged, if the request had one. */
  readonly nonce?: string | undefined;
  readonly authTime?: number | undefined;
  readonly acr?: string | undefined;
  /** RFC 8176 values. */
  readonly amr?: readonly string[] | undefined;
  readonly sid?: string | undefined;
  /** Becomes `azp`; only for an extension that asks for it, since the audience is one. */
  readonly authorizedParty?: string | undefined;
  /** Issued beside: becomes `at_hash`. */
  readonly accessToken?: string | undefined;
  /** Issued beside: becomes `c_hash`. */
  readonly code?: string | undefined;
  /** Claims about the user. None may bear the name of a claim above. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

export interface IdTokenHeader {
  readonly typ: 'JWT';
  readonly alg: SigningAlgorithmName;
  readonly kid: string;
  readonly [member: string]: unknown;
}

/**
 * Header and claims of an id token, unsigned. The audience is the client alone.
 * @throws {OAuthError} `server_error` if an extra claim bears a reserved name
 * @see OpenID Connect Core §2, §3.1.3.6
 */
export function buildIdToken(input: IdTokenInput): { header: IdTokenHeader; claims: IdTokenClaims } {
  const { alg, kid } = input.key;
  const own = {
    iss: input.issuer,
    sub: input.subject,
    aud: input.clientId,
    exp: input.expiresAt,
    iat: input.issuedAt,
    auth_time: input.authTime,
    nonce: input.nonce,
    acr: input.acr,
    amr: input.amr === undefined || input.amr.length === 0 ? undefined : input.amr,
    azp: input.authorizedParty,
    at_hash: input.accessToken === undefined ? undefined : tokenHash(input.accessToken, alg),
    c_hash: input.code === undefined ? undefined : tokenHash(input.code, alg),
    sid: input.sid,
    jti: undefined,
    nbf: undefined,
    cnf: undefined,
  };
  return { header: { typ: 'JWT', alg, kid }, claims: mergeClaims(own, input.claims) as IdTokenClaims };
}

export interface IdTokenHintExpectation {
  readonly issuer: string;
  /** Epoch seconds. */
  readonly now: number;
  readonly skewSeconds: number;
}

/**
 * Reads the claims of one of our own id tokens that came back as `id_token_hint`. An expired one is accepted, as the
 * standards ask; one of another type, another issuer or from the future is not. The signature must have been verified
 * before. Does not check to which client it was issued, nor whether the session still lives.
 * @throws {OAuthError} `invalid_request`
 * @see OpenID Connect Core §3.1.2.1, OpenID Connect RP-Initiated Logout §2
 */
export function parseIdTokenHint(jws: DecodedJws, expected: IdTokenHintExpectation): IdTokenClaims {
  if (jws.header.typ !== undefined && !hasType(jws.header, 'JWT')) throw refusal('typ is not JWT');
  const payload = payloadOf(jws);
  const claims = readClaims(payload, refusal);
  if (claims.text('iss') !== expected.issuer) throw refusal('another issuer');
  if (claims.time('iat') > expected.now + expected.skewSeconds) throw refusal('issued in the future');
  if (audienceList(claims.audience()).length !== 1) throw refusal('more than one audience');
  claims.text('sub');
  claims.time('exp');
  claims.optionalText('sid');
  claims.optionalTime('auth_time');
  claims.optionalText('acr');
  claims.optionalText('nonce', 4096);
  claims.optionalList('amr');
  return payload as IdTokenClaims;
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
  return new OAuthError('invalid_request', 'id_token_hint is not one of our id tokens', { detail, cause });
}
