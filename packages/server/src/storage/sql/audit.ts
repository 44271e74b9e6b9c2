import type { AuditChain, AuditEntry, AuditRecord, AuditStore } from '../../audit/record.ts';
import type { Sealed } from '../secrets.ts';
import { closeOwnChains } from './audit-chains.ts';
import { type Engine, writeVerb } from './engine.ts';
import type { AuditChainTable, AuditRecordTable } from './tables.ts';
import { fromJson } from './values.ts';

const append = writeVerb('audit.append', async (scope, entries: readonly AuditEntry[]) => {
  await scope.audit(entries);
});

export const close = writeVerb('audit.close', async (scope) => {
  await closeOwnChains(scope);
  await scope.trx.deleteFrom('process').where('id', '=', scope.process).execute();
});

export const auditVerbs = [append, close];

export function auditStore(engine: Engine): AuditStore {
  return {
    append: engine.bind(append),
    listChains: (tenant) =>
      engine.read(async (db) => {
        const rows = await db
          .selectFrom('audit_chain')
          .selectAll()
          .where('tenant', '=', tenant)
          .orderBy('ordinal')
          .execute();
        return rows.map(toChain);
      }),
    listRecords: (tenant, chain, sequence, limit) =>
      engine.read(async (db) => {
        const rows = await db
          .selectFrom('audit_record')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('chain', '=', chain)
          .where('sequence', '>', sequence)
          .orderBy('sequence')
          .limit(limit)
          .execute();
        return rows.map(toRecord);
      }),
    listNewest: (tenant, limit) =>
      engine.read(async (db) => {
        const rows = await db
          .selectFrom('audit_record')
          .selectAll()
          .where('tenant', '=', tenant)
          .orderBy('at', 'desc')
          .orderBy('chain', 'desc')
          .orderBy('sequence', 'desc')
          .limit(limit)
          .execute();
        return rows.map(toRecord);
      }),
  };
}

function toChain(row: AuditChainTable): AuditChain {
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

function toRecord(row: AuditRecordTable): AuditRecord {
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
