/** Whether an ID token that comes back as `id_token_hint` is one that this tenant issued. */
import { type IdTokenClaims, OAuthError, parseIdTokenHint } from '@countersign/protocol';
import { type DecodedJws, JoseError, parseJws, verifyJwsSync } from '@countersign/protocol/jose';
import type { KeyManager } from '../keys/index.ts';
import type { TenantRecord } from '../storage/ports.ts';

export interface IdTokenHints {
  /**
   * The claims of an ID token that this tenant signed under this issuer, expired or not, by a key that is current or
   * retired; else undefined, and why not is nobody's business. Retired keys are kept as long as the longest session.
   * Does not check which client the token was issued to, nor whether its session, client or person still lives. `sub` is
   * as that client sees it.
   * @throws {StorageError} when the keys cannot be read: never an answer by default
   * @see OpenID Connect Core §3.1.2.1, OpenID Connect RP-Initiated Logout §2
   */
  verify(tenant: TenantRecord, issuer: string, hint: string, now: number): Promise<IdTokenClaims | undefined>;
}

/** Another node's clock may be ahead of ours. */
const futureSkewSeconds = 10;

export function createIdTokenHints(parts: { readonly keys: Pick<KeyManager, 'published'> }): IdTokenHints {
  return {
    async verify(tenant, issuer, hint, now) {
      const jws = decode(hint);
      if (jws?.header.kid === undefined) return undefined;
      const { verification } = await parts.keys.published(tenant.id);
      const key = verification.get(jws.header.kid);
      if (key === undefined || !verifyJwsSync(jws, key)) return undefined;
      try {
        return parseIdTokenHint(jws, { issuer, now, skewSeconds: futureSkewSeconds });
      } catch (error) {
        if (error instanceof OAuthError) return undefined;
        throw error;
      }
    },
  };
}

function decode(hint: string): DecodedJws | undefined {
  try {
    return parseJws(hint);
  } catch (error) {
    if (error instanceof JoseError) return undefined;
    throw error;
  }
}
