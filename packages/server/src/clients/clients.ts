/** Registered clients: the changes that may be made to them, each with its audit entry in the same transaction. */
import { type ClientMetadata, formatClientMetadata, issueSubjectId, OAuthError } from '@countersign/protocol';
import type { Features } from '../keys/index.ts';
import { OutboundError, type Random } from '../ports.ts';
import type { ClientRecord, ClientSecretRecord, ClientStore, Page, TenantRecord } from '../storage/ports.ts';
import type { PasswordHasher } from '../subjects/index.ts';
import type { Requester } from '../tenants/index.ts';
import { ClientError } from './client-error.ts';
import { type ClientCheck, readMetadata } from './metadata.ts';
import { hasSecret, prepareSecret } from './secret.ts';
import { createClientTrail, type Details } from './trail.ts';

export interface NewClient {
  readonly id: string;
  /** By registered names, as in a registration request. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Chosen by the caller; undefined: one is generated if the authentication method has one. */
  readonly secret?: string | undefined;
  /** Default true. */
  readonly enabled?: boolean;
  /** Out of a file of `apply`; default false. */
  readonly applied?: boolean;
}

export interface RegisteredClient {
  readonly client: ClientRecord;
  /** Shown once, kept nowhere; null when none was generated. */
  readonly secret: string | null;
}

export interface AddedSecret {
  readonly record: ClientSecretRecord;
  readonly secret: string | null;
}

/** Errors are ClientError; HasherBusyError where a chosen secret is hashed; StorageError passes through. */
export interface Clients {
  find(tenant: string, id: string): Promise<ClientRecord | undefined>;
  /** @throws `unknown_client` */
  get(tenant: string, id: string): Promise<ClientRecord>;
  list(tenant: string, page: Page): Promise<readonly ClientRecord[]>;
  /** The client gets an SVC id of its own. @throws `invalid_client_id`, `invalid_metadata`, `invalid_secret`, `duplicate_client` */
  register(requester: Requester, tenant: TenantRecord, client: NewClient): Promise<RegisteredClient>;
  /** Sets members by registered names; null removes one. @throws `unknown_client`, `invalid_metadata`, `busy` */
  change(
    requester: Requester,
    tenant: TenantRecord,
    id: string,
    members: Readonly<Record<string, unknown>>,
  ): Promise<ClientRecord>;
  /** What these members, and no others, make of a client. Writes nothing. @throws `invalid_metadata` */
  read(
    tenant: TenantRecord,
    members: Readonly<Record<string, unknown>>,
    previous?: ClientMetadata,
  ): Promise<ClientMetadata>;
  /**
   * Replaces metadata and state of the client that was read as `before`, and only that.
   * @param members what is changed, for the audit record
   * @throws `stale` when somebody else has changed the client since
   */
  replace(
    requester: Requester,
    before: ClientRecord,
    after: { readonly metadata: ClientMetadata; readonly enabled: boolean },
    members: readonly string[],
  ): Promise<ClientRecord>;
  /** @throws `unknown_client`, `busy` */
  setEnabled(requester: Requester, tenant: string, id: string, enabled: boolean): Promise<ClientRecord>;
  /** A second secret beside the first, until one of them is ended. @throws `too_many_secrets`, `invalid_secret`, `unknown_client` */
  addSecret(
    requester: Requester,
    tenant: string,
    id: string,
    secret: { readonly chosen?: string | undefined; readonly expiresAt?: number | undefined },
  ): Promise<AddedSecret>;
  /** Ends a secret at `expiresAt`; a time that has passed ends it at once. @throws `unknown_secret`, `unknown_client` */
  expireSecret(
    requester: Requester,
    tenant: string,
    id: string,
    secretId: string,
    expiresAt: number,
  ): Promise<void>;
  /** Removes the client and everything it was given; its access tokens end. @throws `unknown_client` */
  remove(requester: Requester, tenant: string, id: string): Promise<void>;
}

/** VSCHAR without space and what would need escaping somewhere. */
const clientIdForm = /^[\x21\x23-\x25\x28-\x3b\x3d\x3f-\x5b\x5d-\x5f\x61-\x7e]{1,200}$/;
const maxAttempts = 5;

export function createClients(parts: {
  readonly store: ClientStore;
  readonly hasher: PasswordHasher;
  readonly random: Random;
  /** How long a revocation must be remembered: the longest life of an access token. */
  readonly revocationSeconds: number;
  /** Asked, in order, at every registration and change of metadata. */
  readonly checks?: readonly ClientCheck[];
  /** What a client may choose beyond the usual; default nothing. */
  readonly features?: Features;
}): Clients {
  const { store, hasher, random, revocationSeconds, checks = [], features = { mlDsa: false } } = parts;

  const trail = createClientTrail(random);

  async function get(tenant: string, id: string): Promise<ClientRecord> {
    const client = await store.find(tenant, id);
    if (client === undefined) throw unknown(tenant, id);
    return client;
  }

  async function parseMetadata(
    tenant: TenantRecord,
    members: Readonly<Record<string, unknown>>,
    previous?: ClientMetadata,
  ): Promise<ClientMetadata> {
    try {
      return await readMetadata(tenant, members, {
        from: { source: 'declared' },
        checks,
        features,
        previous,
      });
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      // Who declares clients runs this server, and may know what the network said.
      const detail = error.cause instanceof OutboundError ? ` (${error.cause.message})` : '';
      throw new ClientError(
        'invalid_metadata',
        `The client metadata was refused: ${error.description}${detail}.`,
        { cause: error },
      );
    }
  }

  async function change(
    requester: Requester,
    tenant: string,
    id: string,
    action: string,
    details: Details,
    apply: (before: ClientRecord) => ClientRecord | Promise<ClientRecord>,
  ): Promise<ClientRecord> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const before = await get(tenant, id);
      const after = { ...(await apply(before)), updatedAt: requester.now, version: before.version + 1 };
      if (
        (await store.replace(after, before.version, trail(requester, tenant, id, action, details))) ===
        'replaced'
      )
        return after;
    }
    throw new ClientError('busy', `Others keep changing the client ${id}. Nothing was changed; try again.`);
  }

  return {
    find: (tenant, id) => store.find(tenant, id),
    get,
    list: (tenant, page) => store.list(tenant, page),

    async register(
      requester,
      tenant,
      { id, metadata: members, secret: chosen, enabled = true, applied = false },
    ) {
      if (!clientIdForm.test(id))
        throw new ClientError(
          'invalid_client_id',
          'A client id is 1 to 200 visible ASCII characters without quotes, < and >.',
        );
      const metadata = await parseMetadata(tenant, members);
      const needsSecret = hasSecret(metadata);
      if (!needsSecret && chosen !== undefined) throw noSecret(metadata);
      const times = { createdAt: requester.now, expiresAt: 0 };
      const secret = needsSecret
        ? await prepareSecret({ random, hasher }, { chosen: chosen ?? null, ...times })
        : undefined;
      const client: ClientRecord = {
        tenant: tenant.id,
        id,
        subject: issueSubjectId('svc', tenant.id, random.bytes(16)),
        metadata,
        secrets: secret === undefined ? [] : [secret.record],
        selfRegistration: null,
        applied,
        lastUsedAt: 0,
        disabledAt: enabled ? 0 : requester.now,
        createdAt: requester.now,
        updatedAt: requester.now,
        version: 1,
      };
      const details = {
        source: applied ? 'applied' : 'declared',
        authMethod: metadata.tokenEndpointAuthMethod,
        grants: metadata.grantTypes.join(' '),
        subject: client.subject,
      };
      if (
        (await store.create(client, trail(requester, tenant.id, id, 'client.registered', details))) ===
        'duplicate'
      ) {
        throw new ClientError(
          'duplicate_client',
          `The client ${id} exists already in the tenant ${tenant.id}.`,
        );
      }
      return { client, secret: secret?.generated ?? null };
    },

    change(requester, tenant, id, members) {
      const details = { members: Object.keys(members).sort().join(' ') };
      return change(requester, tenant.id, id, 'client.changed', details, async (before) => {
        const merged = { ...formatClientMetadata(before.metadata), ...withDependents(members) };
        const metadata = await parseMetadata(tenant, merged, before.metadata);
        if (hasSecret(metadata) && before.secrets.length === 0) {
          throw new ClientError(
            'invalid_metadata',
            'The client has no secret for this authentication method. Remove it and register it again.',
          );
        }
        return { ...before, metadata };
      });
    },

    read: (tenant, members, previous) => parseMetadata(tenant, members, previous),

    async replace(requester, before, { metadata, enabled }, members) {
      const { tenant, id } = before;
      const after = {
        ...before,
        metadata,
        disabledAt: enabled ? 0 : before.disabledAt || requester.now,
        updatedAt: requester.now,
        version: before.version + 1,
      };
      const details = { members: members.join(' '), enabled };
      const entry = trail(requester, tenant, id, 'client.changed', details);
      if ((await store.replace(after, before.version, entry)) === 'replaced') return after;
      throw new ClientError('stale', `Somebody else has changed the client ${id} since it was read.`);
    },

    setEnabled(requester, tenant, id, enabled) {
      const action = enabled ? 'client.enabled' : 'client.disabled';
      return change(requester, tenant, id, action, {}, (before) => ({
        ...before,
        disabledAt: enabled ? 0 : before.disabledAt || requester.now,
      }));
    },

    async addSecret(requester, tenant, id, { chosen, expiresAt = 0 }) {
      const client = await get(tenant, id);
      if (!hasSecret(client.metadata)) throw noSecret(client.metadata);
      const { record, generated } = await prepareSecret(
        { random, hasher },
        { chosen: chosen ?? null, createdAt: requester.now, expiresAt },
      );
      const entry = trail(requester, tenant, id, 'client.secret-added', { secret: record.id, expiresAt });
      const outcome = await store.addSecret(tenant, id, record, requester.now, entry);
      if (outcome === 'unknown') throw unknown(tenant, id);
      if (outcome === 'full')
        throw new ClientError(
          'too_many_secrets',
          `The client ${id} has two live secrets. End one of them first.`,
        );
      return { record, secret: generated };
    },

    async expireSecret(requester, tenant, id, secretId, expiresAt) {
      await get(tenant, id);
      const entry = trail(requester, tenant, id, 'client.secret-expired', { secret: secretId, expiresAt });
      if (!(await store.expireSecret(tenant, id, secretId, expiresAt, entry))) {
        throw new ClientError(
          'unknown_secret',
          `The client ${id} has no live secret ${JSON.stringify(secretId)}.`,
        );
      }
    },

    async remove(requester, tenant, id) {
      const revocation = {
        tenant,
        kind: 'client' as const,
        id,
        revokedAt: requester.now,
        expiresAt: requester.now + revocationSeconds,
      };
      if (!(await store.remove(tenant, id, revocation, trail(requester, tenant, id, 'client.removed', {}))))
        throw unknown(tenant, id);
    },
  };
}

/** Members that hang on one another: when one is set anew, the stored values of the others must not contradict it. */
const dependents: readonly (readonly string[])[] = [
  ['sender_constraint', 'dpop_bound_access_tokens', 'tls_client_certificate_bound_access_tokens'],
];

const encryptionAlgorithm = /_encrypted_response_alg$/;

function withDependents(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const reset = dependents.filter((group) => group.some((name) => Object.hasOwn(members, name))).flat();
  if (Object.hasOwn(members, 'grant_types')) reset.push('response_types');
  // Without an algorithm there is no content encryption to keep.
  const ended = Object.keys(members).filter(
    (name) => encryptionAlgorithm.test(name) && members[name] === null,
  );
  reset.push(...ended.map((name) => name.replace(/alg$/, 'enc')));
  return { ...Object.fromEntries(reset.map((name) => [name, null])), ...members };
}

function unknown(tenant: string, id: string): ClientError {
  return new ClientError(
    'unknown_client',
    `There is no client ${JSON.stringify(id)} in the tenant ${tenant}.`,
  );
}

function noSecret(metadata: ClientMetadata): ClientError {
  return new ClientError(
    'invalid_secret',
    `A client with the authentication method ${metadata.tokenEndpointAuthMethod} has no secret.`,
  );
}
