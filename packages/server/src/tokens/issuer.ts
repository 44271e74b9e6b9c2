/**
 * Access and ID tokens. Issuing has two halves, so that a grant can put its atomic gate between them: `prepare…` decides
 * everything, finds the key and writes nothing of the grant; `finish` signs.
 */
import { buildAccessToken, buildIdToken, type Confirmation, type SubjectKind } from '@countersign/protocol';
import type { RequestContext } from '../http/context.ts';
import type { KeyManager } from '../keys/index.ts';
import type { Random } from '../ports.ts';
import type { AccessTokenRecord, ClientRecord } from '../storage/ports.ts';
import type { PublicSubjects } from '../subjects/index.ts';
import type { ResponseEncryption } from './response-encryption.ts';
import { hashSecret } from './secret.ts';
import { keyReference, signJwt } from './sign-jwt.ts';

/** How and when a person proved who they are. */
export interface Authentication {
  readonly sessionId: string | null;
  readonly authTime: number;
  readonly acr: string;
  readonly amr: readonly string[];
}

export interface AccessTokenRequest {
  readonly client: ClientRecord;
  /** Subject id; the token says it as this client may know it. */
  readonly subject: string;
  readonly kind: SubjectKind;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  readonly grantId: string | null;
  readonly authentication: Authentication | null;
  readonly confirmation: Confirmation | null;
  /** Names of claims that userinfo gives for this token beside those of the scope. */
  readonly userinfoClaims: readonly string[];
  /** Of the client's own mappings; none may bear the name of a claim of the protocol. */
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface PreparedAccessToken {
  readonly jti: string;
  readonly expiresIn: number;
  /** To be stored in the grant's own transaction; null for a JWT. */
  readonly record: AccessTokenRecord | null;
  /** Signs, or hands out the opaque value. Call after the gate. */
  finish(): Promise<string>;
}

export interface IdTokenRequest {
  readonly client: ClientRecord;
  /** Subject id, as above. */
  readonly subject: string;
  readonly authentication: Authentication;
  readonly authTimeRequired: boolean;
  readonly nonce: string | null;
  /** About the person; none may bear the name of a claim of the protocol. */
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface PreparedIdToken {
  /** Signs, and encrypts where the client registered that; the access token goes in as `at_hash`. */
  finish(accessToken: string): Promise<string>;
}

export interface TokenIssuer {
  prepareAccessToken(context: RequestContext, request: AccessTokenRequest): Promise<PreparedAccessToken>;
  prepareIdToken(context: RequestContext, request: IdTokenRequest): Promise<PreparedIdToken>;
}

export function createTokenIssuer(parts: {
  readonly keys: KeyManager;
  readonly publicSubjects: Pick<PublicSubjects, 'subFor'>;
  readonly random: Random;
  readonly encryption: ResponseEncryption;
  readonly lifetimes: { readonly accessTokenSeconds: number; readonly idTokenSeconds: number };
}): TokenIssuer {
  const { keys, publicSubjects, random, encryption, lifetimes } = parts;

  return {
    async prepareAccessToken(context, request) {
      const { tenant, now } = context;
      const key = await keys.signingKey(tenant.id, tenant.settings.defaultSigningAlgorithm);
      const expiresIn = lifetimes.accessTokenSeconds;
      const { authentication } = request;
      const { header, claims } = buildAccessToken({
        key: keyReference(key),
        issuer: context.issuer,
        subject: await publicSubjects.subFor(request.client, request.subject),
        kind: request.kind,
        audience: request.audience,
        clientId: request.client.id,
        scope: request.scope,
        issuedAt: now,
        expiresAt: now + expiresIn,
        jti: random.token(16),
        authTime: authentication?.authTime,
        acr: authentication?.acr,
        amr: authentication?.amr,
        grantId: request.grantId ?? undefined,
        confirmation: request.confirmation ?? undefined,
        claims: ownClaims(request),
      });
      const { jti } = claims;
      if (request.client.metadata.accessTokenFormat === 'jwt') {
        return {
          jti,
          expiresIn,
          record: null,
          finish: () => signJwt(key, { header, claims }),
        };
      }
      const token = `cs_at_${random.token(32)}`;
      const record: AccessTokenRecord = {
        tenant: tenant.id,
        hash: hashSecret('access-token', token),
        jti,
        clientId: request.client.id,
        subject: request.subject,
        grantId: request.grantId,
        claims,
        createdAt: now,
        expiresAt: now + expiresIn,
      };
      return { jti, expiresIn, record, finish: async () => token };
    },

    async prepareIdToken(context, request) {
      const key = await keys.signingKey(context.tenant.id, request.client.metadata.idTokenSignedResponseAlg);
      const encrypt = await encryption.find(request.client, 'idToken');
      const { authentication } = request;
      const input = {
        key: keyReference(key),
        issuer: context.issuer,
        subject: await publicSubjects.subFor(request.client, request.subject),
        clientId: request.client.id,
        issuedAt: context.now,
        expiresAt: context.now + lifetimes.idTokenSeconds,
        nonce: request.nonce ?? undefined,
        authTime: request.authTimeRequired ? authentication.authTime : undefined,
        acr: authentication.acr,
        amr: authentication.amr,
        sid: authentication.sessionId ?? undefined,
        claims: request.claims,
      };
      return {
        async finish(accessToken) {
          const jwt = await signJwt(key, buildIdToken({ ...input, accessToken }));
          return encrypt === undefined ? jwt : encrypt(jwt, 'JWT');
        },
      };
    },
  };
}

/** What only this server reads off its tokens. */
function ownClaims({ authentication, userinfoClaims, claims }: AccessTokenRequest): Record<string, unknown> {
  return {
    ...claims,
    ...(authentication?.sessionId && { sid: authentication.sessionId }),
    ...(userinfoClaims.length > 0 && { userinfo_claims: userinfoClaims }),
  };
}
