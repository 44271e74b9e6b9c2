import type { SubjectKind } from '@countersign/protocol';
import type { Page, RoleGrant, SubjectRecord, SubjectStore, Trail } from '../ports.ts';
import type { Hashed } from '../secrets.ts';
import { recordChanges } from './change.ts';
import { type Engine, type Read, type WriteScope, writeVerb } from './engine.ts';
import { hasHolder, insertGrants, listGrants } from './role-grants.ts';
import { disable, enable, remove } from './subject-lifecycle.ts';
import { fromRow, toRow } from './subject-rows.ts';
import type { SubjectTable } from './tables.ts';
import { writeTrail } from './trail.ts';
import { requireThat, toFlag } from './values.ts';

const create = writeVerb(
  'subjects.create',
  async (
    scope,
    subject: SubjectRecord,
    grants: readonly RoleGrant[],
    trail: Trail,
  ): Promise<'created' | 'duplicate'> => {
    if (!(await insertSubject(scope, subject, grants))) return 'duplicate';
    await writeTrail(scope, trail);
    return 'created';
  },
);

const replace = writeVerb(
  'subjects.replace',
  async (
    scope,
    subject: SubjectRecord,
    expectedVersion: number,
    trail: Trail,
  ): Promise<'replaced' | 'stale' | 'duplicate'> => {
    const current = await scope.trx
      .selectFrom('subject')
      .selectAll()
      .where('tenant', '=', subject.tenant)
      .where('id', '=', subject.id)
      .where('version', '=', expectedVersion)
      .forUpdate()
      .executeTakeFirst();
    if (current === undefined) return 'stale';
    const next = toRow(subject);
    requireUntouched(current, next);
    if (next.username_key !== null && (await isUsernameTaken(scope, next))) return 'duplicate';
    const {
      username,
      username_key,
      email,
      email_verified,
      profile,
      attributes,
      must_change_password,
      workspace,
      updated_at,
    } = next;
    await scope.trx
      .updateTable('subject')
      .set({
        username,
        username_key,
        email,
        email_verified,
        profile,
        attributes,
        must_change_password,
        workspace,
        updated_at,
      })
      .set({ version: expectedVersion + 1 })
      .where('tenant', '=', subject.tenant)
      .where('id', '=', subject.id)
      .where('version', '=', expectedVersion)
      .execute();
    await recordChanges(scope, 'subject', subject.tenant, [subject.id]);
    await writeTrail(scope, trail);
    return 'replaced';
  },
);

const replacePassword = writeVerb(
  'subjects.replacePassword',
  async (
    scope,
    tenant: string,
    id: string,
    previous: Hashed<'password'> | null,
    next: Hashed<'password'>,
    mustChange: boolean,
    now: number,
    trail: Trail,
  ): Promise<boolean> => {
    const replaced = await scope.trx
      .updateTable('subject')
      .set((eb) => ({
        password_hash: next,
        must_change_password: toFlag(mustChange),
        updated_at: now,
        version: eb('version', '+', 1),
      }))
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('password_hash', previous === null ? 'is' : '=', previous)
      .returning('id')
      .executeTakeFirst();
    if (replaced === undefined) return false;
    await recordChanges(scope, 'subject', tenant, [id]);
    await writeTrail(scope, trail);
    return true;
  },
);

export const subjectVerbs = [create, replace, replacePassword, disable, enable, remove];

/** False when the id or the user name is taken; then nothing was written. */
export async function insertSubject(
  scope: WriteScope,
  subject: SubjectRecord,
  grants: readonly RoleGrant[],
): Promise<boolean> {
  const inserted = await scope.trx
    .insertInto('subject')
    .values(toRow(subject))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) return false;
  await insertGrants(scope, subject, grants);
  await recordChanges(scope, 'subject', subject.tenant, [subject.id]);
  return true;
}

export function subjectStore(engine: Engine): SubjectStore {
  return {
    find: (tenant, id) => engine.read((db) => findBy(db, tenant, 'id', id)),
    findByUsername: (tenant, usernameKey) =>
      engine.read((db) => findBy(db, tenant, 'username_key', usernameKey)),
    list: (tenant, kind, page) => engine.read((db) => list(db, tenant, kind, page)),
    create: engine.bind(create),
    replace: engine.bind(replace),
    replacePassword: engine.bind(replacePassword),
    disable: engine.bind(disable),
    enable: engine.bind(enable),
    remove: engine.bind(remove),
    listGrants: (tenant, subject) => engine.read((db) => listGrants(db, tenant, subject)),
    hasHolder: (tenant, role) => engine.read((db) => hasHolder(db, tenant, role)),
  };
}

async function findBy(
  db: Read,
  tenant: string,
  column: 'id' | 'username_key',
  value: string,
): Promise<SubjectRecord | undefined> {
  const row = await db
    .selectFrom('subject')
    .selectAll()
    .where('tenant', '=', tenant)
    .where(column, '=', value)
    .executeTakeFirst();
  return row && fromRow(row);
}

async function list(
  db: Read,
  tenant: string,
  kind: SubjectKind,
  page: Page,
): Promise<readonly SubjectRecord[]> {
  const rows = await db
    .selectFrom('subject')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('kind', '=', kind)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute();
  return rows.map(fromRow);
}

/** What has a verb of its own is not changed by the way. */
function requireUntouched(current: SubjectTable, next: SubjectTable): void {
  for (const column of ['kind', 'password_hash', 'audit_key', 'disabled_at'] as const) {
    requireThat(current[column] === next[column], `subjects.replace does not change ${column}`);
  }
}

async function isUsernameTaken(scope: WriteScope, next: SubjectTable): Promise<boolean> {
  const row = await scope.trx
    .selectFrom('subject')
    .select('id')
    .where('tenant', '=', next.tenant)
    .where('username_key', '=', next.username_key)
    .where('id', '!=', next.id)
    .executeTakeFirst();
  return row !== undefined;
}
