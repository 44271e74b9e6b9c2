import type { SubjectRecord } from '../storage/index.ts';
import { claimsForScope, parseStandardClaims, temporaryPassword } from '../subjects/index.ts';
import { systemRandom } from '../system.ts';
import { parseAttributeOptions } from './attribute-option.ts';
import { type CommonOptions, present, type TenantOption } from './command.ts';
import { type Instance, withInstance } from './instance.ts';
import { readJsonFile } from './json-file.ts';
import { readSecretInput } from './secret-input.ts';
import { counted, facts, formatTime, table } from './table.ts';
import { paint, printable, type Terminal } from './terminal.ts';

type Options = CommonOptions & TenantOption;
type Change = (instance: Instance, user: SubjectRecord) => Promise<void>;

export interface ProfileOptions {
  readonly email?: string;
  readonly name?: string;
  /** A file of standard claims; the other options win. */
  readonly claims?: string;
  readonly attribute?: readonly string[];
}

export async function addUser(
  terminal: Terminal,
  options: Options &
    ProfileOptions & { username: string; passwordStdin?: boolean; mustChangePassword?: boolean },
): Promise<void> {
  const chosen = options.passwordStdin === true ? await readSecretInput(terminal, 'password') : undefined;
  const generated = chosen === undefined ? temporaryPassword(systemRandom) : null;
  await withInstance(terminal, options, async ({ tenants, users, requester }) => {
    const tenant = await tenants.get(options.tenant);
    const user = await users.createUser(requester(), {
      tenant: tenant.id,
      username: options.username,
      password: chosen ?? generated,
      ...newProfile(options),
      mustChangePassword: generated !== null || options.mustChangePassword === true,
    });
    present(
      terminal,
      options,
      { ...toJson(user, none), ...(generated !== null && { temporary_password: generated }) },
      () => [
        `Added the user ${user.username} to the tenant ${user.tenant}.`,
        ...passwordLines(generated),
        ...describeUser(user, none),
      ],
    );
  });
}

export async function listUsers(
  terminal: Terminal,
  options: Options & { after?: string; limit: number },
): Promise<void> {
  await withInstance(terminal, options, async ({ tenants, users }) => {
    await tenants.get(options.tenant);
    const found = await users.list(options.tenant, {
      limit: options.limit,
      ...(options.after !== undefined && { after: options.after }),
    });
    const next = found.length === options.limit ? (found.at(-1)?.id ?? null) : null;
    const rows = found.map((user) => [
      user.id,
      printable(user.username ?? '-'),
      printable(user.profile.name ?? '-'),
      printable(user.email ?? '-'),
      state(terminal, user),
    ]);
    present(terminal, options, { users: found.map((user) => toJson(user, undefined)), next }, () => [
      found.length === 0
        ? `No users in the tenant ${options.tenant}. Add one: countersign user add --username NAME`
        : `${counted(found.length, 'user')} in the tenant ${options.tenant}.`,
      ...(found.length === 0 ? [] : table(['ID', 'USERNAME', 'NAME', 'EMAIL', 'STATE'], rows)),
      ...(next === null ? [] : [`More: countersign user list --after ${next}`]),
    ]);
  });
}

export async function showUser(terminal: Terminal, who: string, options: Options): Promise<void> {
  await withInstance(terminal, options, async (instance) => {
    const user = await instance.users.get(options.tenant, who);
    const standing = await standingOf(instance, user);
    present(terminal, options, toJson(user, standing), () => [
      `User ${user.username} in the tenant ${user.tenant}.`,
      ...describeUser(user, standing),
    ]);
  });
}

export async function setUser(
  terminal: Terminal,
  who: string,
  options: Options & ProfileOptions,
): Promise<void> {
  const wanted = profileChange(options);
  await change(terminal, who, options, 'Changed the user', async ({ users, requester }, user) => {
    await users.changeProfile(requester(), user.tenant, user.id, wanted);
  });
}

function profileChange(options: ProfileOptions) {
  const named =
    options.claims === undefined
      ? {}
      : parseStandardClaims(
          readJsonFile(options.claims, {
            code: 'invalid_claims',
            what: 'a file of claims',
            looksLike: '{"given_name": "Ada", "address": {"country": "GB"}}',
          }),
        );
  return {
    ...named,
    ...(options.email !== undefined && { email: options.email }),
    attributes: parseAttributeOptions(options.attribute ?? []),
    profile: { ...named.profile, ...(options.name !== undefined && { name: options.name }) },
  };
}

/** The same for somebody who has no profile yet: there is nothing that null could remove. */
function newProfile(options: ProfileOptions) {
  const { profile, ...rest } = profileChange(options);
  const members = Object.entries(profile).filter(([, value]) => value !== null && value !== undefined);
  return { ...rest, profile: Object.fromEntries(members) };
}

export async function disableUser(terminal: Terminal, who: string, options: Options): Promise<void> {
  await change(
    terminal,
    who,
    options,
    'Disabled, with all sessions and tokens ended: the user',
    async ({ users, requester }, user) => {
      await users.disable(requester(), user.tenant, user.id);
    },
  );
}

export async function enableUser(terminal: Terminal, who: string, options: Options): Promise<void> {
  await change(terminal, who, options, 'Enabled the user', async ({ users, requester }, user) => {
    await users.enable(requester(), user.tenant, user.id);
  });
}

export async function setPassword(
  terminal: Terminal,
  who: string,
  options: Options & { mustChangePassword?: boolean },
): Promise<void> {
  const password = await readSecretInput(terminal, 'password');
  const mustChange = options.mustChangePassword === true;
  await change(
    terminal,
    who,
    options,
    'Set the password, with all sessions ended, of the user',
    async ({ users, requester }, user) => {
      await users.setPassword(requester(), user.tenant, user.id, { password, mustChange, keepSession: null });
    },
  );
}

export async function resetPassword(terminal: Terminal, who: string, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ users, requester }) => {
    const user = await users.get(options.tenant, who);
    const password = await users.resetPassword(requester(), user.tenant, user.id);
    present(
      terminal,
      options,
      { id: user.id, tenant: user.tenant, username: user.username, temporary_password: password },
      () => [
        `Reset the password of the user ${user.username}; all sessions have ended.`,
        ...passwordLines(password),
      ],
    );
  });
}

export async function removeUser(terminal: Terminal, who: string, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ users, requester }) => {
    const user = await users.get(options.tenant, who);
    await users.remove(requester(), user.tenant, user.id);
    present(terminal, options, { id: user.id, tenant: user.tenant, removed: true }, () => [
      `Removed the user ${user.username} with all sessions, consents and roles. What audit records held about the person can no longer be read.`,
    ]);
  });
}

async function change(
  terminal: Terminal,
  who: string,
  options: Options,
  done: string,
  apply: Change,
): Promise<void> {
  await withInstance(terminal, options, async (instance) => {
    const before = await instance.users.get(options.tenant, who);
    await apply(instance, before);
    const user = await instance.users.get(options.tenant, before.id);
    const standing = await standingOf(instance, user);
    present(terminal, options, toJson(user, standing), () => [
      `${done} ${user.username}.`,
      ...describeUser(user, standing),
    ]);
  });
}

/** What a person is among others. */
interface Standing {
  readonly roles: readonly string[];
  readonly groups: readonly string[];
}

const none: Standing = { roles: [], groups: [] };

async function standingOf({ store, groups }: Instance, user: SubjectRecord): Promise<Standing> {
  const [granted, joined] = await Promise.all([
    store.subjects.listGrants(user.tenant, user.id),
    groups.listBySubject(user),
  ]);
  return { roles: granted.map(({ role }) => role), groups: joined.map(({ name }) => name).sort() };
}

function toJson(user: SubjectRecord, standing: Standing | undefined): Record<string, unknown> {
  return {
    id: user.id,
    tenant: user.tenant,
    username: user.username,
    name: user.profile.name ?? null,
    email: user.email,
    email_verified: user.emailVerified,
    claims: claimsForScope(user, ['profile', 'phone', 'address']),
    attributes: user.attributes,
    ...standing,
    enabled: user.disabledAt === 0,
    must_change_password: user.mustChangePassword,
    workspace: user.workspace,
    created: user.createdAt,
    updated: user.updatedAt,
  };
}

function describeUser(user: SubjectRecord, standing: Standing): readonly string[] {
  return facts([
    ['id', user.id],
    ['name', user.profile.name],
    [
      'email',
      user.email === null ? undefined : `${user.email}${user.emailVerified ? '' : ' (not confirmed)'}`,
    ],
    ['state', user.disabledAt === 0 ? 'enabled' : `disabled since ${formatTime(user.disabledAt)}`],
    [
      'password',
      user.passwordHash === null
        ? 'none'
        : user.mustChangePassword
          ? 'to be changed at the next sign-in'
          : 'set',
    ],
    ['roles', standing.roles.join(' ')],
    ['groups', standing.groups.map(printable).join(', ')],
    ...Object.entries(user.attributes).map(
      ([name, value]) => [`attribute ${name}`, printable([value].flat().join(', '))] as const,
    ),
    ['created', formatTime(user.createdAt)],
  ]);
}

function passwordLines(password: string | null): readonly string[] {
  return password === null ? [] : ['The temporary password, shown this once:', password];
}

function state(terminal: Terminal, user: SubjectRecord): string {
  return user.disabledAt === 0 ? paint(terminal, 'ok', 'enabled') : paint(terminal, 'bad', 'disabled');
}
