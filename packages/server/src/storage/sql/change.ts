import type { ChangeTopic } from '../ports.ts';
import type { WriteScope } from './engine.ts';

/** How long a process may sleep and still be told each change singly. */
const changeRetentionSeconds = 3600;

/** Tells every process that a cached record changed, in the transaction that changed it. */
export async function recordChanges(
  scope: WriteScope,
  topic: ChangeTopic,
  tenant: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  scope.noteChange();
  const expires_at = scope.now + changeRetentionSeconds;
  await scope.trx
    .insertInto('change')
    .values(ids.map((id) => ({ topic, tenant, id, expires_at })))
    .execute();
}
