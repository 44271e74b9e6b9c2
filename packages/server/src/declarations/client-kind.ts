import { clientMetadataMembers } from '@countersign/protocol';
import { type Clients, checkChosen, hasSecret } from '../clients/index.ts';
import type { ClientRecord, TenantRecord } from '../storage/ports.ts';
import { clientMembers } from './client-members.ts';
import { planSecret } from './client-secrets.ts';
import { differences } from './differences.ts';
import type { Entry } from './entry.ts';
import type { Change, Kind, World } from './kind.ts';
import { readSecretReference, type SecretReference, secretMembers } from './secret-reference.ts';

const maxGraceSeconds = 30 * 86_400;
const pageSize = 200;

interface DeclaredClient {
  readonly entry: Entry;
  readonly tenant: string;
  readonly id: string;
  readonly enabled: boolean;
  readonly members: Readonly<Record<string, unknown>>;
  readonly reference: SecretReference | undefined;
  readonly graceSeconds: number;
}

/** A client is described whole: members that its document does not name have the defaults of a registration (RFC 7591 §2). */
export const clientKind: Kind = {
  name: 'client',

  read(entry) {
    const declared = readClient(entry);
    const { tenant, id } = declared;
    return { name: nameOf(tenant, id), tenant, at: entry.at(), plan: (world) => plan(world, declared) };
  },

  async listOrphans({ clients }, tenant, declared) {
    const orphans: Change[] = [];
    for await (const client of all(clients, tenant)) {
      const name = nameOf(tenant, client.id);
      if (client.applied && !declared.has(name)) orphans.push(removal(clients, client));
    }
    return orphans;
  },
};

export async function* all(clients: Clients, tenant: string): AsyncGenerator<ClientRecord> {
  let after = '';
  for (;;) {
    const page = await clients.list(tenant, { after, limit: pageSize });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.id;
  }
}

function readClient(entry: Entry): DeclaredClient {
  entry.only(['kind', 'tenant', 'id', 'enabled', ...secretMembers, 'previousSecretSeconds', 'metadata']);
  const metadata = entry.below('metadata');
  metadata?.only(clientMetadataMembers);
  const reference = readSecretReference(entry);
  const graceSeconds = entry.wholeNumber('previousSecretSeconds');
  if (graceSeconds !== undefined && (reference === undefined || graceSeconds > maxGraceSeconds)) {
    throw entry.refusal(
      'previousSecretSeconds',
      `goes with secretFile or secretEnv, and is at most ${maxGraceSeconds}`,
    );
  }
  return {
    entry,
    tenant: entry.text('tenant') ?? 'default',
    id: entry.requiredText('id'),
    enabled: entry.flag('enabled') ?? true,
    members: Object.fromEntries((metadata?.names() ?? []).map((name) => [name, metadata?.raw(name)])),
    reference,
    graceSeconds: graceSeconds ?? 0,
  };
}

async function plan(world: World, declared: DeclaredClient): Promise<Change> {
  const { tenant: tenantId, id, entry } = declared;
  const tenant = world.drafts.get(tenantId) ?? (await world.tenants.find(tenantId));
  if (tenant === undefined)
    throw entry.refusal('tenant', `names ${tenantId}, which is neither there nor declared`);
  const before = await world.clients.find(tenantId, id);
  if (before !== undefined && before.selfRegistration !== null)
    throw entry.refusal('id', `names ${id}, which registered itself: it is not to be declared`);
  return before === undefined ? creation(world, tenant, declared) : change(world, tenant, declared, before);
}

async function creation(world: World, tenant: TenantRecord, declared: DeclaredClient): Promise<Change> {
  const { clients, env } = world;
  const { id, enabled, members, reference, entry } = declared;
  const metadata = await clients.read(tenant, members);
  const secret = secretFor(declared, hasSecret(metadata), env);
  if (hasSecret(metadata) && secret === undefined) {
    throw entry.refusal(
      'id',
      `names a new client that authenticates by a secret (${metadata.tokenEndpointAuthMethod}): say where it is, by secretFile or secretEnv`,
    );
  }
  const after = {
    ...clientMembers(metadata),
    ...(!enabled && { enabled }),
    ...(reference !== undefined && { secret: `the one of ${reference.describes}` }),
  };
  return {
    action: 'create',
    kind: 'client',
    name: nameOf(tenant.id, id),
    members: differences({}, after),
    apply: async (requester) =>
      void (await clients.register(requester, tenant, {
        id,
        metadata: members,
        secret,
        enabled,
        applied: true,
      })),
  };
}

async function change(
  world: World,
  tenant: TenantRecord,
  declared: DeclaredClient,
  before: ClientRecord,
): Promise<Change> {
  const { clients, env, requester } = world;
  const { enabled, members: wanted, reference, entry, graceSeconds } = declared;
  const metadata = await clients.read(tenant, wanted, before.metadata);
  const secret = secretFor(declared, hasSecret(metadata), env);
  if (hasSecret(metadata) && secret === undefined && before.secrets.length === 0) {
    throw entry.refusal(
      'id',
      `names a client that has no secret and is to authenticate by one: say where it is, by secretFile or secretEnv`,
    );
  }
  const secrets =
    reference === undefined || secret === undefined
      ? undefined
      : await planSecret({ ...world, now: requester.now }, before, { reference, secret, graceSeconds });
  const members = [
    ...differences(
      { enabled: before.disabledAt === 0, ...clientMembers(before.metadata) },
      { enabled, ...clientMembers(metadata) },
    ),
    ...(secrets?.members ?? []),
  ];
  return {
    action: members.length === 0 ? 'none' : 'change',
    kind: 'client',
    name: nameOf(tenant.id, before.id),
    members,
    async apply(asked) {
      // The gate: of two that planned from the same client, one goes on.
      const names = members.map(({ member }) => member);
      await clients.replace(asked, before, { metadata, enabled }, names);
      await secrets?.apply(asked);
    },
  };
}

function removal(clients: Clients, client: ClientRecord): Change {
  return {
    action: 'remove',
    kind: 'client',
    name: nameOf(client.tenant, client.id),
    members: [],
    async apply(asked) {
      // The gate: a client that somebody has changed since is not removed. What stays behind if this ends here is disabled.
      await clients.replace(asked, client, { metadata: client.metadata, enabled: false }, ['enabled']);
      await clients.remove(asked, client.tenant, client.id);
    },
  };
}

function secretFor(
  { entry, reference }: DeclaredClient,
  isNeeded: boolean,
  env: World['env'],
): string | undefined {
  if (reference === undefined) return undefined;
  const member = reference.describes.split(' ', 1)[0] ?? 'secretFile';
  if (!isNeeded) throw entry.refusal(member, 'goes with client_secret_basic and client_secret_post only');
  const secret = reference.read(env);
  checkChosen(secret);
  return secret;
}

function nameOf(tenant: string, id: string): string {
  return `${tenant}/${id}`;
}
