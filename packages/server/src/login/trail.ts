/** Audit rows and events of what people do in the browser, built the same way everywhere. */
import { type AuditFacts, auditEntry as buildEntry } from '../audit/index.ts';
import type { AuditActor, AuditEntry } from '../audit/record.ts';
import type { OutboxEvent } from '../events/event.ts';
import type { RequestContext } from '../http/context.ts';
import type { Random } from '../ports.ts';
import type { SubjectRecord } from '../storage/ports.ts';

/** Seals what only this person's audit key should open. */
export type SealPersonal = (
  subject: SubjectRecord,
  values: Readonly<Record<string, string>>,
) => AuditEntry['personal'];

export const anonymous: AuditActor = { kind: 'anonymous', id: 'anonymous' };

export const byPerson = (subject: string): AuditActor => ({ kind: 'subject', id: subject });

export function auditEntry(context: RequestContext, facts: AuditFacts): AuditEntry {
  return buildEntry({ tenant: context.tenant.id, at: context.now, traceId: context.traceId }, facts);
}

export function outboxEvent(
  context: RequestContext,
  random: Random,
  type: string,
  subject: string,
  data: OutboxEvent['data'] = {},
): OutboxEvent {
  return { id: random.token(16), tenant: context.tenant.id, type, at: context.now, subject, data };
}
