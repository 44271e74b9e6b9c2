import type { RoleGrant } from '../ports.ts';
import type { Read, WriteScope } from './engine.ts';
import { requireThat } from './values.ts';

/** A grant may stand in another tenant than its subject: an operator's stands in `_system`. */
export async function insertGrants(
  scope: WriteScope,
  subject: { readonly tenant: string; readonly id: string },
  grants: readonly RoleGrant[],
): Promise<void> {
  if (grants.length === 0) return;
  requireThat(
    grants.every((grant) => grant.subject === subject.id),
    'a role grant names another subject',
  );
  await scope.trx
    .insertInto('role_grant')
    .values(
      grants.map((grant) => ({
        tenant: grant.tenant,
        home: subject.tenant,
        subject: grant.subject,
        role: grant.role,
        workspace: grant.workspace ?? '',
        created_at: grant.createdAt,
      })),
    )
    .execute();
}

export async function listGrants(db: Read, tenant: string, subject: string): Promise<readonly RoleGrant[]> {
  const rows = await db
    .selectFrom('role_grant')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('subject', '=', subject)
    .orderBy('role')
    .orderBy('workspace')
    .execute();
  return rows.map((row) => ({
    tenant: row.tenant,
    subject: row.subject,
    role: row.role,
    workspace: row.workspace === '' ? null : row.workspace,
    createdAt: row.created_at,
  }));
}

/** Whether an enabled subject holds the role in every workspace of the tenant. */
export async function hasHolder(db: Read, tenant: string, role: string): Promise<boolean> {
  const row = await db
    .selectFrom('role_grant')
    .innerJoin('subject', (join) =>
      join.onRef('subject.tenant', '=', 'role_grant.home').onRef('subject.id', '=', 'role_grant.subject'),
    )
    .select('subject.id')
    .where('role_grant.tenant', '=', tenant)
    .where('role_grant.role', '=', role)
    .where('role_grant.workspace', '=', '')
    .where('subject.disabled_at', '=', 0)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
