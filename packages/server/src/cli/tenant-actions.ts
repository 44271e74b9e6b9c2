import type { Profile, TenantRecord, TenantSettings } from '../storage/index.ts';
import type { TenantChange } from '../tenants/index.ts';
import { type CommonOptions, present } from './command.ts';
import { UsageError } from './command-error.ts';
import {
  type DynamicClientOptions,
  dynamicClientFacts,
  dynamicClientsToJson,
  readDynamicClients,
} from './dynamic-clients.ts';
import { withInstance } from './instance.ts';
import { counted, facts, formatTime, table } from './table.ts';
import { printable, type Terminal } from './terminal.ts';

/** Commander has checked the choices. */
export interface TenantOptions extends DynamicClientOptions {
  readonly name?: string;
  readonly profile?: Profile;
  readonly host?: string;
  readonly signingAlg?: TenantSettings['defaultSigningAlgorithm'];
  readonly nonceWithoutPkce?: 'required' | 'optional';
  readonly refreshGrace?: number;
  readonly refreshReuse?: TenantSettings['refreshOnReuse'];
  readonly auditDurability?: TenantSettings['auditDurability'];
}

export async function addTenant(
  terminal: Terminal,
  id: string,
  options: CommonOptions & TenantOptions,
): Promise<void> {
  const { name, profile, host, settings } = readChange(options);
  await withInstance(terminal, options, async ({ tenants, requester }) => {
    const tenant = await tenants.create(requester(), { id, name, profile, host, settings });
    present(terminal, options, toJson(tenant), () => [
      `Added the tenant ${tenant.id}.`,
      ...describeTenant(tenant),
    ]);
  });
}

export async function listTenants(
  terminal: Terminal,
  options: CommonOptions & { after?: string; limit: number },
): Promise<void> {
  await withInstance(terminal, options, async ({ tenants }) => {
    const found = await tenants.list({
      limit: options.limit,
      ...(options.after !== undefined && { after: options.after }),
    });
    const next = found.length === options.limit ? (found.at(-1)?.id ?? null) : null;
    present(terminal, options, { tenants: found.map(toJson), next }, () => [
      `${counted(found.length, 'tenant')}.`,
      ...table(
        ['ID', 'NAME', 'PROFILE', 'HOST', 'CREATED'],
        found.map((tenant) => [
          tenant.id,
          printable(tenant.name),
          tenant.profile,
          tenant.host ?? '-',
          formatTime(tenant.createdAt),
        ]),
      ),
      ...(next === null ? [] : [`More: countersign tenant list --after ${next}`]),
    ]);
  });
}

export async function showTenant(terminal: Terminal, id: string, options: CommonOptions): Promise<void> {
  await withInstance(terminal, options, async ({ tenants }) => {
    const tenant = await tenants.get(id);
    present(terminal, options, toJson(tenant), () => [`Tenant ${tenant.id}.`, ...describeTenant(tenant)]);
  });
}

export async function setTenant(
  terminal: Terminal,
  id: string,
  options: CommonOptions & TenantOptions,
): Promise<void> {
  const change = readChange(options);
  const named =
    [change.name, change.profile, change.host].some((value) => value !== undefined) ||
    Object.keys(change.settings ?? {}).length > 0;
  if (!named) throw new UsageError('name at least one thing to change; see: countersign tenant set --help');
  await withInstance(terminal, options, async ({ tenants, requester }) => {
    const tenant = await tenants.change(requester(), id, change);
    present(terminal, options, toJson(tenant), () => [
      `Changed the tenant ${tenant.id}.`,
      ...describeTenant(tenant),
    ]);
  });
}

function readChange(options: TenantOptions): TenantChange {
  const { signingAlg, nonceWithoutPkce, refreshGrace, refreshReuse, auditDurability } = options;
  return {
    name: options.name,
    profile: options.profile,
    host: options.host === 'none' ? null : options.host,
    settings: {
      ...(signingAlg !== undefined && { defaultSigningAlgorithm: signingAlg }),
      ...(nonceWithoutPkce !== undefined && { requireNonceWithoutPkce: nonceWithoutPkce === 'required' }),
      ...(refreshGrace !== undefined && { refreshGraceSeconds: refreshGrace }),
      ...(refreshReuse !== undefined && { refreshOnReuse: refreshReuse }),
      ...(auditDurability !== undefined && { auditDurability }),
      ...readDynamicClients(options),
    },
  };
}

function toJson(tenant: TenantRecord): Record<string, unknown> {
  const { settings } = tenant;
  return {
    id: tenant.id,
    name: tenant.name,
    profile: tenant.profile,
    host: tenant.host,
    settings: {
      default_signing_algorithm: settings.defaultSigningAlgorithm,
      require_nonce_without_pkce: settings.requireNonceWithoutPkce,
      refresh_grace_seconds: settings.refreshGraceSeconds,
      refresh_on_reuse: settings.refreshOnReuse,
      audit_durability: settings.auditDurability,
      dynamic_registration: settings.dynamicRegistration,
      dynamic_clients: dynamicClientsToJson(settings.dynamicClients),
    },
    created: tenant.createdAt,
    updated: tenant.updatedAt,
  };
}

function describeTenant({ name, profile, host, settings, createdAt }: TenantRecord): readonly string[] {
  return facts([
    ['name', name],
    ['profile', profile],
    ['host', host],
    ['signing algorithm', settings.defaultSigningAlgorithm],
    ['nonce without PKCE', settings.requireNonceWithoutPkce ? 'required' : 'optional'],
    ['refresh grace', `${settings.refreshGraceSeconds} s`],
    ['refresh reuse ends', settings.refreshOnReuse],
    ['audit durability', settings.auditDurability],
    ...dynamicClientFacts(settings),
    ['created', formatTime(createdAt)],
  ]);
}
