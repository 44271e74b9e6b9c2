import { createHash, timingSafeEqual } from 'node:crypto';
import { OAuthError } from './errors.ts';
import { decodeBase64url } from './jose/base64url.ts';
import { JoseError } from './jose/jose-error.ts';
import type { Parameters } from './params.ts';

/** A challenge as sent to the authorization endpoint; `S256` is the only method there is. */
export type CodeChallenge = { challenge: string; method: 'S256' };

/**
 * Reads `code_challenge` and `code_challenge_method`; undefined if neither was sent. A challenge without a method means
 * `plain` by RFC 7636 §4.3 and is refused like `plain` itself. Whether a challenge is required is the caller's to know.
 * @throws {OAuthError} `invalid_request` with feature `pkce`
 * @see RFC 7636 §4.2, §4.3, §4.4.1, RFC 9700 §2.1.1
 */
export function parseCodeChallenge(parameters: Parameters): CodeChallenge | undefined {
  const challenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method');
  if (challenge === undefined && method === undefined) return undefined;
  if (challenge === undefined) throw refusal('code_challenge_method was sent without code_challenge');
  if (method !== 'S256')
    throw refusal('transform algorithm not supported, code_challenge_method must be S256');
  if (challenge.length !== 43 || !isBase64url(challenge)) {
    throw refusal('code_challenge must be the base64url form of a SHA-256 hash, 43 characters');
  }
  return { challenge, method };
}

/**
 * Checks the form of a verifier: 43 to 128 unreserved characters. A malformed one gets `invalid_grant`, not
 * `invalid_request`: §4.6 demands that code of every verifier that does not match, and a malformed one never can.
 * @throws {OAuthError} `invalid_grant` with feature `pkce`
 * @see RFC 7636 §4.1, §4.6
 */
export function parseCodeVerifier(value: string): string {
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(value)) {
    throw new OAuthError('invalid_grant', 'code_verifier does not match', {
      detail: 'code_verifier is not 43 to 128 unreserved characters',
      feature: 'pkce',
    });
  }
  return value;
}

/**
 * Whether a verifier hashes to the challenge, compared in constant time.
 * @see RFC 7636 §4.6
 */
export function verifyCodeVerifier(challenge: CodeChallenge, verifier: string): boolean {
  const computed = createHash('sha256').update(verifier, 'ascii').digest('base64url');
  const [left, right] = [Buffer.from(computed), Buffer.from(challenge.challenge)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function isBase64url(text: string): boolean {
  try {
    decodeBase64url(text);
    return true;
  } catch (error) {
    if (error instanceof JoseError) return false;
    throw error;
  }
}

function refusal(description: string): OAuthError {
  return new OAuthError('invalid_request', description, { feature: 'pkce' });
}
