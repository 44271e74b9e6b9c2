/** Audit records and chains as they lie in their tables. */

import type { ChainPosition } from '../../audit/chain.ts';
import type { AuditChain, AuditEntry, AuditRecord } from '../../audit/record.ts';
import type { Sealed } from '../secrets.ts';
import type { AuditChainTable, AuditRecordTable } from './tables.ts';
import { fromJson } from './values.ts';

export function toRow(entry: AuditEntry, position: ChainPosition, hash: string): AuditRecordTable {
  return {
    tenant: entry.tenant,
    chain: position.chain,
    sequence: position.sequence,
    at: entry.at,
    action: entry.action,
    actor_kind: entry.actor.kind,
    actor_id: entry.actor.id,
    target_kind: entry.target?.kind ?? null,
    target_id: entry.target?.id ?? null,
    outcome: entry.outcome,
    reason: entry.reason,
    trace_id: entry.traceId,
    details: JSON.stringify(entry.details),
    personal_subject: entry.personal?.subject ?? null,
    personal_sealed: entry.personal?.sealed ?? null,
    previous_hash: position.previousHash,
    hash,
  };
}

export function toChain(row: AuditChainTable): AuditChain {
  return {
    tenant: row.tenant,
    id: row.id,
    process: row.process,
    openedAt: row.opened_at,
    headSequence: row.head_sequence,
    headHash: row.head_hash,
    state: row.state as AuditChain['state'],
  };
}

export function toRecord(row: AuditRecordTable): AuditRecord {
  return {
    tenant: row.tenant,
    at: row.at,
    action: row.action,
    actor: { kind: row.actor_kind as AuditRecord['actor']['kind'], id: row.actor_id },
    target:
      row.target_kind === null || row.target_id === null
        ? null
        : { kind: row.target_kind, id: row.target_id },
    outcome: row.outcome as AuditRecord['outcome'],
    reason: row.reason,
    traceId: row.trace_id,
    details: fromJson<AuditRecord['details']>(row.details),
    personal:
      row.personal_subject === null || row.personal_sealed === null
        ? null
        : { subject: row.personal_subject, sealed: row.personal_sealed as Sealed<'audit-personal'> },
    chain: row.chain,
    sequence: row.sequence,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
