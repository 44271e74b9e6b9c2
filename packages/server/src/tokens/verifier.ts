/** Whether an access token that comes back is one of ours, alive, and for whom. */
import { type AccessTokenClaims, OAuthError, parseAccessToken } from '@countersign/protocol';
import { JoseError, parseJws, verifyJwsSync } from '@countersign/protocol/jose';
import type { KeyManager } from '../keys/index.ts';
import type { AccessTokenStore, ClientRecord, SubjectRecord, TenantRecord } from '../storage/ports.ts';
import type { PublicSubjects } from '../subjects/index.ts';
import type { Revocations } from './revocations.ts';
import { hashSecret } from './secret.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

export interface LiveAccessToken {
  /** `sub` is as the client knows it. */
  readonly claims: AccessTokenClaims;
  readonly client: ClientRecord;
  /** Subject id of whom the token is about. */
  readonly subject: string;
}

export interface AccessTokenVerifier {
  /**
   * The claims of a live token of this tenant, else undefined; why not is nobody's business. Checks signature, type,
   * issuer, expiry without skew, the revocation set, that client and subject are enabled, and that `sub` is one that the
   * client still has.
   * Does not check the audience, the scope, or a proof of possession.
   * @throws {StorageError} when the store cannot say: never an answer by default
   */
  verify(
    tenant: TenantRecord,
    issuer: string,
    token: string,
    now: number,
  ): Promise<LiveAccessToken | undefined>;
}

/** Another node's clock may be ahead of ours; expiry gets no such grace. */
const futureSkewSeconds = 10;

export function createAccessTokenVerifier(parts: {
  readonly keys: KeyManager;
  readonly accessTokens: AccessTokenStore;
  readonly revocations: Revocations;
  readonly publicSubjects: Pick<PublicSubjects, 'resolve'>;
  readonly findClient: (tenant: string, id: string) => Promise<ClientRecord | undefined>;
  readonly findSubject: (tenant: string, id: string) => Promise<SubjectRecord | undefined>;
}): AccessTokenVerifier {
  const { keys, accessTokens, revocations, publicSubjects, findClient, findSubject } = parts;
  const verified = createVerifiedTokens();

  async function readClaims(tenant: TenantRecord, issuer: string, token: string, now: number) {
    if (token.startsWith('cs_at_')) {
      const record = await accessTokens.find(tenant.id, hashSecret('access-token', token), now);
      return record?.claims as AccessTokenClaims | undefined;
    }
    return verifyJwt(tenant, issuer, token, now);
  }

  async function verifyJwt(tenant: TenantRecord, issuer: string, token: string, now: number) {
    const published = await keys.published(tenant.id);
    const known = verified.find(token);
    if (known !== undefined) {
      const current =
        known.tenant === tenant.id && known.issuer === issuer && published.verification.has(known.kid);
      return current && known.claims.exp > now ? known.claims : undefined;
    }
    try {
      const jws = parseJws(token);
      const kid = jws.header.kid ?? '';
      const key = published.verification.get(kid);
      if (key === undefined || !verifyJwsSync(jws, key)) return undefined;
      const claims = parseAccessToken(jws, { issuer, now, skewSeconds: futureSkewSeconds });
      if (claims.exp <= now) return undefined;
      verified.remember(token, { tenant: tenant.id, issuer, kid, claims });
      return claims;
    } catch (error) {
      if (error instanceof JoseError || error instanceof OAuthError) return undefined;
      throw error;
    }
  }

  return {
    async verify(tenant, issuer, token, now) {
      const claims = await readClaims(tenant, issuer, token, now);
      if (claims === undefined) return undefined;
      const client = await findClient(tenant.id, claims.client_id);
      if (client === undefined || client.disabledAt !== 0) return undefined;
      const subject = await publicSubjects.resolve(client, claims.sub);
      if (subject === undefined) return undefined;
      const revoked = await revocations.covers({
        tenant: tenant.id,
        jti: claims.jti,
        clientId: claims.client_id,
        subject,
        grantId: claims.grant_id,
        sessionId: typeof claims.sid === 'string' ? claims.sid : undefined,
        issuedAt: claims.iat,
      });
      if (revoked) return undefined;
      if (subject !== client.subject) {
        const record = await findSubject(tenant.id, subject);
        if (record === undefined || record.disabledAt !== 0) return undefined;
      }
      return { claims, client, subject };
    },
  };
}
