import type { SubjectRecord, UserProfile } from '../ports.ts';
import type { Hashed, Sealed } from '../secrets.ts';
import type { SubjectTable } from './tables.ts';
import { fromJson, toFlag, toJson } from './values.ts';

export function toRow(subject: SubjectRecord): SubjectTable {
  return {
    tenant: subject.tenant,
    id: subject.id,
    kind: subject.kind,
    username: subject.username,
    username_key: subject.usernameKey,
    email: subject.email,
    email_verified: toFlag(subject.emailVerified),
    profile: toJson(subject.profile),
    attributes: toJson(subject.attributes),
    password_hash: subject.passwordHash,
    must_change_password: toFlag(subject.mustChangePassword),
    workspace: subject.workspace,
    audit_key: subject.auditKey,
    disabled_at: subject.disabledAt,
    created_at: subject.createdAt,
    updated_at: subject.updatedAt,
    version: subject.version,
  };
}

export function fromRow(row: SubjectTable): SubjectRecord {
  return {
    tenant: row.tenant,
    id: row.id,
    kind: row.kind as SubjectRecord['kind'],
    username: row.username,
    usernameKey: row.username_key,
    email: row.email,
    emailVerified: row.email_verified === 1,
    profile: fromJson<UserProfile>(row.profile),
    attributes: fromJson<SubjectRecord['attributes']>(row.attributes),
    passwordHash: row.password_hash as Hashed<'password'> | null,
    mustChangePassword: row.must_change_password === 1,
    workspace: row.workspace,
    auditKey: row.audit_key as Sealed<'subject-audit-key'>,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
