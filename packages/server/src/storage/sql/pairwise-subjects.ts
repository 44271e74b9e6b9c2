import type { PairwiseSubjectRecord, PairwiseSubjectStore } from '../ports.ts';
import { recordChanges } from './change.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import type { PairwiseSubjectTable } from './tables.ts';
import { requireThat } from './values.ts';

const settle = writeVerb(
  'pairwiseSubjects.settle',
  async (scope, proposed: PairwiseSubjectRecord): Promise<string | undefined> => {
    const { tenant, sector, subject, sub } = proposed;
    // The lock keeps an erasure out: what it deletes would otherwise be made again behind its back.
    const known = await scope.trx
      .selectFrom('subject')
      .select('id')
      .where('tenant', '=', tenant)
      .where('id', '=', subject)
      .forShare()
      .executeTakeFirst();
    if (known === undefined) return undefined;
    const inserted = await scope.trx
      .insertInto('pairwise_subject')
      .values({ tenant, sector, subject, sub, created_at: proposed.createdAt })
      .onConflict((conflict) => conflict.columns(['tenant', 'subject', 'sector']).doNothing())
      .returning('sub')
      .executeTakeFirst();
    if (inserted !== undefined) {
      await recordChanges(scope, 'pairwise', tenant, [subject]);
      return sub;
    }
    const earlier = await scope.trx
      .selectFrom('pairwise_subject')
      .select('sub')
      .where('tenant', '=', tenant)
      .where('subject', '=', subject)
      .where('sector', '=', sector)
      .executeTakeFirst();
    requireThat(earlier !== undefined, 'a pairwise identifier was neither written nor there');
    return earlier?.sub;
  },
);

export const pairwiseSubjectVerbs = [settle];

/** With the person goes everything that they were known by. */
export async function erasePairwiseSubjects(
  scope: WriteScope,
  tenant: string,
  subject: string,
): Promise<void> {
  const erased = await scope.trx
    .deleteFrom('pairwise_subject')
    .where('tenant', '=', tenant)
    .where('subject', '=', subject)
    .returning('sub')
    .execute();
  if (erased.length === 0) return;
  await recordChanges(scope, 'pairwise', tenant, [subject, ...erased.map(({ sub }) => sub)]);
}

export function pairwiseSubjectStore(engine: Engine): PairwiseSubjectStore {
  return {
    listBySubject: (tenant, subject) =>
      engine.read(async (db) => {
        const rows = await db
          .selectFrom('pairwise_subject')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('subject', '=', subject)
          .orderBy('sector')
          .execute();
        return rows.map(fromRow);
      }),
    findBySub: (tenant, sub) =>
      engine.read(async (db) => {
        const row = await db
          .selectFrom('pairwise_subject')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('sub', '=', sub)
          .executeTakeFirst();
        return row && fromRow(row);
      }),
    settle: engine.bind(settle),
  };
}

function fromRow(row: PairwiseSubjectTable): PairwiseSubjectRecord {
  return {
    tenant: row.tenant,
    sector: row.sector,
    subject: row.subject,
    sub: row.sub,
    createdAt: row.created_at,
  };
}
