/**
 * POST /oauth2/revoke (RFC 7009). Idempotent: an unknown token is revoked already. A refresh token takes its family and
 * the access tokens of its grant with it; another client's token is refused.
 */
import { OAuthError } from '@countersign/protocol';
import type { AuditLog } from './audit/index.ts';
import type { ClientAuthenticator } from './client-auth/index.ts';
import type { Endpoint, RequestContext, Route } from './http/context.ts';
import { RateLimitError } from './http/error-response.ts';
import { readForm } from './http/form.ts';
import type { Random, Vault } from './ports.ts';
import type { ClientBrake } from './privacy/index.ts';
import type { ClientRecord, RefreshFamilyStore, RevocationStore, Trail } from './storage/ports.ts';
import { type AccessTokenVerifier, findProvenFamily } from './tokens/index.ts';

export interface RevokeParts {
  readonly clientAuth: ClientAuthenticator;
  readonly brake: ClientBrake;
  readonly verifier: AccessTokenVerifier;
  readonly families: RefreshFamilyStore;
  readonly revocations: RevocationStore;
  readonly vault: Vault;
  readonly random: Random;
  readonly audit: AuditLog;
  readonly accessTokenSeconds: number;
}

export function createRevokeRoute(parts: RevokeParts): Route {
  const { clientAuth, brake, verifier, families, revocations, random, audit } = parts;

  const endpoint: Endpoint = async (request, context) => {
    const form = await readForm(request);
    const client = await brake.guardClient(request, context, 'revoke', () =>
      clientAuth.authenticate(request, context, form, `${context.issuer}/oauth2/revoke`),
    );
    const wait = brake.spendClient(context, client);
    if (wait > 0) throw new RateLimitError(wait);
    const token = form.get('token');
    if (token === undefined) throw new OAuthError('invalid_request', 'token is missing');
    // A hint may be wrong and is not needed; one of an unknown kind is ignored like a wrong one (RFC 7009 §2.1),
    // an ID token is a kind that cannot be revoked (§2.2.1).
    if (form.get('token_type_hint') === 'id_token') {
      throw new OAuthError('unsupported_token_type', 'an ID token cannot be revoked; it expires');
    }
    if (token.startsWith('cs_rt_')) await revokeFamily(context, client, token);
    else await revokeAccessToken(context, client, token);
    return new Response(null, { status: 200, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } });
  };

  async function revokeFamily(context: RequestContext, client: ClientRecord, token: string): Promise<void> {
    const found = await findProvenFamily(parts, context.tenant.id, token);
    if (found === undefined) return;
    const { family } = found;
    refuseForeign(family.clientId, client);
    const expiresAt = context.now + parts.accessTokenSeconds + 60;
    const revocation = {
      tenant: family.tenant,
      kind: 'grant' as const,
      id: family.id,
      revokedAt: context.now,
      expiresAt,
    };
    await families.revoke(
      family.tenant,
      family.id,
      revocation,
      trail(context, client, 'grant', family.id, family.subject),
    );
  }

  async function revokeAccessToken(
    context: RequestContext,
    client: ClientRecord,
    token: string,
  ): Promise<void> {
    const live = await verifier.verify(context.tenant, context.issuer, token, context.now);
    if (live === undefined) return;
    const { jti, exp, client_id } = live.claims;
    refuseForeign(client_id, client);
    await revocations.add(
      { tenant: context.tenant.id, kind: 'token', id: jti, revokedAt: context.now, expiresAt: exp + 60 },
      trail(context, client, 'token', jti, live.subject),
    );
  }

  function trail(
    context: RequestContext,
    client: ClientRecord,
    kind: 'grant' | 'token',
    id: string,
    subject: string,
  ): Trail {
    const entry = audit.entry(context, {
      action: 'token.revoked',
      actor: { kind: 'client', id: client.id },
      target: { kind, id },
      details: { subject },
    });
    const event = {
      id: random.token(16),
      tenant: context.tenant.id,
      type: 'token.revoked',
      at: context.now,
      subject,
      data: { client_id: client.id, kind },
    };
    return { audit: [entry], events: [event] };
  }

  return {
    method: 'POST',
    path: '/oauth2/revoke',
    endpoint,
    errors: 'oauth',
    cors: 'client-origins',
    name: 'revoke',
  };
}

/** RFC 7009 §2.1: the token must have been issued to the client that asks. */
function refuseForeign(owner: string, client: ClientRecord): void {
  if (owner !== client.id) throw new OAuthError('invalid_grant', 'the token was issued to another client');
}
