/**
 * POST /oauth2/introspect (RFC 7662). Only for authenticated callers. A client sees tokens that it owns or that are meant
 * for an audience it is registered for; unknown, expired, revoked and somebody else's all look the same.
 */
import { type AccessTokenClaims, audienceList, OAuthError } from '@countersign/protocol';
import type { Endpoint, RequestContext, Route } from './http/context.ts';
import { RateLimitError } from './http/error-response.ts';
import { readForm } from './http/form.ts';
import type { IntrospectAnswer } from './introspect-answer.ts';
import { type IntrospectCallerParts, identifyCaller } from './introspect-caller.ts';
import type { Vault } from './ports.ts';
import type {
  ClientRecord,
  RefreshFamilyRecord,
  RefreshFamilyStore,
  SubjectRecord,
} from './storage/ports.ts';
import type { MappedClaims, PublicSubjects } from './subjects/index.ts';
import { findLiveFamily } from './tokens/index.ts';

export interface IntrospectParts extends IntrospectCallerParts {
  readonly families: RefreshFamilyStore;
  readonly vault: Vault;
  readonly publicSubjects: Pick<PublicSubjects, 'subFor'>;
  readonly mappedClaims: MappedClaims;
  readonly findSubject: (tenant: string, id: string) => Promise<SubjectRecord | undefined>;
  readonly answer: IntrospectAnswer;
}

type Members = Readonly<Record<string, unknown>>;

const inactive: Members = { active: false };

export function createIntrospectRoute(parts: IntrospectParts): Route {
  const { brake, verifier, publicSubjects, mappedClaims, findSubject, answer } = parts;

  const endpoint: Endpoint = async (request, context) => {
    const form = await readForm(request);
    const caller = await identifyCaller(parts, request, context, form);
    const wait = brake.spendClient(context, caller);
    if (wait > 0) throw new RateLimitError(wait);
    const token = form.get('token');
    if (token === undefined) throw new OAuthError('invalid_request', 'token is missing');
    const members = token.startsWith('cs_rt_')
      ? await describeRefreshToken(context, caller, token)
      : await describeAccessToken(context, caller, token);
    return answer(request, context, caller, members);
  };

  async function describeAccessToken(
    context: RequestContext,
    caller: ClientRecord,
    token: string,
  ): Promise<Members> {
    const live = await verifier.verify(context.tenant, context.issuer, token, context.now);
    if (live === undefined || !maySee(caller, live.claims)) return inactive;
    const { claims, client, subject } = live;
    const scope = (claims.scope ?? '').split(' ');
    const mapped = await mappedClaims.find(client, subject, scope, ['access_token']);
    return {
      ...mapped.access_token,
      active: true,
      iss: claims.iss,
      sub: claims.sub,
      aud: claims.aud,
      client_id: claims.client_id,
      scope: claims.scope,
      token_type: claims.cnf?.jkt === undefined ? 'Bearer' : 'DPoP',
      exp: claims.exp,
      iat: claims.iat,
      jti: claims.jti,
      typ: claims.typ,
      acr: claims.acr,
      amr: claims.amr,
      auth_time: claims.auth_time,
      cnf: claims.cnf,
      act: claims.act,
    };
  }

  /** Only its own client may ask about a refresh token: nobody else ever sees one. */
  async function describeRefreshToken(
    context: RequestContext,
    caller: ClientRecord,
    token: string,
  ): Promise<Members> {
    const family = await findLiveFamily(parts, context.tenant.id, token, context.now);
    if (family === undefined || family.clientId !== caller.id) return inactive;
    const subject = await findSubject(context.tenant.id, family.subject);
    if (subject === undefined || subject.disabledAt !== 0) return inactive;
    return describeFamily(context, family, await publicSubjects.subFor(caller, family.subject));
  }

  return {
    method: 'POST',
    path: '/oauth2/introspect',
    endpoint,
    errors: 'oauth',
    cors: 'none',
    name: 'introspect',
  };
}

function describeFamily(context: RequestContext, family: RefreshFamilyRecord, sub: string): Members {
  return {
    active: true,
    iss: context.issuer,
    sub,
    client_id: family.clientId,
    scope: family.scope.join(' '),
    token_type: 'refresh_token',
    exp: Math.min(family.idleExpiresAt, family.expiresAt),
    iat: family.rotatedAt,
    acr: family.acr,
    amr: family.amr,
    auth_time: family.authTime,
    ...(family.confirmation !== null && { cnf: family.confirmation }),
  };
}

function maySee(caller: ClientRecord, claims: AccessTokenClaims): boolean {
  if (claims.client_id === caller.id) return true;
  const mine = [caller.id, ...caller.metadata.audiences];
  return audienceList(claims.aud).some((audience) => mine.includes(audience));
}
