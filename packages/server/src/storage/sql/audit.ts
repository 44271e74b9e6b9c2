import type { AuditEntry, AuditRecord, AuditStore } from '../../audit/record.ts';
import { closeOwnChains, type Ended } from './audit-chains.ts';
import { toChain, toRecord } from './audit-rows.ts';
import { type Engine, type Read, writeVerb } from './engine.ts';

/** Rows of one transaction of `append`: more would hold the lock longer than another process should wait. */
const appendLimit = 1000;

const append = writeVerb(
  'audit.append',
  async (scope, entries: readonly AuditEntry[]) => {
    await scope.audit(entries);
  },
  (entries) => entries.length,
);

/** Ends a bounded number of this process's chains, and with the last of them this process's signs of life. */
export const close = writeVerb('audit.close', async (scope): Promise<Ended> => {
  const ended = await closeOwnChains(scope);
  if (ended === 'all') await scope.trx.deleteFrom('process').where('id', '=', scope.process).execute();
  return ended;
});

export const auditVerbs = [append, close];

export function auditStore(engine: Engine): AuditStore {
  const appendChunk = engine.bind(append);
  return {
    append: async (entries) => {
      for (let done = 0; done < entries.length; done += appendLimit) {
        await appendChunk(entries.slice(done, done + appendLimit));
      }
    },
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
    listNewest: (tenant, limit) => engine.read((db) => listNewest(db, tenant, limit)),
  };
}

/**
 * Merges the ends of the chains. There is no index by time: on the writing side it would cost as much as the records.
 * A chain is in order of time, to a second or so, and is looked at from its end.
 */
async function listNewest(db: Read, tenant: string, limit: number): Promise<readonly AuditRecord[]> {
  const chains = await db
    .selectFrom('audit_chain')
    .leftJoin('audit_record', (join) =>
      join
        .onRef('audit_record.tenant', '=', 'audit_chain.tenant')
        .onRef('audit_record.chain', '=', 'audit_chain.id')
        .onRef('audit_record.sequence', '=', 'audit_chain.head_sequence'),
    )
    .select(['audit_chain.id', 'audit_record.at'])
    .where('audit_chain.tenant', '=', tenant)
    .execute();
  // A head whose record is gone says nothing about the age of the others.
  const ends = chains.map(({ id, at }) => ({ id, at: at ?? Number.POSITIVE_INFINITY }));
  let newest: readonly AuditRecord[] = [];
  for (const { id, at } of ends.sort((a, b) => b.at - a.at)) {
    if (newest.length === limit && (newest.at(-1)?.at ?? 0) > at) break;
    const rows = await db
      .selectFrom('audit_record')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('chain', '=', id)
      .orderBy('sequence', 'desc')
      .limit(limit)
      .execute();
    newest = [...newest, ...rows.map(toRecord)].sort(newestFirst).slice(0, limit);
  }
  return newest;
}

function newestFirst(a: AuditRecord, b: AuditRecord): number {
  return b.at - a.at || (a.chain === b.chain ? b.sequence - a.sequence : a.chain < b.chain ? 1 : -1);
}
