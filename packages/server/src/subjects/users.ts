/** People: the changes that may be made to them, each with its audit entry in the same transaction. */
import { issueSubjectId } from '@countersign/protocol';
import type { AuditEntry } from '../audit/record.ts';
import type { Random, Vault } from '../ports.ts';
import type {
  AttributeValue,
  Page,
  Revocation,
  RoleGrant,
  SessionStore,
  SubjectRecord,
  SubjectStore,
  Trail,
  UserProfile,
} from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';
import { auditChange, type Requester } from '../tenants/index.ts';
import { changeAttributes } from './attributes.ts';
import { createAuditKey } from './audit-key.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { PasswordRules } from './password-rules.ts';
import { SubjectError } from './subject-error.ts';
import { temporaryPassword } from './temporary-password.ts';
import { parseEmail, validateProfile } from './user-profile.ts';
import { parseUsername, usernameKey } from './username.ts';

export interface NewUser {
  readonly tenant: string;
  readonly username: string;
  /** null: no sign-in by password. */
  readonly password: string | null;
  readonly email?: string | null | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly profile?: UserProfile | undefined;
  readonly attributes?: Readonly<Record<string, AttributeValue | null>> | undefined;
  readonly mustChangePassword?: boolean | undefined;
  readonly workspace?: string | null | undefined;
}

/** A user that was checked and hashed but not stored: for a transaction of its own, such as the set-up link. */
export interface PreparedUser {
  readonly subject: SubjectRecord;
  readonly trail: Trail;
}

export interface ProfileChange {
  readonly email?: string | null | undefined;
  readonly emailVerified?: boolean | undefined;
  /** Members are set; those that are null are removed. */
  readonly profile?: { readonly [Name in keyof UserProfile]?: UserProfile[Name] | null } | undefined;
  /** The same. */
  readonly attributes?: Readonly<Record<string, AttributeValue | null>> | undefined;
}

export interface NewPassword {
  readonly password: string;
  readonly mustChange: boolean;
  /** The session that goes on; every other one ends. null: all end. */
  readonly keepSession: string | null;
}

/** Errors are SubjectError; HasherBusyError where a password is hashed; StorageError passes through. */
export interface Users {
  find(tenant: string, id: string): Promise<SubjectRecord | undefined>;
  findByUsername(tenant: string, username: string): Promise<SubjectRecord | undefined>;
  /** By id or user name. @throws `unknown_subject` */
  get(tenant: string, idOrUsername: string): Promise<SubjectRecord>;
  list(tenant: string, page: Page): Promise<readonly SubjectRecord[]>;
  /** Stores nothing. @throws `invalid_username`, `invalid_email`, `invalid_profile`, `invalid_attribute`, `weak_password` */
  prepareUser(requester: Requester, user: NewUser): Promise<PreparedUser>;
  /** @throws as prepareUser, and `duplicate_username` */
  createUser(requester: Requester, user: NewUser, roles?: readonly string[]): Promise<SubjectRecord>;
  /** @throws `unknown_subject`, `invalid_email`, `invalid_profile`, `invalid_attribute`, `busy` */
  changeProfile(
    requester: Requester,
    tenant: string,
    id: string,
    change: ProfileChange,
  ): Promise<SubjectRecord>;
  /** Policy, new hash, sessions ended. @throws `unknown_subject`, `weak_password`, `busy` */
  setPassword(requester: Requester, tenant: string, id: string, next: NewPassword): Promise<void>;
  /** Sets a random password, to be changed at sign-in, and answers it. */
  resetPassword(requester: Requester, tenant: string, id: string): Promise<string>;
  disable(requester: Requester, tenant: string, id: string): Promise<void>;
  enable(requester: Requester, tenant: string, id: string): Promise<void>;
  remove(requester: Requester, tenant: string, id: string): Promise<void>;
}

const maxAttempts = 5;

export function createUsers(parts: {
  readonly subjects: SubjectStore;
  readonly sessions: SessionStore;
  readonly hasher: PasswordHasher;
  readonly rules: PasswordRules;
  readonly vault: Vault;
  /** Seals values about a person under that person's own key (`audit/log.ts`). */
  readonly sealPersonal: (
    subject: SubjectRecord,
    values: Readonly<Record<string, string>>,
  ) => AuditEntry['personal'];
  readonly random: Random;
  /** How long a revocation must be remembered: the longest life of an access token. */
  readonly revocationSeconds: number;
}): Users {
  const { subjects, sessions, hasher, rules, vault, sealPersonal, random, revocationSeconds } = parts;

  async function getById(tenant: string, id: string): Promise<SubjectRecord> {
    const subject = await subjects.find(tenant, id);
    if (subject === undefined || subject.kind !== 'usr') throw unknown(tenant);
    return subject;
  }

  function trail(
    requester: Requester,
    subject: SubjectRecord,
    action: string,
    details: Readonly<Record<string, string | boolean>> = {},
    personal?: Readonly<Record<string, string>>,
  ): Trail {
    const { tenant, id } = subject;
    const sealed = personal === undefined ? null : sealPersonal(subject, personal);
    const entry = auditChange(requester, {
      tenant,
      action,
      target: { kind: 'subject', id },
      details,
      personal: sealed,
    });
    const event = {
      id: random.token(16),
      tenant,
      type: action,
      at: requester.now,
      subject: id,
      data: details,
    };
    return { audit: [entry], events: [event] };
  }

  function revocation(requester: Requester, tenant: string, id: string): Revocation {
    return {
      tenant,
      kind: 'subject',
      id,
      revokedAt: requester.now,
      expiresAt: requester.now + revocationSeconds,
    };
  }

  async function hashChecked(
    password: string,
    person: { username: string | null; email: string | null },
  ): Promise<Hashed<'password'>> {
    const problem = await rules.check(password, person);
    if (problem !== undefined) throw new SubjectError('weak_password', rules.explain(problem));
    return hasher.hash<'password'>(password);
  }

  async function prepareUser(requester: Requester, user: NewUser): Promise<PreparedUser> {
    const { username, key } = parseUsername(user.username);
    const email = user.email === undefined || user.email === null ? null : parseEmail(user.email);
    const profile = validateProfile(user.profile ?? {});
    const attributes = changeAttributes({}, user.attributes ?? {});
    const passwordHash =
      user.password === null ? null : await hashChecked(user.password, { username, email });
    const id = issueSubjectId('usr', user.tenant, random.bytes(16));
    const subject: SubjectRecord = {
      id,
      tenant: user.tenant,
      kind: 'usr',
      username,
      usernameKey: key,
      email,
      emailVerified: email !== null && user.emailVerified === true,
      profile,
      attributes,
      passwordHash,
      mustChangePassword: user.mustChangePassword ?? false,
      workspace: user.workspace ?? null,
      auditKey: createAuditKey({ vault, random }, user.tenant, id),
      disabledAt: 0,
      createdAt: requester.now,
      updatedAt: requester.now,
      version: 1,
    };
    return {
      subject,
      trail: trail(
        requester,
        subject,
        'user.created',
        { password: passwordHash !== null },
        { username, ...(email !== null && { email }) },
      ),
    };
  }

  async function setPassword(
    requester: Requester,
    tenant: string,
    id: string,
    next: NewPassword,
  ): Promise<void> {
    const subject = await getById(tenant, id);
    const hash = await hashChecked(next.password, subject);
    let previous = subject.passwordHash;
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const entry = trail(requester, subject, 'password.changed', { mustChange: next.mustChange });
      if (await subjects.replacePassword(tenant, id, previous, hash, next.mustChange, requester.now, entry)) {
        const ended = trail(requester, subject, 'sessions.ended', { cause: 'password-changed' });
        await sessions.endAll(
          tenant,
          id,
          next.keepSession,
          requester.now,
          requester.now + revocationSeconds,
          ended,
        );
        return;
      }
      previous = (await getById(tenant, id)).passwordHash;
    }
    throw busy();
  }

  return {
    async find(tenant, id) {
      const subject = await subjects.find(tenant, id);
      return subject?.kind === 'usr' ? subject : undefined;
    },
    findByUsername: (tenant, username) => subjects.findByUsername(tenant, usernameKey(username)),
    list: (tenant, page) => subjects.list(tenant, 'usr', page),
    prepareUser,
    setPassword,

    async get(tenant, idOrUsername) {
      if (/^USR-/.test(idOrUsername)) return getById(tenant, idOrUsername);
      const subject = await subjects.findByUsername(tenant, usernameKey(idOrUsername));
      if (subject === undefined) throw unknown(tenant);
      return subject;
    },

    async createUser(requester, user, roles = []) {
      const { subject, trail: created } = await prepareUser(requester, user);
      const grants: readonly RoleGrant[] = roles.map((role) => ({
        tenant: subject.tenant,
        subject: subject.id,
        role,
        workspace: null,
        createdAt: requester.now,
      }));
      if ((await subjects.create(subject, grants, created)) === 'duplicate') {
        throw new SubjectError('duplicate_username', `The user name is taken in the tenant ${user.tenant}.`);
      }
      return subject;
    },

    async changeProfile(requester, tenant, id, change) {
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const before = await getById(tenant, id);
        const after = applyProfile(requester, before, change);
        const names = Object.keys(change.attributes ?? {}).sort();
        const details = names.length === 0 ? {} : { attributes: names.join(' ') };
        const entry = trail(requester, after, 'user.profile-changed', details, personalValues(after));
        if ((await subjects.replace(after, before.version, entry)) === 'replaced') return after;
      }
      throw busy();
    },

    async resetPassword(requester, tenant, id) {
      const password = temporaryPassword(random);
      await setPassword(requester, tenant, id, { password, mustChange: true, keepSession: null });
      return password;
    },

    async disable(requester, tenant, id) {
      const subject = await getById(tenant, id);
      const done = await subjects.disable(
        tenant,
        id,
        revocation(requester, tenant, id),
        trail(requester, subject, 'user.disabled'),
      );
      if (!done) throw unknown(tenant);
    },

    async enable(requester, tenant, id) {
      const subject = await getById(tenant, id);
      if (!(await subjects.enable(tenant, id, requester.now, trail(requester, subject, 'user.enabled'))))
        throw unknown(tenant);
    },

    async remove(requester, tenant, id) {
      const subject = await getById(tenant, id);
      const done = await subjects.remove(
        tenant,
        id,
        revocation(requester, tenant, id),
        trail(requester, subject, 'user.removed'),
      );
      if (!done) throw unknown(tenant);
    },
  };
}

function personalValues({ email, profile }: SubjectRecord): Record<string, string> {
  return { ...(email !== null && { email }), ...(profile.name !== undefined && { name: profile.name }) };
}

function applyProfile(requester: Requester, before: SubjectRecord, change: ProfileChange): SubjectRecord {
  const email =
    change.email === undefined ? before.email : change.email === null ? null : parseEmail(change.email);
  const members = Object.entries({ ...before.profile, ...change.profile }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return {
    ...before,
    email,
    // A confirmation is about one address: another address has not been confirmed.
    emailVerified:
      email !== null && (change.emailVerified ?? (email === before.email && before.emailVerified)),
    profile: validateProfile(Object.fromEntries(members)),
    attributes: changeAttributes(before.attributes, change.attributes ?? {}),
    updatedAt: requester.now,
    version: before.version + 1,
  };
}

function unknown(tenant: string): SubjectError {
  return new SubjectError('unknown_subject', `There is no such user in the tenant ${tenant}.`);
}

function busy(): SubjectError {
  return new SubjectError('busy', 'Others keep changing this user. Nothing was changed; try again.');
}
