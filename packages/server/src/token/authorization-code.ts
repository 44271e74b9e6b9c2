/** RFC 6749 §4.1.3 with RFC 7636: redeem a code, once. */
import { type ClaimsRequest, OAuthError, parseCodeVerifier, verifyCodeVerifier } from '@countersign/protocol';
import type { AuditLog } from '../audit/index.ts';
import type { RequestContext } from '../http/context.ts';
import type { AuthorizationCodeRecord, AuthorizationCodeStore } from '../storage/ports.ts';
import { hashSecret } from '../tokens/index.ts';
import { audienceFor } from './audience.ts';
import type { Grant } from './grant.ts';
import { mayRefresh, type NewFamilyParts, newFamily } from './new-family.ts';
import { narrowResources } from './resources.ts';

/** Wrong verifiers that a code survives; the fifth spends it. */
const maxVerifierAttempts = 5;

export interface AuthorizationCodeParts extends NewFamilyParts {
  readonly codes: AuthorizationCodeStore;
  readonly audit: AuditLog;
  readonly lifetimes: NewFamilyParts['lifetimes'] & { readonly accessTokenSeconds: number };
}

export function createAuthorizationCodeGrant(parts: AuthorizationCodeParts): Grant {
  const { codes, audit, lifetimes } = parts;

  return {
    type: 'authorization_code',
    stateful: true,
    async approve({ parameters, client, context }) {
      const code = parameters.get('code');
      if (code === undefined) throw new OAuthError('invalid_request', 'code is missing');
      const hash = hashSecret('authorization-code', code);
      const found = await codes.find(context.tenant.id, hash, context.now);
      if (found === undefined) throw refusal('unknown or expired code');
      const { record } = found;
      // A code of another client is refused and nothing else: the owner's tokens are not the thief's to end. For the same
      // reason a spent code passes all checks before it counts as reused (OAuth 2.1 §4.1.3: "a second valid request").
      if (record.clientId !== client.id) throw refusal('code of another client');
      validateRedirectUri(record, parameters.get('redirect_uri'));
      await validateVerifier(record, parameters.get('code_verifier'), context);
      const resources = narrowResources(record.resources, client, parameters.all('resource'));
      const scope = record.scope;
      return {
        subject: record.subject,
        kind: 'usr',
        scope,
        audience: audienceFor(context.issuer, client, resources, scope),
        grantId: record.grantId,
        authentication: record,
        confirmation: record.confirmation,
        claimsRequest: record.claims as ClaimsRequest | null,
        idToken: scope.includes('openid')
          ? { nonce: record.nonce, authTimeRequired: record.authTimeRequired }
          : null,
        async commit(produced) {
          const refresh = mayRefresh(client, record.scope)
            ? newFamily(parts, context, { ...record, id: record.grantId })
            : null;
          const outcome = await codes.take(
            context.tenant.id,
            hash,
            context.now,
            { ...produced, family: refresh?.family ?? null },
            reuse(record, context),
          );
          if (outcome !== 'taken') throw refusal(`code ${outcome}`);
          return { refreshToken: refresh?.token ?? null };
        },
      };
    },
  };

  /** RFC 6749 §4.1.3: identical when the authorization request carried one; if it is sent, it must be right either way. */
  function validateRedirectUri(record: AuthorizationCodeRecord, presented: string | undefined): void {
    if (presented === undefined ? record.redirectUriSent : presented !== record.redirectUri) {
      throw refusal('redirect_uri differs from the authorization request');
    }
  }

  /** RFC 7636 §4.6. A wrong verifier does not spend the code, so that a thief cannot; five do, so that nobody guesses. */
  async function validateVerifier(
    record: AuthorizationCodeRecord,
    presented: string | undefined,
    context: RequestContext,
  ): Promise<void> {
    if (record.codeChallenge === null) {
      // RFC 9700 §4.8.2: a verifier without a challenge is a downgrade.
      if (presented !== undefined) throw refusal('code_verifier without code_challenge', 'pkce');
      return;
    }
    if (presented === undefined) {
      throw new OAuthError('invalid_grant', 'code_verifier is missing', { feature: 'pkce' });
    }
    const challenge = { challenge: record.codeChallenge, method: 'S256' } as const;
    if (wellFormed(presented) && verifyCodeVerifier(challenge, presented)) return;
    const entry = audit.entry(context, {
      action: 'code.verifier_refused',
      actor: { kind: 'client', id: record.clientId },
      target: { kind: 'grant', id: record.grantId },
      refused: 'wrong_verifier',
    });
    await codes.chargeAttempt(record.tenant, record.hash, maxVerifierAttempts, { audit: [entry] });
    throw refusal('wrong code_verifier', 'pkce');
  }

  function reuse(record: AuthorizationCodeRecord, context: RequestContext) {
    return {
      revocation: {
        tenant: record.tenant,
        kind: 'grant' as const,
        id: record.grantId,
        revokedAt: context.now,
        expiresAt: context.now + lifetimes.accessTokenSeconds + 60,
      },
      trail: {
        audit: [
          audit.entry(context, {
            action: 'code.reused',
            actor: { kind: 'client', id: record.clientId },
            target: { kind: 'grant', id: record.grantId },
            refused: 'code_reused',
          }),
        ],
      },
    };
  }
}

function wellFormed(verifier: string): boolean {
  try {
    parseCodeVerifier(verifier);
    return true;
  } catch (error) {
    if (error instanceof OAuthError) return false;
    throw error;
  }
}

/** Says no more than which rule was broken: whose code it is, or was, is not the thief's to learn. */
function refusal(detail: string, feature?: 'pkce'): OAuthError {
  return new OAuthError('invalid_grant', 'the code is not valid for this request', { detail, feature });
}
