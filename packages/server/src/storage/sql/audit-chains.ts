import { randomBytes } from 'node:crypto';
import { chainClosed, chainOpened, chainRecovered, hashRecord } from '../../audit/chain.ts';
import type { AuditChain, AuditEntry } from '../../audit/record.ts';
import { findOpenHeads, findOwnHeads, type Head, type Move, moveHeads } from './audit-heads.ts';
import { toRow } from './audit-rows.ts';
import { compileOnce } from './compile-once.ts';
import type { WriteScope } from './engine.ts';
import { insertMany } from './insert-many.ts';
import type { AuditRecordTable } from './tables.ts';

/** Chains that one transaction ends: with ten thousand tenants all of them would hold the lock for too long. */
const endingLimit = 500;

export interface Appended {
  readonly chain: string;
  readonly sequence: number;
}

interface Extension {
  readonly head: Head;
  readonly entries: readonly AuditEntry[];
}

/**
 * Appends to the chains of (tenant, writing process), opening them if need be, and answers where each entry stands.
 * Part of the caller's transaction, or savepoint, which has to be rolled back when this throws. The statements are
 * shared by all tenants: their number grows with the entries and hardly with the tenants. Tenants are taken in order
 * of their names, so that transactions that run at once do not wait for each other in a circle.
 *
 * The entries are as `normaliseEntry` gives them: what is hashed here is what is read back.
 */
export async function appendAudit(
  scope: WriteScope,
  entries: readonly AuditEntry[],
): Promise<readonly Appended[]> {
  const byTenant = Map.groupBy(entries, (entry) => entry.tenant);
  const groups = [...byTenant].sort(([a], [b]) => (a < b ? -1 : 1));
  const heads = await findOwnHeads(scope, [...byTenant.keys()].sort());
  const extensions: Extension[] = [];
  for (const [tenant, own] of groups) {
    const head = heads.get(tenant);
    extensions.push(head === undefined ? await openChain(scope, tenant, own) : { head, entries: own });
  }
  const next = new Map<string, Appended>();
  for (const { to } of await extend(scope, extensions, 'open')) {
    const count = byTenant.get(to.tenant)?.length ?? 0;
    next.set(to.tenant, { chain: to.chain, sequence: to.sequence - count });
  }
  return entries.map(({ tenant }) => {
    const { chain = '', sequence = 0 } = next.get(tenant) ?? {};
    const place = { chain, sequence: sequence + 1 };
    next.set(tenant, place);
    return place;
  });
}

/** Ends a bounded number of this process's chains; answers how many, and whether these were the last. */
export async function closeOwnChains(scope: WriteScope): Promise<Ended> {
  return await endChains(scope, scope.process, 'closed', (head) => chainEntry(scope, head, chainClosed, {}));
}

/** Ends a bounded number of the chains that a dead process left open, saying at which sequence each was found. */
export async function recoverChains(scope: WriteScope, deadProcess: string): Promise<Ended> {
  return await endChains(scope, deadProcess, 'recovered', (head) =>
    chainEntry(scope, head, chainRecovered, {
      foundAtSequence: head.sequence,
      process: deadProcess,
      recoveredBy: scope.process,
    }),
  );
}

/** `more`: the same has to be asked for again. */
export type Ended = 'all' | 'more';

async function endChains(
  scope: WriteScope,
  process: string,
  state: 'closed' | 'recovered',
  entryFor: (head: Head) => AuditEntry,
): Promise<Ended> {
  const heads = await findOpenHeads(scope, process, endingLimit);
  await extend(
    scope,
    heads.map((head) => ({ head, entries: [entryFor(head)] })),
    state,
  );
  return heads.length < endingLimit ? 'all' : 'more';
}

/** Record 0 names the chain that the tenant opened last, and where its head stood. */
async function openChain(
  scope: WriteScope,
  tenant: string,
  entries: readonly AuditEntry[],
): Promise<Extension> {
  const [last] = await compileOnce(scope, 'audit.newest chain', { tenant }, (trx, value) =>
    trx
      .selectFrom('audit_chain')
      .select(['id', 'ordinal', 'head_sequence', 'head_hash'])
      .where('tenant', '=', value.tenant)
      .orderBy('ordinal', 'desc')
      .limit(1),
  );
  const head: Head = { tenant, chain: randomBytes(12).toString('base64url'), sequence: -1, hash: '' };
  await insertMany(scope, 'audit_chain', [
    {
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
    },
  ]);
  const opening = chainEntry(scope, head, chainOpened, {
    process: scope.process,
    predecessor: last?.id ?? null,
    predecessorSequence: last?.head_sequence ?? null,
    predecessorHash: last?.head_hash ?? null,
  });
  return { head, entries: [opening, ...entries] };
}

/** Moves the heads before it writes the records: a head that is not where it was read stops everything. */
async function extend(
  scope: WriteScope,
  extensions: readonly Extension[],
  state: AuditChain['state'],
): Promise<readonly Move[]> {
  const rows: AuditRecordTable[] = [];
  const moves = extensions.map(({ head, entries }): Move => {
    let { sequence, hash } = head;
    for (const entry of entries) {
      sequence += 1;
      const position = { chain: head.chain, sequence, previousHash: hash };
      hash = hashRecord(entry, position);
      rows.push(toRow(entry, position, hash));
    }
    return { from: head, to: { ...head, sequence, hash } };
  });
  await moveHeads(scope, moves, state);
  await insertMany(scope, 'audit_record', rows);
  return moves;
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
