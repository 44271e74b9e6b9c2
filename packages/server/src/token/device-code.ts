/** RFC 8628 §3.4: a device polls with its code until the person has answered, and is given its tokens once. */
import { OAuthError } from '@countersign/protocol';
import type { AuditLog } from '../audit/index.ts';
import type { RequestContext } from '../http/context.ts';
import type { DeviceApproval, DeviceCodeRecord, DeviceCodeStore } from '../storage/ports.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { hashSecret } from '../tokens/index.ts';
import { audienceFor } from './audience.ts';
import type { Grant } from './grant.ts';
import { mayRefresh, type NewFamilyParts, newFamily } from './new-family.ts';
import { narrowResources } from './resources.ts';
import { narrowScope } from './scope.ts';

export interface DeviceCodeGrantParts extends NewFamilyParts {
  readonly deviceCodes: Pick<DeviceCodeStore, 'poll' | 'take'>;
  readonly audit: AuditLog;
  readonly metrics: Pick<Metrics, 'deviceAuthorizations'>;
  readonly lifetimes: NewFamilyParts['lifetimes'] & { readonly accessTokenSeconds: number };
}

const slowDownSeconds = 5;
const form = /^cs_dc_[A-Za-z0-9_-]{43}$/;

export function createDeviceCodeGrant(parts: DeviceCodeGrantParts): Grant {
  const { deviceCodes, audit, metrics, lifetimes } = parts;

  return {
    type: 'urn:ietf:params:oauth:grant-type:device_code',
    stateful: true,
    async approve({ parameters, client, context }) {
      const code = parameters.get('device_code');
      if (code === undefined) throw new OAuthError('invalid_request', 'device_code is missing');
      if (!form.test(code)) throw refusal('not a device code');
      const { tenant, now } = context;
      const hash = hashSecret('device-code', code);
      const polled = await deviceCodes.poll(tenant.id, hash, client.id, now, slowDownSeconds);
      if (polled.outcome !== 'approved') throw unready(polled.outcome);
      const { record, approval } = polled;
      const scope = narrowScope(record.scope, client, undefined);
      const resources = narrowResources(record.resources, client, parameters.all('resource'));
      // Whatever becomes of the browser session of the approval, the device stays signed in (decision note 16).
      const authentication = { ...approval, sessionId: null };
      return {
        subject: approval.subject,
        kind: 'usr',
        scope,
        audience: audienceFor(context.issuer, client, resources, scope),
        grantId: approval.grantId,
        authentication,
        confirmation: record.confirmation,
        claimsRequest: null,
        idToken: scope.includes('openid')
          ? { nonce: null, authTimeRequired: needsAuthTime(client.metadata) }
          : null,
        async commit({ accessToken, trail }) {
          const refresh = mayRefresh(client, scope)
            ? newFamily(parts, context, {
                ...authentication,
                id: approval.grantId,
                clientId: client.id,
                scope,
                resources: record.resources,
                nonce: null,
                authTimeRequired: needsAuthTime(client.metadata),
                confirmation: record.confirmation,
                claims: null,
                consentHash: null,
              })
            : null;
          const redeemed = redemption(context, record, approval);
          const outcome = await deviceCodes.take(
            tenant.id,
            hash,
            now,
            {
              family: refresh?.family ?? null,
              accessToken,
              trail: { ...trail, audit: [...(trail.audit ?? []), redeemed] },
            },
            reuse(context, record, approval),
          );
          if (outcome !== 'taken') throw refusal(`device code ${outcome}`);
          metrics.deviceAuthorizations.inc({ outcome: 'redeemed' });
          return { refreshToken: refresh?.token ?? null };
        },
      };
    },
  };

  function redemption(context: RequestContext, record: DeviceCodeRecord, approval: DeviceApproval) {
    return audit.entry(context, {
      action: 'device.redeemed',
      actor: { kind: 'client', id: record.clientId },
      target: { kind: 'grant', id: approval.grantId },
      details: { requested_trace: record.traceId, approved_at: approval.approvedAt },
    });
  }

  function reuse(context: RequestContext, record: DeviceCodeRecord, { grantId }: DeviceApproval) {
    const entry = audit.entry(context, {
      action: 'device.reused',
      actor: { kind: 'client', id: record.clientId },
      target: { kind: 'grant', id: grantId },
      refused: 'code_reused',
    });
    const revocation = {
      tenant: record.tenant,
      kind: 'grant' as const,
      id: grantId,
      revokedAt: context.now,
      expiresAt: context.now + lifetimes.accessTokenSeconds + 60,
    };
    return { revocation, trail: { audit: [entry] } };
  }
}

function needsAuthTime(metadata: {
  readonly requireAuthTime: boolean;
  readonly defaultMaxAge?: number;
}): boolean {
  return metadata.requireAuthTime || metadata.defaultMaxAge !== undefined;
}

/** RFC 8628 §3.5. */
function unready(outcome: 'pending' | 'slow_down' | 'denied' | 'expired' | 'unknown'): OAuthError {
  switch (outcome) {
    case 'pending':
      return new OAuthError('authorization_pending', 'the person has not answered yet; go on polling');
    case 'slow_down':
      return new OAuthError(
        'slow_down',
        `polled too early; wait ${slowDownSeconds} seconds more from now on`,
      );
    case 'denied':
      return new OAuthError('access_denied', 'the person declined, or took the approval back');
    case 'expired':
      return new OAuthError('expired_token', 'the device code has expired; ask for another one');
    case 'unknown':
      return refusal('unknown device code, or one of another client');
  }
}

function refusal(detail: string): OAuthError {
  return new OAuthError('invalid_grant', 'the device code is not valid for this request', { detail });
}
