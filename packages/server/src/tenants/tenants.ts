import { parseTenantId, SubjectIdError, systemTenant } from '@countersign/protocol';
import type { Features } from '../keys/index.ts';
import type {
  DynamicClientSettings,
  Page,
  Profile,
  TenantRecord,
  TenantSettings,
  TenantStore,
} from '../storage/ports.ts';
import { defaultSettings, defaultTenant, validateSettings } from './profile.ts';
import { auditChange, type Requester } from './requester.ts';
import { TenantError } from './tenant-error.ts';

export interface NewTenant {
  readonly id: string;
  readonly name?: string | undefined;
  readonly profile?: Profile | undefined;
  readonly host?: string | null | undefined;
  /** Over the defaults of the profile. */
  readonly settings?: SettingsChange | undefined;
}

/** Settings by name; of `dynamicClients` too those that are not named stay. */
export type SettingsChange = Partial<Omit<TenantSettings, 'dynamicClients'>> & {
  readonly dynamicClients?: Partial<DynamicClientSettings>;
};

export interface TenantChange {
  readonly name?: string | undefined;
  readonly profile?: Profile | undefined;
  readonly host?: string | null | undefined;
  readonly settings?: SettingsChange | undefined;
}

export interface Tenants {
  find(id: string): Promise<TenantRecord | undefined>;
  /** @throws {TenantError} `unknown_tenant` */
  get(id: string): Promise<TenantRecord>;
  list(page: Page): Promise<readonly TenantRecord[]>;
  /** @throws {TenantError} `invalid_tenant`, `reserved_tenant`, `duplicate_tenant` */
  create(requester: Requester, tenant: NewTenant): Promise<TenantRecord>;
  /** Makes `default` and `_system` where they are missing; safe from many processes at once. Answers `default`. */
  ensureBuiltIn(requester: Requester): Promise<TenantRecord>;
  /**
   * A change of profile takes the new profile's default settings, under the settings named in the same change. Does not look
   * at the tenant's clients: those that the new profile forbids are refused when they are used.
   * @throws {TenantError} `unknown_tenant`, `invalid_tenant`, `duplicate_tenant`, `busy`
   */
  change(requester: Requester, id: string, change: TenantChange): Promise<TenantRecord>;
  /** The record that a complete description makes, of nothing or in the place of `before`. Writes nothing. @throws {TenantError} `invalid_tenant` */
  draft(requester: Requester, described: NewTenant, before?: TenantRecord): TenantRecord;
  /**
   * Puts a draft in the place of what it was made from, and only of that.
   * @param members what is changed, for the audit record
   * @throws {TenantError} `stale` when somebody else has changed the tenant since, `duplicate_tenant`
   */
  replace(requester: Requester, draft: TenantRecord, members: readonly string[]): Promise<void>;
}

const maxAttempts = 5;
const hostForm =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;

/** `features` decides which settings may be chosen; without it, none that is behind a switch. */
export function createTenants(store: TenantStore, features: Features = { mlDsa: false }): Tenants {
  async function get(id: string): Promise<TenantRecord> {
    const tenant = await store.find(id);
    if (tenant === undefined)
      throw new TenantError('unknown_tenant', `There is no tenant ${JSON.stringify(id)}.`);
    return tenant;
  }

  async function write(requester: Requester, tenant: TenantRecord): Promise<'created' | 'duplicate'> {
    const entry = auditChange(requester, {
      tenant: tenant.id,
      action: 'tenant.created',
      target: { kind: 'tenant', id: tenant.id },
      details: { profile: tenant.profile, host: tenant.host },
    });
    return store.create(tenant, { audit: [entry] });
  }

  async function ensure(requester: Requester, id: string, name: string): Promise<TenantRecord> {
    const existing = await store.find(id);
    if (existing !== undefined) return existing;
    await write(requester, newRecord(requester, { id, name }, features));
    return get(id);
  }

  return {
    find: (id) => store.find(id),
    get,
    list: (page) => store.list(page),

    async create(requester, tenant) {
      const record = newRecord(requester, tenant, features);
      if (record.id === systemTenant)
        throw new TenantError('reserved_tenant', 'The tenant _system belongs to the deployment.');
      if ((await write(requester, record)) === 'duplicate') {
        throw new TenantError(
          'duplicate_tenant',
          `The tenant ${record.id}${record.host === null ? '' : ` or the host ${record.host}`} exists already.`,
        );
      }
      return record;
    },

    async ensureBuiltIn(requester) {
      await ensure(requester, systemTenant, 'Deployment operators');
      return ensure(requester, defaultTenant, 'Default');
    },

    async change(requester, id, change) {
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const before = await get(id);
        const after = applyChange(requester, before, change, features);
        const entry = auditChange(requester, {
          tenant: id,
          action: 'tenant.changed',
          target: { kind: 'tenant', id },
          details: { members: changedMembers(change), profile: after.profile, host: after.host },
        });
        const outcome = await store.replace(after, before.version, { audit: [entry] });
        if (outcome === 'replaced') return after;
        if (outcome === 'duplicate')
          throw new TenantError('duplicate_tenant', `The host ${after.host} belongs to another tenant.`);
      }
      throw new TenantError('busy', `Others keep changing the tenant ${id}. Nothing was changed; try again.`);
    },

    draft(requester, described, before) {
      const record = newRecord(requester, described, features);
      if (record.id === systemTenant)
        throw new TenantError('reserved_tenant', 'The tenant _system belongs to the deployment.');
      return before === undefined
        ? record
        : { ...record, createdAt: before.createdAt, version: before.version + 1 };
    },

    async replace(requester, draft, members) {
      const entry = auditChange(requester, {
        tenant: draft.id,
        action: 'tenant.changed',
        target: { kind: 'tenant', id: draft.id },
        details: { members: members.join(' '), profile: draft.profile, host: draft.host },
      });
      const outcome = await store.replace(draft, draft.version - 1, { audit: [entry] });
      if (outcome === 'duplicate')
        throw new TenantError('duplicate_tenant', `The host ${draft.host} belongs to another tenant.`);
      if (outcome === 'stale')
        throw new TenantError('stale', `Somebody else has changed the tenant ${draft.id} since it was read.`);
    },
  };
}

function newRecord(requester: Requester, tenant: NewTenant, features: Features): TenantRecord {
  const profile = tenant.profile ?? 'standard';
  const settings = withChange(defaultSettings(profile), tenant.settings);
  validateSettings(profile, settings, features);
  return {
    id: parseId(tenant.id),
    name: parseName(tenant.name ?? tenant.id),
    profile,
    host: parseHost(tenant.host ?? null),
    settings,
    createdAt: requester.now,
    updatedAt: requester.now,
    version: 1,
  };
}

function applyChange(
  requester: Requester,
  before: TenantRecord,
  change: TenantChange,
  features: Features,
): TenantRecord {
  const profile = change.profile ?? before.profile;
  const start = profile === before.profile ? before.settings : defaultSettings(profile);
  const settings = withChange(start, change.settings);
  validateSettings(profile, settings, features);
  return {
    ...before,
    name: change.name === undefined ? before.name : parseName(change.name),
    profile,
    host: change.host === undefined ? before.host : parseHost(change.host),
    settings,
    updatedAt: requester.now,
    version: before.version + 1,
  };
}

function withChange(settings: TenantSettings, change: SettingsChange = {}): TenantSettings {
  const dynamicClients = { ...settings.dynamicClients, ...change.dynamicClients };
  return { ...settings, ...change, dynamicClients };
}

function changedMembers(change: TenantChange): string {
  const { settings, ...rest } = change;
  const named = Object.entries(rest).filter(([, value]) => value !== undefined);
  return [
    ...named.map(([name]) => name),
    ...Object.keys(settings ?? {})
      .filter((name) => name !== 'dynamicClients')
      .map((name) => `settings.${name}`),
    ...Object.keys(settings?.dynamicClients ?? {}).map((name) => `settings.dynamicClients.${name}`),
  ].join(' ');
}

function parseId(id: string): string {
  try {
    return parseTenantId(id);
  } catch (error) {
    if (!(error instanceof SubjectIdError)) throw error;
    throw new TenantError(
      'invalid_tenant',
      'A tenant id is 1 to 63 lower-case letters, digits and inner hyphens.',
      { cause: error },
    );
  }
}

function parseName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > 128 || /\p{C}/u.test(trimmed)) {
    throw new TenantError(
      'invalid_tenant',
      'A tenant name is 1 to 128 characters without control characters.',
    );
  }
  return trimmed;
}

function parseHost(host: string | null): string | null {
  if (host === null) return null;
  const lower = host.toLowerCase();
  if (!hostForm.test(lower))
    throw new TenantError(
      'invalid_tenant',
      'A tenant host is a full host name such as login.example.com, without port.',
    );
  return lower;
}
