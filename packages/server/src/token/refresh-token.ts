/** RFC 6749 §6: rotate a refresh token, once; reuse ends the family (architecture, decision 6). */
import { type ClaimsRequest, OAuthError } from '@countersign/protocol';
import type { AuditLog } from '../audit/index.ts';
import type { RequestContext } from '../http/context.ts';
import type { Vault } from '../ports.ts';
import type { ClientRecord, Profile, RefreshFamilyRecord, RefreshFamilyStore } from '../storage/ports.ts';
import { findProvenFamily, issueRefreshToken } from '../tokens/index.ts';
import { audienceFor } from './audience.ts';
import type { Grant } from './grant.ts';
import { narrowResources } from './resources.ts';
import { narrowScope } from './scope.ts';

export interface RefreshTokenGrantParts {
  readonly families: RefreshFamilyStore;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly lifetimes: { readonly accessTokenSeconds: number; readonly refreshIdleSeconds: number };
}

export function createRefreshTokenGrant(parts: RefreshTokenGrantParts): Grant {
  const { families, audit, lifetimes } = parts;

  return {
    type: 'refresh_token',
    stateful: true,
    async approve({ parameters, client, context }) {
      const token = parameters.get('refresh_token');
      if (token === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing');
      const { tenant, now } = context;
      const found = await findProvenFamily(parts, tenant.id, token);
      if (found === undefined) throw refusal('unknown or forged');
      const { family, secret, generation: presented } = found;
      if (family.clientId !== client.id) throw refusal('token of another client');
      const scope = narrowScope(family.scope, client, parameters.get('scope'));
      const resources = narrowResources(family.resources, client, parameters.all('resource'));
      return {
        subject: family.subject,
        kind: 'usr',
        scope,
        audience: audienceFor(context.issuer, client, resources, scope),
        grantId: family.id,
        // A refresh never renews auth_time or raises acr: nobody signed in.
        authentication: family,
        confirmation: family.confirmation,
        claimsRequest: family.claims as ClaimsRequest | null,
        idToken: scope.includes('openid') ? { nonce: null, authTimeRequired: family.authTimeRequired } : null,
        async commit(produced) {
          const result = await families.rotate({
            tenant: tenant.id,
            id: family.id,
            presented,
            rotate: rotatesOnUse(client, tenant.profile),
            graceSeconds: tenant.settings.refreshGraceSeconds,
            now,
            idleExpiresAt: Math.min(now + lifetimes.refreshIdleSeconds, family.expiresAt),
            accessToken: produced.accessToken,
            trail: produced.trail,
            reuse: reuse(family, context),
          });
          if (!('generation' in result)) throw refusal(`family ${result.outcome}`);
          return { refreshToken: issueRefreshToken(tenant.id, family.id, result.generation, secret) };
        },
      };
    },
  };

  function reuse(family: RefreshFamilyRecord, context: RequestContext) {
    return {
      onReuse: context.tenant.settings.refreshOnReuse,
      revocation: {
        tenant: family.tenant,
        kind: 'grant' as const,
        id: family.id,
        revokedAt: context.now,
        expiresAt: context.now + lifetimes.accessTokenSeconds + 60,
      },
      trail: {
        audit: [
          audit.entry(context, {
            action: 'refresh.reused',
            actor: { kind: 'client', id: family.clientId },
            target: { kind: 'grant', id: family.id },
            refused: 'refresh_reused',
          }),
        ],
      },
    };
  }
}

/** Public clients always rotate; confidential ones by their setting; nobody under FAPI 2.0 (decision 6). */
export function rotatesOnUse({ metadata }: Pick<ClientRecord, 'metadata'>, profile: Profile): boolean {
  if (profile === 'fapi2-security') return false;
  return metadata.tokenEndpointAuthMethod === 'none' || metadata.rotateRefreshTokens;
}

function refusal(detail: string): OAuthError {
  return new OAuthError('invalid_grant', 'the refresh token is not valid for this request', { detail });
}
