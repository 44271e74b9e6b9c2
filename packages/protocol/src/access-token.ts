import { audienceList, formatAudience, mergeClaims, readClaims } from './claims.ts';
import { type Confirmation, parseConfirmation } from './confirmation.ts';
import { OAuthError } from './errors.ts';
import type { SigningAlgorithmName } from './jose/algorithms.ts';
import { JoseError } from './jose/jose-error.ts';
import { type DecodedJws, hasType, parsePayload } from './jose/jws.ts';
import { isJsonObject } from './jose/strict-json.ts';
import { formatScope, parseScope } from './scope.ts';
import { type SubjectKind, subjectKinds } from './subject-id.ts';
import type { SigningKeyRef } from './token-hash.ts';

/** Who acts for the subject; only the outermost one decides anything (RFC 8693 §4.1). */
export interface Actor {
  readonly sub: string;
  readonly iss?: string;
  readonly act?: Actor;
  readonly [claim: string]: unknown;
}

/** Claims of an access token under their wire names; further ones may be there. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  readonly client_id: string;
  readonly scope?: string;
  /** Ours: the kind of the subject. */
  readonly typ: SubjectKind;
  readonly auth_time?: number;
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** Ours: the grant that the token came from, for revocation. */
  readonly grant_id?: string;
  readonly cnf?: Confirmation;
  readonly act?: Actor;
  readonly [claim: string]: unknown;
}

export interface AccessTokenInput {
  readonly key: SigningKeyRef;
  readonly issuer: string;
  readonly subject: string;
  readonly kind: SubjectKind;
  /** At least one. */
  readonly audience: readonly string[];
  readonly clientId: string;
  readonly scope: readonly string[];
  /** Epoch seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly jti: string;
  readonly authTime?: number | undefined;
  readonly acr?: string | undefined;
  readonly amr?: readonly string[] | undefined;
  readonly grantId?: string | undefined;
  readonly confirmation?: Confirmation | undefined;
  readonly actor?: Actor | undefined;
  /** Further claims. None may bear the name of a claim above, nor `nbf`. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

export interface AccessTokenHeader {
  readonly typ: 'at+jwt';
  readonly alg: SigningAlgorithmName;
  readonly kid: string;
  readonly [member: string]: unknown;
}

/**
 * Header and claims of a JWT access token, unsigned.
 * @throws {OAuthError} `server_error` if an extra claim bears a reserved name, or there is no audience
 * @see RFC 9068 §2, RFC 8693 §4.1, RFC 7800 §3.1
 */
export function buildAccessToken(input: AccessTokenInput): {
  header: AccessTokenHeader;
  claims: AccessTokenClaims;
} {
  if (input.audience.length === 0) {
    throw new OAuthError('server_error', 'the token could not be built', {
      detail: 'an access token without aud',
    });
  }
  const own = {
    iss: input.issuer,
    sub: input.subject,
    aud: formatAudience(input.audience),
    exp: input.expiresAt,
    iat: input.issuedAt,
    jti: input.jti,
    client_id: input.clientId,
    scope: input.scope.length === 0 ? undefined : formatScope(input.scope),
    typ: input.kind,
    auth_time: input.authTime,
    acr: input.acr,
    amr: input.amr === undefined || input.amr.length === 0 ? undefined : input.amr,
    grant_id: input.grantId,
    cnf: input.confirmation,
    act: input.actor,
    nbf: undefined,
  };
  return {
    header: { typ: 'at+jwt', alg: input.key.alg, kid: input.key.kid },
    claims: mergeClaims(own, input.claims) as AccessTokenClaims,
  };
}

export interface AccessTokenExpectation {
  readonly issuer: string;
  /** Epoch seconds. */
  readonly now: number;
  readonly skewSeconds: number;
  /** If given, `aud` must contain it. Without, the audience is the caller's to check. */
  readonly audience?: string;
}

/**
 * Checks header type and claims of a JWT access token whose signature has ALREADY been verified. Does not look at
 * revocation and does not compare `cnf` with a proof: whoever takes a token with `cnf` must do so.
 * @throws {OAuthError} `invalid_token`
 * @see RFC 9068 §4
 */
export function parseAccessToken(jws: DecodedJws, expected: AccessTokenExpectation): AccessTokenClaims {
  if (!hasType(jws.header, 'at+jwt')) throw refusal('typ is not at+jwt');
  try {
    return parseAccessTokenClaims(parsePayload(jws), expected);
  } catch (error) {
    if (error instanceof JoseError) throw refusal(error.message, error);
    throw error;
  }
}

/**
 * The claims part of {@link parseAccessToken}, for a payload whose signature and header type the caller has checked.
 * Claims beyond {@link AccessTokenClaims} are handed on unread.
 * @throws {OAuthError} `invalid_token`
 * @see RFC 9068 §2.2, §4
 */
export function parseAccessTokenClaims(
  payload: unknown,
  expected: AccessTokenExpectation,
): AccessTokenClaims {
  if (!isJsonObject(payload)) throw refusal('claims are not an object');
  const claims = readClaims(payload, refusal);
  if (claims.text('iss') !== expected.issuer) throw refusal('another issuer');
  const audience = claims.audience();
  if (expected.audience !== undefined && !audienceList(audience).includes(expected.audience)) {
    throw refusal('another audience');
  }
  for (const name of ['sub', 'jti', 'client_id']) claims.text(name);
  validateTimes(claims.time('exp'), claims.time('iat'), claims.optionalTime('nbf'), expected);
  const kind = claims.text('typ');
  if (!subjectKinds.some((candidate) => candidate === kind)) throw refusal('unknown kind of subject');
  validateScope(claims.optionalText('scope', 8192));
  claims.optionalTime('auth_time');
  claims.optionalText('acr');
  claims.optionalText('grant_id');
  claims.optionalList('amr');
  if (Object.hasOwn(payload, 'cnf')) parseConfirmation(payload.cnf);
  if (Object.hasOwn(payload, 'act')) validateActor(payload.act);
  return payload as AccessTokenClaims;
}

function validateTimes(
  expiresAt: number,
  issuedAt: number,
  notBefore: number | undefined,
  expected: AccessTokenExpectation,
): void {
  if (expiresAt <= expected.now - expected.skewSeconds) throw refusal('expired');
  if (issuedAt > expected.now + expected.skewSeconds) throw refusal('issued in the future');
  if (notBefore !== undefined && notBefore > expected.now + expected.skewSeconds)
    throw refusal('not valid yet');
}

function validateScope(scope: string | undefined): void {
  if (scope === undefined) return;
  try {
    parseScope(scope);
  } catch (cause) {
    throw refusal('scope is malformed', cause);
  }
}

function validateActor(actor: unknown): void {
  if (!isJsonObject(actor) || typeof actor.sub !== 'string' || actor.sub === '')
    throw refusal('act has no sub');
  if (Object.hasOwn(actor, 'act')) validateActor(actor.act);
}

/** One description for every case: a caller must not learn how far a forged token came. */
function refusal(detail: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_token', 'the access token is not valid', { detail, cause });
}
