/**
 * JWTs of ours whose signature this process has verified before, by digest: a token that is introspected again and again
 * costs one verification. Only signature, type and issuer are remembered; expiry, published keys and revocation are
 * asked of the present every time.
 */
import { hash } from 'node:crypto';
import type { AccessTokenClaims } from '@countersign/protocol';

export interface VerifiedToken {
  readonly tenant: string;
  readonly issuer: string;
  readonly kid: string;
  readonly claims: AccessTokenClaims;
}

export interface VerifiedTokens {
  find(token: string): VerifiedToken | undefined;
  remember(token: string, verified: VerifiedToken): void;
}

const maxRemembered = 10_000;

export function createVerifiedTokens(limit: number = maxRemembered): VerifiedTokens {
  const remembered = new Map<string, VerifiedToken>();
  const digest = (token: string): string => hash('sha256', token, 'base64url');
  return {
    find: (token) => remembered.get(digest(token)),
    remember(token, verified) {
      const oldest = remembered.size >= limit ? remembered.keys().next().value : undefined;
      if (oldest !== undefined) remembered.delete(oldest);
      remembered.set(digest(token), verified);
    },
  };
}
