/** POST /oauth2/token. The phases are numbered and every grant passes through all of them, in this order. */
import { type GrantType, OAuthError } from '@countersign/protocol';
import type { AuditLog } from '../audit/index.ts';
import type { ClientAuthenticator } from '../client-auth/index.ts';
import type { Endpoint, RequestContext, Route } from '../http/context.ts';
import { RateLimitError } from '../http/error-response.ts';
import { readForm } from '../http/form.ts';
import { privateAnswer } from '../http/private-answer.ts';
import type { ClientBrake } from '../privacy/index.ts';
import type { ClientRecord, SubjectRecord, TenantRecord } from '../storage/ports.ts';
import type { MappedClaims } from '../subjects/index.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { PreparedIdToken, TokenIssuer } from '../tokens/index.ts';
import type { Approval, Grant } from './grant.ts';
import { resolveRequestedClaims } from './requested-claims.ts';

export interface TokenEndpointParts {
  readonly clientAuth: ClientAuthenticator;
  readonly brake: ClientBrake;
  readonly grants: readonly Grant[];
  readonly issuer: TokenIssuer;
  readonly audit: AuditLog;
  readonly metrics: Metrics;
  readonly mappedClaims: MappedClaims;
  readonly findSubject: (tenant: string, id: string) => Promise<SubjectRecord | undefined>;
  /** That the client was given a token; does not wait. */
  readonly noteUse: (tenant: TenantRecord, client: ClientRecord, now: number) => void;
}

export function createTokenRoute(parts: TokenEndpointParts): Route {
  const { clientAuth, brake, issuer, audit, metrics } = parts;
  const grants = new Map<string, Grant>(parts.grants.map((grant) => [grant.type, grant]));

  const endpoint: Endpoint = async (request, context) => {
    const started = performance.now();

    // 1. Parse, once.
    const parameters = await readForm(request);

    // 2. Who asks. A failure is charged to its source (decision note 7).
    const client = await brake.guardClient(request, context, 'token', () =>
      clientAuth.authenticate(request, context, parameters, `${context.issuer}/oauth2/token`),
    );

    // 3. How often.
    const wait = brake.spendClient(context, client);
    if (wait > 0) throw new RateLimitError(wait);

    // 4. With what key. A client that must prove one cannot be served without (fail closed).
    if (client.metadata.senderConstraint !== 'none' || context.tenant.profile === 'fapi2-security') {
      throw new OAuthError(
        'invalid_dpop_proof',
        'this client must prove possession of a key, which this server cannot check',
      );
    }

    // 5. What is asked.
    const grant = resolveGrant(parameters.get('grant_type'), client);
    const approval = await grant.approve({ parameters, client, context });

    // 6. Prepare all that can fail; nothing is signed yet.
    const claims = await resolveRequestedClaims(approval.claimsRequest, client, () =>
      parts.findSubject(context.tenant.id, approval.subject),
    );
    const mapped = await parts.mappedClaims.find(client, approval.subject, approval.scope, [
      'access_token',
      'id_token',
    ]);
    const prepared = await issuer.prepareAccessToken(context, {
      client,
      userinfoClaims: claims.userinfo,
      claims: mapped.access_token,
      ...approval,
    });
    const personal = { ...claims.idToken, ...mapped.id_token };
    const preparedIdToken = await prepareIdToken(context, client, approval, personal);
    const facts = {
      action: 'token.issued',
      actor: { kind: 'client' as const, id: client.id },
      target: { kind: 'subject', id: approval.subject },
      details: {
        grant: grant.type,
        jti: prepared.jti,
        grant_id: approval.grantId,
        scope: approval.scope.join(' '),
      },
    };

    // 7. The gate: at most one caller gets past it, and the audit record commits with it.
    const stored = grant.stateful || prepared.record !== null;
    const trail = stored ? { audit: [audit.entry(context, facts)] } : {};
    const { refreshToken } = await approval.commit({ accessToken: prepared.record, trail });
    if (!stored) await audit.record(context, facts);

    // 8. Sign and answer.
    const accessToken = await prepared.finish();
    const idToken = await preparedIdToken?.finish(accessToken);
    parts.noteUse(context.tenant, client, context.now);
    metrics.tokenLatency.observe({ grant: grant.type }, (performance.now() - started) / 1000);
    const body = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: prepared.expiresIn,
      scope: approval.scope.join(' '),
      ...(idToken !== undefined && { id_token: idToken }),
      ...(refreshToken !== null && { refresh_token: refreshToken }),
    };
    return privateAnswer('application/json', JSON.stringify(body));
  };

  function resolveGrant(type: string | undefined, client: ClientRecord): Grant {
    if (type === undefined)
      throw new OAuthError('invalid_request', 'grant_type is missing', { feature: 'grant_type' });
    const grant = grants.get(type);
    if (grant === undefined) {
      throw new OAuthError('unsupported_grant_type', `this server offers ${[...grants.keys()].join(', ')}`, {
        feature: 'grant_type',
      });
    }
    if (!client.metadata.grantTypes.includes(grant.type as GrantType)) {
      throw new OAuthError('unauthorized_client', `this client is not registered for ${grant.type}`, {
        feature: 'grant_type',
      });
    }
    return grant;
  }

  async function prepareIdToken(
    context: RequestContext,
    client: ClientRecord,
    { idToken, authentication, subject }: Approval,
    claims: Readonly<Record<string, unknown>>,
  ): Promise<PreparedIdToken | undefined> {
    if (idToken === null || authentication === null) return undefined;
    return issuer.prepareIdToken(context, {
      client,
      subject,
      authentication,
      ...idToken,
      claims,
    });
  }

  return {
    method: 'POST',
    path: '/oauth2/token',
    endpoint,
    errors: 'oauth',
    cors: 'client-origins',
    name: 'token',
  };
}
