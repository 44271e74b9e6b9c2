import type { OneTimeTokenRecord, OneTimeTokenStore, RoleGrant, SubjectRecord, Trail } from '../ports.ts';
import type { Hashed } from '../secrets.ts';
import { type Engine, writeVerb } from './engine.ts';
import { hasHolder } from './role-grants.ts';
import { insertSubject } from './subjects.ts';
import { writeTrail } from './trail.ts';

const create = writeVerb(
  'oneTimeTokens.create',
  async (scope, token: OneTimeTokenRecord, trail: Trail): Promise<void> => {
    await scope.trx
      .insertInto('one_time_token')
      .values({
        tenant: token.tenant,
        purpose: token.purpose,
        hash: token.hash,
        created_at: token.createdAt,
        expires_at: token.expiresAt,
        spent_at: 0,
      })
      .execute();
    await writeTrail(scope, trail);
  },
);

/** The link lives in the administrator's tenant or in one that a grant is for. */
const completeSetup = writeVerb(
  'oneTimeTokens.completeSetup',
  async (
    scope,
    hash: Hashed<'one-time-token'>,
    now: number,
    administrator: SubjectRecord,
    grants: readonly RoleGrant[],
    trail: Trail,
  ): Promise<'created' | 'spent' | 'administrator-exists' | 'duplicate'> => {
    const tenants = [...new Set([administrator.tenant, ...grants.map((grant) => grant.tenant)])].sort();
    // Two different links must not make two first administrators where transactions run side by side.
    await scope.trx
      .selectFrom('tenant')
      .select('id')
      .where('id', 'in', tenants)
      .orderBy('id')
      .forUpdate()
      .execute();
    const live = await scope.trx
      .selectFrom('one_time_token')
      .select('tenant')
      .where('tenant', 'in', tenants)
      .where('purpose', '=', 'setup')
      .where('hash', '=', hash)
      .where('spent_at', '=', 0)
      .where('expires_at', '>', now)
      .forUpdate()
      .executeTakeFirst();
    if (live === undefined) return 'spent';
    for (const grant of grants) {
      if (await hasHolder(scope.trx, grant.tenant, grant.role)) return 'administrator-exists';
    }
    if (!(await insertSubject(scope, administrator, grants))) return 'duplicate';
    await scope.trx
      .updateTable('one_time_token')
      .set({ spent_at: now })
      .where('tenant', '=', live.tenant)
      .where('purpose', '=', 'setup')
      .where('hash', '=', hash)
      .execute();
    await writeTrail(scope, trail);
    return 'created';
  },
);

export const oneTimeTokenVerbs = [create, completeSetup];

export function oneTimeTokenStore(engine: Engine): OneTimeTokenStore {
  return {
    create: engine.bind(create),
    isLive: (tenant, purpose, hash, now) =>
      engine.read(async (db) => {
        const row = await db
          .selectFrom('one_time_token')
          .select('hash')
          .where('tenant', '=', tenant)
          .where('purpose', '=', purpose)
          .where('hash', '=', hash)
          .where('spent_at', '=', 0)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return row !== undefined;
      }),
    completeSetup: engine.bind(completeSetup),
  };
}
