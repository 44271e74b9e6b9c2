import type { Confirmation } from '@countersign/protocol';
import type { PushedRequestRecord, PushedRequestStore } from '../ports.ts';
import type { Hashed } from '../secrets.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import { fromJson, fromJsonOrNull, toJson, toJsonOrNull } from './values.ts';

const create = writeVerb(
  'pushedRequests.create',
  async (scope, request: PushedRequestRecord): Promise<void> => {
    await scope.trx
      .insertInto('pushed_request')
      .values({
        tenant: request.tenant,
        hash: request.hash,
        client: request.clientId,
        parameters: toJson(request.parameters),
        cnf: toJsonOrNull(request.confirmation),
        created_at: request.createdAt,
        expires_at: request.expiresAt,
        spent_at: 0,
      })
      .execute();
  },
);

export const pushedRequestVerbs = [create];

/** At most one caller spends a reference, and only the client that pushed it. */
export async function spendPushedRequest(
  scope: WriteScope,
  tenant: string,
  hash: Hashed<'request-uri'>,
  client: string,
  now: number,
): Promise<boolean> {
  const spent = await scope.trx
    .updateTable('pushed_request')
    .set({ spent_at: now })
    .where('tenant', '=', tenant)
    .where('hash', '=', hash)
    .where('client', '=', client)
    .where('spent_at', '=', 0)
    .where('expires_at', '>', now)
    .returning('hash')
    .executeTakeFirst();
  return spent !== undefined;
}

export function pushedRequestStore(engine: Engine): PushedRequestStore {
  return {
    create: engine.bind(create),
    find: (tenant, hash, now) =>
      engine.read(async (db) => {
        const row = await db
          .selectFrom('pushed_request')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('hash', '=', hash)
          .where('spent_at', '=', 0)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return (
          row && {
            tenant: row.tenant,
            hash: row.hash as Hashed<'request-uri'>,
            clientId: row.client,
            parameters: fromJson<PushedRequestRecord['parameters']>(row.parameters),
            confirmation: fromJsonOrNull<Confirmation>(row.cnf),
            createdAt: row.created_at,
            expiresAt: row.expires_at,
          }
        );
      }),
  };
}
