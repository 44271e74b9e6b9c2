import { StorageError } from '../error.ts';
import type { Trail } from '../ports.ts';
import type { WriteScope } from './engine.ts';
import { insertMany } from './insert-many.ts';

/** How long an event waits for its sinks before it is dropped. */
const outboxRetentionSeconds = 7 * 86_400;

/** Writes what commits together with its cause. Every verb that takes a trail ends here. */
export async function writeTrail(scope: WriteScope, trail: Trail): Promise<void> {
  if (trail.audit !== undefined && trail.audit.length > 0) await scope.audit(trail.audit);
  if (trail.events === undefined || trail.events.length === 0) return;
  await insertMany(
    scope,
    'outbox',
    trail.events.map((event) => {
      if (!Number.isSafeInteger(event.at)) {
        throw new StorageError('internal', `the time of event ${event.type} is not in whole seconds`);
      }
      return {
        tenant: event.tenant,
        id: event.id,
        type: event.type,
        at: event.at,
        subject: event.subject,
        data: JSON.stringify(event.data),
        expires_at: event.at + outboxRetentionSeconds,
      };
    }),
  );
}
