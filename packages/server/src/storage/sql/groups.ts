import type { GroupMembership, GroupRecord, GroupStore, Page, Trail } from '../ports.ts';
import { recordChanges } from './change.ts';
import { type Engine, type Read, writeVerb } from './engine.ts';
import type { PersonGroupTable } from './tables.ts';
import { writeTrail } from './trail.ts';

const create = writeVerb(
  'groups.create',
  async (scope, group: GroupRecord, trail: Trail): Promise<'created' | 'duplicate'> => {
    const { tenant, id, name, nameKey, createdAt } = group;
    const inserted = await scope.trx
      .insertInto('person_group')
      .values({ tenant, id, name, name_key: nameKey, parent: null, created_at: createdAt })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (inserted === undefined) return 'duplicate';
    await recordChanges(scope, 'group', tenant, [id]);
    await writeTrail(scope, trail);
    return 'created';
  },
);

const remove = writeVerb(
  'groups.remove',
  async (scope, tenant: string, id: string, trail: Trail): Promise<boolean> => {
    const removed = await scope.trx
      .deleteFrom('person_group')
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst();
    if (removed === undefined) return false;
    await scope.trx
      .deleteFrom('group_member')
      .where('tenant', '=', tenant)
      .where('group_id', '=', id)
      .execute();
    await recordChanges(scope, 'group', tenant, [id]);
    await writeTrail(scope, trail);
    return true;
  },
);

const addMember = writeVerb(
  'groups.addMember',
  async (
    scope,
    membership: GroupMembership,
    limit: number,
    trail: Trail,
  ): Promise<'added' | 'already' | 'full' | 'unknown'> => {
    const { tenant, group, subject, createdAt } = membership;
    // Both locked: neither a removed group nor an erased person gets a member behind its removal, and one caller counts at a time.
    const known = await scope.trx
      .selectFrom('person_group')
      .select('id')
      .where('tenant', '=', tenant)
      .where('id', '=', group)
      .forShare()
      .executeTakeFirst();
    const person = await scope.trx
      .selectFrom('subject')
      .select('id')
      .where('tenant', '=', tenant)
      .where('id', '=', subject)
      .forUpdate()
      .executeTakeFirst();
    if (known === undefined || person === undefined) return 'unknown';
    const held = await scope.trx
      .selectFrom('group_member')
      .select('group_id')
      .where('tenant', '=', tenant)
      .where('subject', '=', subject)
      .execute();
    if (held.some(({ group_id }) => group_id === group)) return 'already';
    if (held.length >= limit) return 'full';
    await scope.trx
      .insertInto('group_member')
      .values({ tenant, group_id: group, subject, created_at: createdAt })
      .execute();
    await recordChanges(scope, 'membership', tenant, [subject]);
    await writeTrail(scope, trail);
    return 'added';
  },
);

const removeMember = writeVerb(
  'groups.removeMember',
  async (scope, tenant: string, group: string, subject: string, trail: Trail): Promise<boolean> => {
    const removed = await scope.trx
      .deleteFrom('group_member')
      .where('tenant', '=', tenant)
      .where('group_id', '=', group)
      .where('subject', '=', subject)
      .returning('subject')
      .executeTakeFirst();
    if (removed === undefined) return false;
    await recordChanges(scope, 'membership', tenant, [subject]);
    await writeTrail(scope, trail);
    return true;
  },
);

export const groupVerbs = [create, remove, addMember, removeMember];

export function groupStore(engine: Engine): GroupStore {
  return {
    find: (tenant, id) => engine.read((db) => findBy(db, tenant, 'id', id)),
    findByName: (tenant, nameKey) => engine.read((db) => findBy(db, tenant, 'name_key', nameKey)),
    list: (tenant, page) => engine.read((db) => list(db, tenant, page)),
    listMembers: (tenant, group, page) => engine.read((db) => listMembers(db, tenant, group, page)),
    listBySubject: (tenant, subject) => engine.read((db) => listBySubject(db, tenant, subject)),
    create: engine.bind(create),
    remove: engine.bind(remove),
    addMember: engine.bind(addMember),
    removeMember: engine.bind(removeMember),
  };
}

async function findBy(
  db: Read,
  tenant: string,
  column: 'id' | 'name_key',
  value: string,
): Promise<GroupRecord | undefined> {
  const row = await db
    .selectFrom('person_group')
    .selectAll()
    .where('tenant', '=', tenant)
    .where(column, '=', value)
    .executeTakeFirst();
  return row && fromRow(row);
}

async function list(db: Read, tenant: string, page: Page): Promise<readonly GroupRecord[]> {
  const rows = await db
    .selectFrom('person_group')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute();
  return rows.map(fromRow);
}

async function listMembers(db: Read, tenant: string, group: string, page: Page): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('group_member')
    .select('subject')
    .where('tenant', '=', tenant)
    .where('group_id', '=', group)
    .where('subject', '>', page.after ?? '')
    .orderBy('subject')
    .limit(page.limit)
    .execute();
  return rows.map(({ subject }) => subject);
}

async function listBySubject(db: Read, tenant: string, subject: string): Promise<readonly GroupRecord[]> {
  const rows = await db
    .selectFrom('group_member')
    .innerJoin('person_group', (join) =>
      join
        .onRef('person_group.tenant', '=', 'group_member.tenant')
        .onRef('person_group.id', '=', 'group_member.group_id'),
    )
    .selectAll('person_group')
    .where('group_member.tenant', '=', tenant)
    .where('group_member.subject', '=', subject)
    .orderBy('person_group.id')
    .execute();
  return rows.map(fromRow);
}

function fromRow(row: PersonGroupTable): GroupRecord {
  return {
    tenant: row.tenant,
    id: row.id,
    name: row.name,
    nameKey: row.name_key,
    createdAt: row.created_at,
  };
}
