import type { GroupRecord } from '../storage/index.ts';
import { type CommonOptions, present, type TenantOption } from './command.ts';
import { type Instance, withInstance } from './instance.ts';
import { counted, facts, formatTime, table } from './table.ts';
import { printable, type Terminal } from './terminal.ts';

type Options = CommonOptions & TenantOption;
type PageOptions = Options & { readonly after?: string; readonly limit: number };

export async function addGroup(terminal: Terminal, name: string, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ tenants, groups, requester }) => {
    const tenant = await tenants.get(options.tenant);
    const group = await groups.create(requester(), tenant.id, name);
    present(terminal, options, toJson(group), () => [
      `Made the group ${printable(group.name)} in the tenant ${group.tenant}.`,
      ...facts([['id', group.id]]),
    ]);
  });
}

export async function listGroups(terminal: Terminal, options: PageOptions): Promise<void> {
  await withInstance(terminal, options, async ({ tenants, groups }) => {
    const tenant = await tenants.get(options.tenant);
    const found = await groups.list(tenant.id, pageOf(options));
    const next = found.length === options.limit ? (found.at(-1)?.id ?? null) : null;
    present(terminal, options, { groups: found.map(toJson), next }, () => [
      found.length === 0
        ? `No groups in the tenant ${options.tenant}. Make one: countersign group add NAME`
        : `${counted(found.length, 'group')} in the tenant ${options.tenant}.`,
      ...(found.length === 0
        ? []
        : table(
            ['ID', 'NAME', 'SINCE'],
            found.map((group) => [group.id, printable(group.name), formatTime(group.createdAt)]),
          )),
      ...(next === null ? [] : [`More: countersign group list --after ${next}`]),
    ]);
  });
}

export async function showGroup(terminal: Terminal, which: string, options: PageOptions): Promise<void> {
  await withInstance(terminal, options, async ({ groups, users }) => {
    const group = await groups.get(options.tenant, which);
    const ids = await groups.listMembers(group, pageOf(options));
    const members = await Promise.all(
      ids.map(async (id) => ({ id, username: (await users.find(group.tenant, id))?.username ?? null })),
    );
    const next = ids.length === options.limit ? (ids.at(-1) ?? null) : null;
    present(terminal, options, { ...toJson(group), members, next }, () => [
      `Group ${printable(group.name)} in the tenant ${group.tenant}${members.length === 0 ? ', without members' : ''}.`,
      ...facts([
        ['id', group.id],
        ['since', formatTime(group.createdAt)],
      ]),
      ...(members.length === 0
        ? []
        : table(
            ['MEMBER', 'USERNAME'],
            members.map(({ id, username }) => [id, printable(username ?? '-')]),
          )),
      ...(next === null ? [] : [`More: countersign group show ${group.id} --after ${next}`]),
    ]);
  });
}

export async function removeGroup(terminal: Terminal, which: string, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ groups, requester }) => {
    const group = await groups.get(options.tenant, which);
    await groups.remove(requester(), group);
    present(terminal, options, { ...toJson(group), removed: true }, () => [
      `Removed the group ${printable(group.name)}. Nobody is in it any longer.`,
    ]);
  });
}

export function addMember(terminal: Terminal, which: string, who: string, options: Options): Promise<void> {
  return changeMember(terminal, which, who, options, async ({ groups, requester }, group, user) => ({
    member: true,
    line: (await groups.addMember(requester(), group, user)) ? 'is now in' : 'was in',
  }));
}

export function removeMember(
  terminal: Terminal,
  which: string,
  who: string,
  options: Options,
): Promise<void> {
  return changeMember(terminal, which, who, options, async ({ groups, requester }, group, user) => ({
    member: false,
    line: (await groups.removeMember(requester(), group, user)) ? 'is no longer in' : 'was not in',
  }));
}

async function changeMember(
  terminal: Terminal,
  which: string,
  who: string,
  options: Options,
  apply: (
    instance: Instance,
    group: GroupRecord,
    user: Awaited<ReturnType<Instance['users']['get']>>,
  ) => Promise<{ readonly member: boolean; readonly line: string }>,
): Promise<void> {
  await withInstance(terminal, options, async (instance) => {
    const group = await instance.groups.get(options.tenant, which);
    const user = await instance.users.get(options.tenant, who);
    const { member, line } = await apply(instance, group, user);
    present(terminal, options, { ...toJson(group), user: user.id, member }, () => [
      `${printable(user.username ?? user.id)} ${line} the group ${printable(group.name)}.`,
    ]);
  });
}

function pageOf({ after, limit }: PageOptions) {
  return { limit, ...(after !== undefined && { after }) };
}

function toJson(group: GroupRecord): Record<string, unknown> {
  return { id: group.id, tenant: group.tenant, name: group.name, created: group.createdAt };
}
