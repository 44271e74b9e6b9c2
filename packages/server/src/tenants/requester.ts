/** Who asks for a change, and the audit entry that commits with it. */
import type { AuditActor, AuditEntry } from '../audit/record.ts';

export interface Requester {
  readonly actor: AuditActor;
  readonly traceId: string;
  /** Epoch seconds; every time that the change writes. */
  readonly now: number;
}

export interface AuditedChange {
  readonly tenant: string;
  /** Dotted, a noun and a past verb. */
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string };
  /** Class `none` only. */
  readonly details?: AuditEntry['details'] | undefined;
  readonly personal?: AuditEntry['personal'] | undefined;
}

/** The entry of a change that succeeds; it is stored only if the change is. */
export function auditChange(requester: Requester, change: AuditedChange): AuditEntry {
  return {
    tenant: change.tenant,
    at: requester.now,
    action: change.action,
    actor: requester.actor,
    target: change.target,
    outcome: 'ok',
    reason: null,
    traceId: requester.traceId,
    details: change.details ?? {},
    personal: change.personal ?? null,
  };
}
