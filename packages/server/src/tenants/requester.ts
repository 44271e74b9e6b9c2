/** Who asks for a change, and the audit entry that commits with it. */
import { auditEntry } from '../audit/index.ts';
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
  readonly details?: AuditEntry['details'];
  readonly personal?: AuditEntry['personal'];
}

/** The entry of a change that succeeds; it is stored only if the change is. */
export function auditChange(requester: Requester, change: AuditedChange): AuditEntry {
  const { tenant, ...facts } = change;
  const scene = { tenant, at: requester.now, traceId: requester.traceId };
  return auditEntry(scene, { ...facts, actor: requester.actor });
}
