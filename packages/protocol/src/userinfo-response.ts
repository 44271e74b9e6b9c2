import { mergeClaims } from './claims.ts';
import type { SigningAlgorithmName } from './jose/algorithms.ts';
import type { SigningKeyRef } from './token-hash.ts';

export interface UserinfoResponseInput {
  readonly key: SigningKeyRef;
  readonly issuer: string;
  /** The client that the access token was issued to: the audience, and the only one. */
  readonly clientId: string;
  /** What the JSON answer would hold, `sub` included. None may bear the name of a claim that makes a token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface UserinfoResponseHeader {
  readonly typ: 'JWT';
  readonly alg: SigningAlgorithmName;
  readonly kid: string;
  readonly [member: string]: unknown;
}

/**
 * Header and claims of a signed userinfo answer, unsigned. It has neither `exp` nor `iat`: it says what is so now, to whoever
 * asked, and so it can never be taken for an ID token, which needs both.
 * @throws {OAuthError} `server_error` if a claim bears a reserved name
 * @see OpenID Connect Core §5.3.2
 */
export function buildUserinfoResponse(input: UserinfoResponseInput): {
  header: UserinfoResponseHeader;
  claims: Record<string, unknown>;
} {
  const { alg, kid } = input.key;
  const own = {
    iss: input.issuer,
    aud: input.clientId,
    exp: undefined,
    iat: undefined,
    nbf: undefined,
    jti: undefined,
    nonce: undefined,
    azp: undefined,
    at_hash: undefined,
    c_hash: undefined,
    cnf: undefined,
    events: undefined,
  };
  return { header: { typ: 'JWT', alg, kid }, claims: mergeClaims(own, input.claims) };
}
