import { formatClientMetadata, sectorIdentifier } from '@countersign/protocol';
import type { ClientRecord } from '../storage/index.ts';
import { type ClientOptions, namedMembers, newClientMembers } from './client-options.ts';
import { type CommonOptions, present, type TenantOption } from './command.ts';
import { UsageError } from './command-error.ts';
import { grantName } from './grant-names.ts';
import { withInstance } from './instance.ts';
import { readSecretInput } from './secret-input.ts';
import { counted, facts, formatTime, table } from './table.ts';
import { paint, printable, type Terminal } from './terminal.ts';

type Options = CommonOptions & TenantOption;

export async function addClient(
  terminal: Terminal,
  options: Options & ClientOptions & { id: string; secretStdin?: boolean },
): Promise<void> {
  const members = newClientMembers(options);
  const chosen = options.secretStdin === true ? await readSecretInput(terminal, 'secret') : undefined;
  await withInstance(terminal, options, async ({ tenants, clients, requester }) => {
    const tenant = await tenants.get(options.tenant);
    const { client, secret } = await clients.register(requester(), tenant, {
      id: options.id,
      metadata: members,
      secret: chosen,
    });
    present(terminal, options, toJson(client, secret), () => [
      `Registered the client ${client.id} in the tenant ${client.tenant}.`,
      ...secretLines(secret),
      ...describeClient(client),
    ]);
  });
}

export async function listClients(
  terminal: Terminal,
  options: Options & { after?: string; limit: number },
): Promise<void> {
  await withInstance(terminal, options, async ({ tenants, clients }) => {
    await tenants.get(options.tenant);
    const found = await clients.list(options.tenant, {
      limit: options.limit,
      ...(options.after !== undefined && { after: options.after }),
    });
    const next = found.length === options.limit ? (found.at(-1)?.id ?? null) : null;
    present(terminal, options, { clients: found.map((client) => toJson(client, null)), next }, () => [
      found.length === 0
        ? `No clients in the tenant ${options.tenant}. Add one: countersign client add --id ID`
        : `${counted(found.length, 'client')} in the tenant ${options.tenant}.`,
      ...(found.length === 0
        ? []
        : table(
            ['ID', 'NAME', 'SOURCE', 'AUTHENTICATION', 'GRANTS', 'LAST USED', 'STATE'],
            found.map((client) => row(terminal, client)),
          )),
      ...(next === null ? [] : [`More: countersign client list --after ${next}`]),
    ]);
  });
}

export async function showClient(terminal: Terminal, id: string, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ clients }) => {
    const client = await clients.get(options.tenant, id);
    present(terminal, options, toJson(client, null), () => [
      `Client ${client.id} in the tenant ${client.tenant}.`,
      ...describeClient(client),
    ]);
  });
}

export async function setClient(
  terminal: Terminal,
  id: string,
  options: Options & ClientOptions & { disable?: boolean; enable?: boolean },
): Promise<void> {
  const members = namedMembers(options);
  const state = options.disable === options.enable ? undefined : options.enable === true;
  if (options.disable === true && options.enable === true)
    throw new UsageError('--disable and --enable exclude each other');
  if (Object.keys(members).length === 0 && state === undefined)
    throw new UsageError('name at least one member to change; see: countersign client set --help');
  await withInstance(terminal, options, async ({ tenants, clients, requester }) => {
    const tenant = await tenants.get(options.tenant);
    if (Object.keys(members).length > 0) await clients.change(requester(), tenant, id, members);
    if (state !== undefined) await clients.setEnabled(requester(), tenant.id, id, state);
    const client = await clients.get(tenant.id, id);
    present(terminal, options, toJson(client, null), () => [
      `Changed the client ${client.id}.`,
      ...describeClient(client),
    ]);
  });
}

export async function removeClient(terminal: Terminal, id: string, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ clients, requester }) => {
    await clients.remove(requester(), options.tenant, id);
    present(terminal, options, { client_id: id, tenant: options.tenant, removed: true }, () => [
      `Removed the client ${id}. Its access tokens, refresh tokens and consents have ended.`,
    ]);
  });
}

export async function addSecret(
  terminal: Terminal,
  id: string,
  options: Options & { secretStdin?: boolean; expiresIn?: number },
): Promise<void> {
  const chosen = options.secretStdin === true ? await readSecretInput(terminal, 'secret') : undefined;
  await withInstance(terminal, options, async ({ clients, requester }) => {
    const asked = requester();
    const expiresAt = options.expiresIn === undefined ? 0 : asked.now + options.expiresIn;
    const { record, secret } = await clients.addSecret(asked, options.tenant, id, { chosen, expiresAt });
    const json = {
      client_id: id,
      secret_id: record.id,
      ...(secret !== null && { client_secret: secret }),
      client_secret_expires_at: expiresAt,
    };
    present(terminal, options, json, () => [
      `Added the secret ${record.id} to the client ${id}${expiresAt === 0 ? '' : `, until ${formatTime(expiresAt)}`}. The other one goes on working.`,
      ...secretLines(secret),
    ]);
  });
}

export async function expireSecret(
  terminal: Terminal,
  id: string,
  secretId: string,
  options: Options & { in: number },
): Promise<void> {
  await withInstance(terminal, options, async ({ clients, requester }) => {
    const asked = requester();
    const expiresAt = asked.now + options.in;
    await clients.expireSecret(asked, options.tenant, id, secretId, expiresAt);
    present(
      terminal,
      options,
      { client_id: id, secret_id: secretId, client_secret_expires_at: expiresAt },
      () => [
        options.in === 0
          ? `Ended the secret ${secretId} of the client ${id}.`
          : `The secret ${secretId} of the client ${id} ends ${formatTime(expiresAt)}.`,
      ],
    );
  });
}

function toJson(client: ClientRecord, secret: string | null): Record<string, unknown> {
  return {
    client_id: client.id,
    ...(secret !== null && { client_secret: secret, client_secret_expires_at: 0 }),
    client_id_issued_at: client.createdAt,
    tenant: client.tenant,
    subject: client.subject,
    enabled: client.disabledAt === 0,
    source: sourceOf(client),
    last_used_at: client.lastUsedAt,
    ...formatClientMetadata(client.metadata),
    secrets: client.secrets.map(({ id, createdAt, expiresAt }) => ({
      id,
      created_at: createdAt,
      expires_at: expiresAt,
    })),
  };
}

function sourceOf({ selfRegistration }: ClientRecord): 'declared' | 'dynamic' {
  return selfRegistration === null ? 'declared' : 'dynamic';
}

function secretLines(secret: string | null): readonly string[] {
  return secret === null ? [] : ['Its secret, shown this once:', secret];
}

function describeClient(client: ClientRecord): readonly string[] {
  const { metadata } = client;
  return facts([
    ['name', metadata.clientName],
    ['source', sourceOf(client) === 'dynamic' ? 'dynamic: it registered itself' : undefined],
    ['last used', client.lastUsedAt === 0 ? undefined : formatTime(client.lastUsedAt)],
    ['state', client.disabledAt === 0 ? 'enabled' : `disabled since ${formatTime(client.disabledAt)}`],
    ['subject', client.subject],
    ['authentication', metadata.tokenEndpointAuthMethod],
    ['type', metadata.applicationType],
    ['grants', metadata.grantTypes.map(grantName).join(' ')],
    ['redirect URIs', metadata.redirectUris.join(' ')],
    ['after logout', metadata.postLogoutRedirectUris.join(' ')],
    ['told of logouts', metadata.backchannelLogoutUri],
    ['scope', metadata.scope.join(' ')],
    ['default scope', metadata.defaultScope.join(' ')],
    ['audiences', metadata.audiences.join(' ')],
    [
      'PKCE',
      metadata.grantTypes.includes('authorization_code')
        ? metadata.requirePkce
          ? 'required'
          : 'optional, with a nonce'
        : undefined,
    ],
    [
      'subjects',
      metadata.subjectType === 'pairwise' ? `pairwise, sector ${sectorIdentifier(metadata)}` : undefined,
    ],
    ['sender constraint', metadata.senderConstraint],
    [
      'consent',
      metadata.grantTypes.includes('authorization_code')
        ? metadata.firstParty
          ? 'not asked (first party)'
          : 'asked'
        : undefined,
    ],
    ...client.secrets.map(
      (secret) =>
        [
          `secret ${secret.id}`,
          secret.expiresAt === 0
            ? `since ${formatTime(secret.createdAt)}`
            : `until ${formatTime(secret.expiresAt)}`,
        ] as const,
    ),
  ]);
}

function row(terminal: Terminal, client: ClientRecord): readonly string[] {
  const { metadata, disabledAt } = client;
  return [
    client.id,
    printable(metadata.clientName ?? '-'),
    sourceOf(client),
    metadata.tokenEndpointAuthMethod,
    metadata.grantTypes.map(grantName).join(' '),
    formatTime(client.lastUsedAt),
    disabledAt === 0 ? paint(terminal, 'ok', 'enabled') : paint(terminal, 'bad', 'disabled'),
  ];
}
