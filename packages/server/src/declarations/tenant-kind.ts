import type { TenantRecord } from '../storage/ports.ts';
import { differences } from './differences.ts';
import type { Entry } from './entry.ts';
import type { Kind, World } from './kind.ts';
import { profiles, readTenantSettings } from './tenant-settings.ts';

/** A tenant is described whole: what its document does not name has the default of its profile. A tenant is never removed. */
export const tenantKind: Kind = {
  name: 'tenant',

  read(entry: Entry) {
    entry.only(['kind', 'id', 'name', 'profile', 'host', 'settings']);
    const described = {
      id: entry.requiredText('id'),
      name: entry.text('name'),
      profile: entry.choice('profile', profiles),
      host: entry.text('host'),
      settings: readTenantSettings(entry.below('settings')),
    };
    const { id } = described;
    return {
      name: id,
      tenant: id,
      at: entry.at(),
      async plan({ tenants, requester, drafts }: World) {
        const before = await tenants.find(id);
        const draft = tenants.draft(requester, described, before);
        drafts.set(id, draft);
        const base = { kind: 'tenant', name: id };
        const members = differences(before === undefined ? {} : describe(before), describe(draft));
        if (before === undefined) {
          return {
            ...base,
            action: 'create',
            members,
            apply: async (asked) => void (await tenants.create(asked, described)),
          };
        }
        if (members.length === 0) return { ...base, action: 'none', members, apply: async () => undefined };
        return {
          ...base,
          action: 'change',
          members,
          apply: (asked) =>
            tenants.replace(
              asked,
              { ...draft, updatedAt: asked.now },
              members.map(({ member }) => member),
            ),
        };
      },
    };
  },

  listOrphans: async () => [],
};

/** One level: a member is what a line of a plan names. */
function describe({ name, profile, host, settings }: TenantRecord): Readonly<Record<string, unknown>> {
  const { dynamicClients, ...others } = settings;
  const flat = (prefix: string, values: object): readonly (readonly [string, unknown])[] =>
    Object.entries(values).map(([member, value]) => [`${prefix}${member}`, value] as const);
  return {
    name,
    profile,
    ...(host !== null && { host }),
    ...Object.fromEntries([
      ...flat('settings.', others),
      ...flat('settings.dynamicClients.', dynamicClients),
    ]),
  };
}
