import type { InitialAccessTokenRecord, InitialAccessTokenStore, Trail } from '../ports.ts';
import type { Hashed } from '../secrets.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import type { InitialAccessTokenTable } from './tables.ts';
import { writeTrail } from './trail.ts';

const create = writeVerb(
  'initialAccessTokens.create',
  async (scope, token: InitialAccessTokenRecord, trail: Trail): Promise<void> => {
    await scope.trx
      .insertInto('initial_access_token')
      .values({
        tenant: token.tenant,
        id: token.id,
        hash: token.hash,
        uses_left: token.usesLeft,
        created_at: token.createdAt,
        expires_at: token.expiresAt,
      })
      .execute();
    await writeTrail(scope, trail);
  },
);

const revoke = writeVerb(
  'initialAccessTokens.revoke',
  async (scope, tenant: string, id: string, trail: Trail): Promise<boolean> => {
    const removed = await scope.trx
      .deleteFrom('initial_access_token')
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst();
    if (removed === undefined) return false;
    await writeTrail(scope, trail);
    return true;
  },
);

export const initialAccessTokenVerbs = [create, revoke];

/** Each use goes to one caller. */
export async function spendInitialToken(
  scope: WriteScope,
  tenant: string,
  hash: Hashed<'initial-access-token'>,
  now: number,
): Promise<boolean> {
  const spent = await scope.trx
    .updateTable('initial_access_token')
    .set((eb) => ({ uses_left: eb('uses_left', '-', 1) }))
    .where('tenant', '=', tenant)
    .where('hash', '=', hash)
    .where('uses_left', '>', 0)
    .where('expires_at', '>', now)
    .returning('id')
    .executeTakeFirst();
  return spent !== undefined;
}

export function initialAccessTokenStore(engine: Engine): InitialAccessTokenStore {
  return {
    create: engine.bind(create),
    list: (tenant, now) =>
      engine.read(async (db) => {
        const rows = await db
          .selectFrom('initial_access_token')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('expires_at', '>', now)
          .orderBy('created_at', 'desc')
          .orderBy('id')
          .execute();
        return rows.map(fromRow);
      }),
    findLive: (tenant, hash, now) =>
      engine.read(async (db) => {
        const row = await db
          .selectFrom('initial_access_token')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('hash', '=', hash)
          .where('uses_left', '>', 0)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return row && fromRow(row);
      }),
    revoke: engine.bind(revoke),
  };
}

function fromRow(row: InitialAccessTokenTable): InitialAccessTokenRecord {
  return {
    tenant: row.tenant,
    id: row.id,
    hash: row.hash as Hashed<'initial-access-token'>,
    usesLeft: row.uses_left,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
