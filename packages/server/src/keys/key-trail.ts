/** What is written about a key beside the key itself: the entries of the audit chain and the event of a rotation. */
import { auditEntry } from '../audit/index.ts';
import type { AuditEntry } from '../audit/record.ts';
import type { OutboxEvent } from '../events/event.ts';
import type { SigningKeyRecord } from '../storage/ports.ts';

/** Who or what set a step off. */
export interface Cause {
  readonly traceId: string;
  /** null: the schedule, or the first use. */
  readonly operator: string | null;
}

export const scheduled: Cause = { traceId: '', operator: null };

export type KeyAction = 'key.logged' | 'key.published' | 'key.activated' | 'key.removed';

export function keyEntry(
  action: KeyAction,
  key: Pick<SigningKeyRecord, 'tenant' | 'kid'>,
  at: number,
  cause: Cause,
  details: AuditEntry['details'] = {},
): AuditEntry {
  return auditEntry(
    { tenant: key.tenant, at, traceId: cause.traceId },
    {
      action,
      actor:
        cause.operator === null ? { kind: 'system', id: 'keys' } : { kind: 'operator', id: cause.operator },
      target: { kind: 'key', id: key.kid },
      details,
    },
  );
}

export function rotationEvent(id: string, key: SigningKeyRecord, at: number): OutboxEvent {
  const { tenant, kid, algorithm } = key;
  return { id, tenant, type: 'key.rotated', at, subject: null, data: { kid, algorithm } };
}
