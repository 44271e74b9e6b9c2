import { type Ended, recoverChains } from './audit-chains.ts';
import { writeVerb } from './engine.ts';
import type { ProcessTable } from './tables.ts';

export type ProcessRow = ProcessTable;

/** Says that this process lives; answers the others, for the caller to judge outside of a transaction. */
export const beat = writeVerb(
  'processes.beat',
  async (scope, self: Omit<ProcessRow, 'beat_at'>): Promise<readonly ProcessRow[]> => {
    await scope.trx
      .insertInto('process')
      .values({ ...self, beat_at: scope.now })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ beat_at: scope.now }))
      .execute();
    return await scope.trx.selectFrom('process').selectAll().where('id', '!=', self.id).execute();
  },
);

/**
 * Recovers a bounded number of chains of a process judged dead, unless it has given a sign of life since, and forgets
 * the process with the last of them.
 */
export const bury = writeVerb('processes.bury', async (scope, dead: ProcessRow): Promise<Ended> => {
  const found = await scope.trx
    .selectFrom('process')
    .select('id')
    .where('id', '=', dead.id)
    .where('beat_at', '=', dead.beat_at)
    .forUpdate()
    .executeTakeFirst();
  if (found === undefined) return 'all';
  const ended = await recoverChains(scope, dead.id);
  if (ended === 'all') await scope.trx.deleteFrom('process').where('id', '=', dead.id).execute();
  return ended;
});

export const processVerbs = [beat, bury];
