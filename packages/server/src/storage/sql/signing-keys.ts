import { sql } from 'kysely';
import { normaliseEntry } from '../../audit/chain.ts';
import type { AuditEntry } from '../../audit/record.ts';
import type { SigningKeyRecord, SigningKeyStore, Trail } from '../ports.ts';
import type { Sealed } from '../secrets.ts';
import { appendAudit } from './audit-chains.ts';
import { recordChanges } from './change.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import type { SigningKeyTable } from './tables.ts';
import { writeTrail } from './trail.ts';
import { fromJson, requireTenant, requireThat, toJson } from './values.ts';

const log = writeVerb(
  'keys.log',
  async (scope, key: SigningKeyRecord, entry: AuditEntry): Promise<'logged' | 'exists' | 'duplicate'> => {
    requireThat(key.state === 'logged', 'a key enters the store in state logged');
    requireTenant(key.tenant, entry);
    requireThat(entry.target?.id === key.kid, 'the entry that logs a key names its kid as target');
    const inserted = await scope.trx
      .insertInto('signing_key')
      .values({
        tenant: key.tenant,
        kid: key.kid,
        algorithm: key.algorithm,
        version: key.version,
        state: key.state,
        public_jwk: toJson(key.publicJwk),
        thumbprint: key.thumbprint,
        private_key: key.privateKey,
        created_at: key.createdAt,
        published_at: key.publishedAt,
        activated_at: key.activatedAt,
        retired_at: key.retiredAt,
        due_at: key.dueAt,
        log_chain: '',
        log_sequence: 0,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('kid')
      .executeTakeFirst();
    if (inserted === undefined) {
      // A key belongs to one tenant alone, so this one question is asked of all of them.
      const twin = await scope.trx
        .selectFrom('signing_key')
        .select('kid')
        .where('thumbprint', '=', key.thumbprint)
        .executeTakeFirst();
      return twin === undefined ? 'exists' : 'duplicate';
    }
    const [place] = await appendAudit(scope, [normaliseEntry(entry)]);
    await scope.trx
      .updateTable('signing_key')
      .set({ log_chain: place?.chain ?? '', log_sequence: place?.sequence ?? 0 })
      .where('tenant', '=', key.tenant)
      .where('kid', '=', key.kid)
      .execute();
    await recordChanges(scope, 'key', key.tenant, [key.kid]);
    return 'logged';
  },
);

const publish = writeVerb(
  'keys.publish',
  async (
    scope,
    tenant: string,
    kid: string,
    publishedAt: number,
    dueAt: number,
    trail: Trail,
  ): Promise<boolean> => {
    const published = await scope.trx
      .updateTable('signing_key')
      .set({ state: 'next', published_at: publishedAt, due_at: dueAt })
      .where('tenant', '=', tenant)
      .where('kid', '=', kid)
      .where('state', '=', 'logged')
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('audit_record')
            .select('audit_record.hash')
            .whereRef('audit_record.tenant', '=', 'signing_key.tenant')
            .whereRef('audit_record.chain', '=', 'signing_key.log_chain')
            .whereRef('audit_record.sequence', '=', 'signing_key.log_sequence')
            .whereRef('audit_record.target_id', '=', 'signing_key.kid'),
        ),
      )
      .returning('kid')
      .executeTakeFirst();
    return await settle(scope, tenant, published === undefined ? [] : [kid], trail);
  },
);

const promote = writeVerb(
  'keys.promote',
  async (
    scope,
    tenant: string,
    kid: string,
    change: { readonly activatedAt: number; readonly dueAt: number; readonly retiredDueAt: number },
    trail: Trail,
  ): Promise<boolean> => {
    const next = await scope.trx
      .selectFrom('signing_key')
      .select('algorithm')
      .where('tenant', '=', tenant)
      .where('kid', '=', kid)
      .where('state', '=', 'next')
      .forUpdate()
      .executeTakeFirst();
    if (next === undefined) return false;
    const retired = await scope.trx
      .updateTable('signing_key')
      .set({ state: 'retired', retired_at: change.activatedAt, due_at: change.retiredDueAt })
      .where('tenant', '=', tenant)
      .where('algorithm', '=', next.algorithm)
      .where('state', '=', 'current')
      .returning('kid')
      .execute();
    await scope.trx
      .updateTable('signing_key')
      .set({ state: 'current', activated_at: change.activatedAt, due_at: change.dueAt })
      .where('tenant', '=', tenant)
      .where('kid', '=', kid)
      .execute();
    return await settle(scope, tenant, [kid, ...retired.map((row) => row.kid)], trail);
  },
);

const remove = writeVerb(
  'keys.remove',
  async (scope, tenant: string, kid: string, trail: Trail): Promise<boolean> => {
    const removed = await scope.trx
      .deleteFrom('signing_key')
      .where('tenant', '=', tenant)
      .where('kid', '=', kid)
      .where('state', '=', 'retired')
      .returning('kid')
      .executeTakeFirst();
    return await settle(scope, tenant, removed === undefined ? [] : [kid], trail);
  },
);

const defer = writeVerb(
  'keys.defer',
  async (scope, tenant: string, kid: string, expected: number, dueAt: number): Promise<boolean> => {
    const deferred = await scope.trx
      .updateTable('signing_key')
      .set({ due_at: dueAt })
      .where('tenant', '=', tenant)
      .where('kid', '=', kid)
      .where('due_at', '=', expected)
      .returning('kid')
      .executeTakeFirst();
    return deferred !== undefined;
  },
);

export const signingKeyVerbs = [log, publish, promote, remove, defer];

async function settle(
  scope: WriteScope,
  tenant: string,
  kids: readonly string[],
  trail: Trail,
): Promise<boolean> {
  if (kids.length === 0) return false;
  await recordChanges(scope, 'key', tenant, kids);
  await writeTrail(scope, trail);
  return true;
}

export function signingKeyStore(engine: Engine): SigningKeyStore {
  return {
    list: (tenant) =>
      engine.read(async (db) => {
        const rows = await db
          .selectFrom('signing_key')
          .selectAll()
          .where('tenant', '=', tenant)
          .orderBy('algorithm')
          .orderBy('version')
          .execute();
        return rows.map(fromRow);
      }),
    countCurrent: () =>
      engine.read(async (db) => {
        const counted = await db
          .selectFrom('signing_key')
          .select((eb) => eb.fn.countAll<number>().as('count'))
          // A literal, so that the index of current keys answers.
          .where('state', '=', sql.lit('current'))
          .executeTakeFirst();
        return Number(counted?.count ?? 0);
      }),
    // Rotation is one task for the whole deployment; each row names its tenant.
    listDue: (now, limit) =>
      engine.read(async (db) => {
        const rows = await db
          .selectFrom('signing_key')
          .selectAll()
          .where('due_at', '<=', now)
          .orderBy('due_at')
          .orderBy('tenant')
          .orderBy('kid')
          .limit(limit)
          .execute();
        return rows.map(fromRow);
      }),
    log: engine.bind(log),
    publish: engine.bind(publish),
    promote: engine.bind(promote),
    remove: engine.bind(remove),
    defer: engine.bind(defer),
  };
}

function fromRow(row: SigningKeyTable): SigningKeyRecord {
  return {
    tenant: row.tenant,
    kid: row.kid,
    algorithm: row.algorithm,
    version: row.version,
    state: row.state as SigningKeyRecord['state'],
    publicJwk: fromJson<SigningKeyRecord['publicJwk']>(row.public_jwk),
    thumbprint: row.thumbprint,
    privateKey: row.private_key as Sealed<'signing-key'>,
    createdAt: row.created_at,
    publishedAt: row.published_at,
    activatedAt: row.activated_at,
    retiredAt: row.retired_at,
    dueAt: row.due_at,
  };
}
