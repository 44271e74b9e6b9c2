import { randomBytes } from 'node:crypto';
import { chainClosed, chainOpened, chainRecovered, hashRecord, normaliseEntry } from '../../audit/chain.ts';
import type { AuditChain, AuditEntry } from '../../audit/record.ts';
import { StorageError } from '../error.ts';
import type { WriteScope } from './engine.ts';
import { insertMany } from './insert-many.ts';
import type { AuditRecordTable } from './tables.ts';

export interface Head {
  readonly tenant: string;
  readonly chain: string;
  /** -1 before record 0. */
  readonly sequence: number;
  readonly hash: string;
}

export interface Appended {
  readonly chain: string;
  readonly sequence: number;
}

/**
 * Appends to the chain of (tenant, writing process), opening it if need be, and answers where each entry stands.
 * Part of the caller's transaction: one head read and one head write per tenant, whatever the number of entries.
 */
export async function appendAudit(
  scope: WriteScope,
  entries: readonly AuditEntry[],
): Promise<readonly Appended[]> {
  const byTenant = Map.groupBy(entries.map(normaliseEntry), (entry) => entry.tenant);
  const places = new Map<string, Head>();
  for (const [tenant, own] of byTenant) {
    const head = (await findOwnHead(scope, tenant)) ?? (await openChain(scope, tenant));
    places.set(tenant, head);
    await extend(scope, head, own, 'open');
  }
  const counted = new Map<string, number>();
  return entries.map(({ tenant }) => {
    const head = places.get(tenant);
    const count = (counted.get(tenant) ?? 0) + 1;
    counted.set(tenant, count);
    return { chain: head?.chain ?? '', sequence: (head?.sequence ?? 0) + count };
  });
}

/** Ends every chain of this process. */
export async function closeOwnChains(scope: WriteScope): Promise<void> {
  for (const head of await findOpenHeads(scope, scope.process)) {
    const entry = chainEntry(scope, head, chainClosed, {});
    await extend(scope, head, [entry], 'closed');
  }
}

/** Ends every chain that a dead process left open, saying at which sequence it was found. */
export async function recoverChains(scope: WriteScope, deadProcess: string): Promise<number> {
  const heads = await findOpenHeads(scope, deadProcess);
  for (const head of heads) {
    const entry = chainEntry(scope, head, chainRecovered, {
      foundAtSequence: head.sequence,
      process: deadProcess,
      recoveredBy: scope.process,
    });
    await extend(scope, head, [entry], 'recovered');
  }
  return heads.length;
}

async function findOwnHead(scope: WriteScope, tenant: string): Promise<Head | undefined> {
  const row = await scope.trx
    .selectFrom('audit_chain')
    .select(['id', 'head_sequence', 'head_hash'])
    .where('process', '=', scope.process)
    .where('tenant', '=', tenant)
    .where('state', '=', 'open')
    .forUpdate()
    .executeTakeFirst();
  return row && { tenant, chain: row.id, sequence: row.head_sequence, hash: row.head_hash };
}

async function findOpenHeads(scope: WriteScope, process: string): Promise<readonly Head[]> {
  const rows = await scope.trx
    .selectFrom('audit_chain')
    .select(['tenant', 'id', 'head_sequence', 'head_hash'])
    .where('process', '=', process)
    .where('state', '=', 'open')
    .forUpdate()
    .execute();
  return rows.map((row) => ({
    tenant: row.tenant,
    chain: row.id,
    sequence: row.head_sequence,
    hash: row.head_hash,
  }));
}

/** Record 0 names the chain that the tenant opened last, and where its head stood. */
async function openChain(scope: WriteScope, tenant: string): Promise<Head> {
  const last = await scope.trx
    .selectFrom('audit_chain')
    .select(['id', 'ordinal', 'head_sequence', 'head_hash'])
    .where('tenant', '=', tenant)
    .orderBy('ordinal', 'desc')
    .limit(1)
    .executeTakeFirst();
  const head: Head = { tenant, chain: randomBytes(12).toString('base64url'), sequence: -1, hash: '' };
  await scope.trx
    .insertInto('audit_chain')
    .values({
      tenant,
      id: head.chain,
      ordinal: (last?.ordinal ?? 0) + 1,
      process: scope.process,
      opened_at: scope.now,
      predecessor_chain: last?.id ?? null,
      predecessor_hash: last?.head_hash ?? null,
      head_sequence: head.sequence,
      head_hash: head.hash,
      state: 'open',
    })
    .execute();
  const entry = chainEntry(scope, head, chainOpened, {
    process: scope.process,
    predecessor: last?.id ?? null,
    predecessorSequence: last?.head_sequence ?? null,
    predecessorHash: last?.head_hash ?? null,
  });
  return await extend(scope, head, [entry], 'open');
}

async function extend(
  scope: WriteScope,
  head: Head,
  entries: readonly AuditEntry[],
  state: AuditChain['state'],
): Promise<Head> {
  let { sequence, hash } = head;
  const rows = entries.map((entry) => {
    const previousHash = hash;
    sequence += 1;
    hash = hashRecord(entry, { chain: head.chain, sequence, previousHash });
    return toRow(entry, head.chain, sequence, previousHash, hash);
  });
  await insertMany(scope, 'audit_record', rows);
  const moved = await scope.trx
    .updateTable('audit_chain')
    .set({ head_sequence: sequence, head_hash: hash, state })
    .where('tenant', '=', head.tenant)
    .where('id', '=', head.chain)
    .where('head_sequence', '=', head.sequence)
    .where('state', '=', 'open')
    .returning('id')
    .executeTakeFirst();
  if (moved === undefined) throw new StorageError('internal', 'an audit chain moved under its writer');
  return { ...head, sequence, hash };
}

function chainEntry(
  scope: WriteScope,
  head: Head,
  action: string,
  details: AuditEntry['details'],
): AuditEntry {
  return {
    tenant: head.tenant,
    at: scope.now,
    action,
    actor: { kind: 'system', id: 'audit' },
    target: { kind: 'audit-chain', id: head.chain },
    outcome: 'ok',
    reason: null,
    traceId: '',
    details,
    personal: null,
  };
}

function toRow(
  entry: AuditEntry,
  chain: string,
  sequence: number,
  previousHash: string,
  hash: string,
): AuditRecordTable {
  return {
    tenant: entry.tenant,
    chain,
    sequence,
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
    previous_hash: previousHash,
    hash,
  };
}
