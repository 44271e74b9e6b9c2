import type { Page, TenantRecord, TenantStore, Trail } from '../ports.ts';
import { completeSettings, type StoredSettings } from '../tenant-settings.ts';
import { recordChanges } from './change.ts';
import { type Engine, type Read, type WriteScope, writeVerb } from './engine.ts';
import type { TenantTable } from './tables.ts';
import { writeTrail } from './trail.ts';
import { fromJson, toJson } from './values.ts';

const create = writeVerb(
  'tenants.create',
  async (scope, tenant: TenantRecord, trail: Trail): Promise<'created' | 'duplicate'> => {
    const inserted = await scope.trx
      .insertInto('tenant')
      .values(toRow(tenant))
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (inserted === undefined) return 'duplicate';
    await recordChanges(scope, 'tenant', tenant.id, [tenant.id]);
    await writeTrail(scope, trail);
    return 'created';
  },
);

const replace = writeVerb(
  'tenants.replace',
  async (
    scope,
    tenant: TenantRecord,
    expectedVersion: number,
    trail: Trail,
  ): Promise<'replaced' | 'stale' | 'duplicate'> => {
    if (tenant.host !== null && (await isHostTaken(scope, tenant.host, tenant.id))) return 'duplicate';
    const { name, profile, host, settings, updated_at } = toRow(tenant);
    const replaced = await scope.trx
      .updateTable('tenant')
      .set({ name, profile, host, settings, updated_at, version: expectedVersion + 1 })
      .where('id', '=', tenant.id)
      .where('version', '=', expectedVersion)
      .returning('id')
      .executeTakeFirst();
    if (replaced === undefined) return 'stale';
    await recordChanges(scope, 'tenant', tenant.id, [tenant.id]);
    await writeTrail(scope, trail);
    return 'replaced';
  },
);

export const tenantVerbs = [create, replace];

export function tenantStore(engine: Engine): TenantStore {
  return {
    find: (id) => engine.read((db) => findBy(db, 'id', id)),
    findByHost: (host) => engine.read((db) => findBy(db, 'host', host)),
    list: (page) => engine.read((db) => list(db, page)),
    create: engine.bind(create),
    replace: engine.bind(replace),
  };
}

async function findBy(db: Read, column: 'id' | 'host', value: string): Promise<TenantRecord | undefined> {
  const row = await db.selectFrom('tenant').selectAll().where(column, '=', value).executeTakeFirst();
  return row && fromRow(row);
}

async function list(db: Read, page: Page): Promise<readonly TenantRecord[]> {
  const rows = await db
    .selectFrom('tenant')
    .selectAll()
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute();
  return rows.map(fromRow);
}

async function isHostTaken(scope: WriteScope, host: string, byOtherThan: string): Promise<boolean> {
  const row = await scope.trx
    .selectFrom('tenant')
    .select('id')
    .where('host', '=', host)
    .where('id', '!=', byOtherThan)
    .executeTakeFirst();
  return row !== undefined;
}

function toRow(tenant: TenantRecord): TenantTable {
  return {
    id: tenant.id,
    name: tenant.name,
    profile: tenant.profile,
    host: tenant.host,
    settings: toJson(tenant.settings),
    created_at: tenant.createdAt,
    updated_at: tenant.updatedAt,
    version: tenant.version,
  };
}

function fromRow(row: TenantTable): TenantRecord {
  return {
    id: row.id,
    name: row.name,
    profile: row.profile as TenantRecord['profile'],
    host: row.host,
    settings: completeSettings(fromJson<StoredSettings>(row.settings)),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
