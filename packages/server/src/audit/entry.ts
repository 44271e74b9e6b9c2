/** The one way an audit entry is built. */
import type { AuditActor, AuditEntry } from './record.ts';

/** Where and when something happened; a request context has it. */
export interface AuditScene {
  readonly tenant: string;
  readonly at: number;
  readonly traceId: string;
}

export interface AuditFacts {
  readonly action: string;
  readonly actor: AuditActor;
  readonly target?: AuditEntry['target'];
  /** Why it was refused; absent: the outcome is `ok`. */
  readonly refused?: string;
  /** Why it could not be done; absent: the outcome is `ok`. */
  readonly failed?: string;
  readonly details?: AuditEntry['details'];
  readonly personal?: AuditEntry['personal'];
}

export function auditEntry(scene: AuditScene, facts: AuditFacts): AuditEntry {
  return {
    tenant: scene.tenant,
    at: scene.at,
    action: facts.action,
    actor: facts.actor,
    target: facts.target ?? null,
    outcome: facts.refused !== undefined ? 'refused' : facts.failed !== undefined ? 'failed' : 'ok',
    reason: facts.refused ?? facts.failed ?? null,
    traceId: scene.traceId,
    details: facts.details ?? {},
    personal: facts.personal ?? null,
  };
}
