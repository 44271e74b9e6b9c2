/** Which clients took part in a session: what its end is told to. */
import { sql } from 'kysely';
import { compileOnce } from './compile-once.ts';
import type { Read, WriteScope } from './engine.ts';

/**
 * Remembers that `client` was given something in this session. A second time changes nothing. Call it in the transaction
 * that gives, after the session was found live.
 */
export async function rememberSessionClient(
  scope: WriteScope,
  tenant: string,
  session: string,
  client: string,
  now: number,
): Promise<void> {
  await compileOnce(scope, 'sessionClients.remember', { tenant, session, client, now }, (trx, value) =>
    trx
      .insertInto('session_client')
      .columns(['tenant', 'session', 'client', 'created_at', 'expires_at'])
      .expression((eb) =>
        eb
          .selectFrom('session')
          .select([
            'tenant',
            'id',
            // A parameter between the columns of a select has no type of its own.
            sql<string>`cast(${value.client} as text)`.as('client'),
            sql<number>`cast(${value.now} as bigint)`.as('created_at'),
            'expires_at',
          ])
          .where('tenant', '=', value.tenant)
          .where('id', '=', value.session),
      )
      .onConflict((conflict) => conflict.columns(['tenant', 'session', 'client']).doNothing()),
  );
}

/** In the order in which they came; at most `limit`. */
export async function listSessionClients(
  db: Read,
  tenant: string,
  session: string,
  now: number,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('session_client')
    .select('client')
    .where('tenant', '=', tenant)
    .where('session', '=', session)
    .where('expires_at', '>', now)
    .orderBy('created_at')
    .orderBy('client')
    .limit(limit)
    .execute();
  return rows.map((row) => row.client);
}
