import type { ClientMetadata } from '@countersign/protocol';
import type { ClientRecord, ClientSecretRecord, ClientStore, Page, Revocation, Trail } from '../ports.ts';
import type { Hashed } from '../secrets.ts';
import { recordChanges } from './change.ts';
import { compileOnce } from './compile-once.ts';
import { type Engine, type Prepared, type Read, type WriteScope, writeVerb } from './engine.ts';
import { addRevocations } from './revocations.ts';
import type { ClientSecretTable, ClientTable } from './tables.ts';
import { writeTrail } from './trail.ts';
import { fromJson, requireThat, toJson } from './values.ts';

const liveSecretLimit = 2;

/** What hangs on a client and goes with it. */
const ofClient = [
  'client_secret',
  'consent',
  'refresh_family',
  'code',
  'device_code',
  'pushed_request',
  'session_client',
  'logout_delivery',
] as const;

const create = writeVerb(
  'clients.create',
  async (scope, client: ClientRecord, trail: Trail): Promise<'created' | 'duplicate'> => {
    requireThat(client.selfRegistration === null, 'a client that registers itself has a verb of its own');
    if (!(await insertClient(scope, client, 0))) return 'duplicate';
    await writeTrail(scope, trail);
    return 'created';
  },
);

const replace = writeVerb(
  'clients.replace',
  async (
    scope,
    client: ClientRecord,
    expectedVersion: number,
    trail: Trail,
  ): Promise<'replaced' | 'stale'> => {
    const replaced = await scope.trx
      .updateTable('client')
      .set({
        metadata: toJson(client.metadata),
        disabled_at: client.disabledAt,
        updated_at: client.updatedAt,
        version: expectedVersion + 1,
      })
      .where('tenant', '=', client.tenant)
      .where('id', '=', client.id)
      .where('version', '=', expectedVersion)
      .returning('id')
      .executeTakeFirst();
    if (replaced === undefined) return 'stale';
    await recordChanges(scope, 'client', client.tenant, [client.id]);
    await writeTrail(scope, trail);
    return 'replaced';
  },
);

const addSecret = writeVerb(
  'clients.addSecret',
  async (
    scope,
    tenant: string,
    clientId: string,
    secret: ClientSecretRecord,
    now: number,
    trail: Trail,
  ): Promise<'added' | 'full' | 'unknown'> => {
    // The lock lets one caller count at a time where transactions run side by side.
    const client = await scope.trx
      .selectFrom('client')
      .select('id')
      .where('tenant', '=', tenant)
      .where('id', '=', clientId)
      .forUpdate()
      .executeTakeFirst();
    if (client === undefined) return 'unknown';
    const live = await scope.trx
      .selectFrom('client_secret')
      .select('id')
      .where('tenant', '=', tenant)
      .where('client', '=', clientId)
      .where((eb) => eb.or([eb('expires_at', '=', 0), eb('expires_at', '>', now)]))
      .execute();
    if (live.length >= liveSecretLimit) return 'full';
    await insertSecret(scope, tenant, clientId, secret);
    await bumpVersion(scope, tenant, clientId, now);
    await recordChanges(scope, 'client', tenant, [clientId]);
    await writeTrail(scope, trail);
    return 'added';
  },
);

const expireSecret = writeVerb(
  'clients.expireSecret',
  async (
    scope,
    tenant: string,
    clientId: string,
    secretId: string,
    expiresAt: number,
    trail: Trail,
  ): Promise<boolean> => {
    const changed = await scope.trx
      .updateTable('client_secret')
      // 0 would mean for ever; the past is the past.
      .set({ expires_at: Math.max(1, expiresAt) })
      .where('tenant', '=', tenant)
      .where('client', '=', clientId)
      .where('id', '=', secretId)
      .where((eb) => eb.or([eb('expires_at', '=', 0), eb('expires_at', '>', scope.now)]))
      .returning('id')
      .executeTakeFirst();
    if (changed === undefined) return false;
    await bumpVersion(scope, tenant, clientId, scope.now);
    await recordChanges(scope, 'client', tenant, [clientId]);
    await writeTrail(scope, trail);
    return true;
  },
);

const remove = writeVerb(
  'clients.remove',
  async (scope, tenant: string, id: string, revocation: Revocation, trail: Trail): Promise<boolean> => {
    const removed = await scope.trx
      .deleteFrom('client')
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst();
    if (removed === undefined) return false;
    await removeRemains(scope, tenant, id, revocation);
    await writeTrail(scope, trail);
    return true;
  },
);

export const clientVerbs = [create, replace, addSecret, expireSecret, remove];

type ClientVerbs = 'find' | 'list' | 'create' | 'replace' | 'addSecret' | 'expireSecret' | 'remove';

export function clientStore(engine: Engine): Pick<ClientStore, ClientVerbs> {
  return {
    find: (tenant, id) => engine.read((_, now, prepared) => find(prepared, tenant, id, now)),
    list: (tenant, page) => engine.read((db, now) => list(db, tenant, page, now)),
    create: engine.bind(create),
    replace: engine.bind(replace),
    addSecret: engine.bind(addSecret),
    expireSecret: engine.bind(expireSecret),
    remove: engine.bind(remove),
  };
}

async function find(
  prepared: Prepared,
  tenant: string,
  id: string,
  now: number,
): Promise<ClientRecord | undefined> {
  const [row] = await compileOnce(prepared, 'clients.find', { tenant, id }, (db, value) =>
    db.selectFrom('client').selectAll().where('tenant', '=', value.tenant).where('id', '=', value.id),
  );
  if (row === undefined) return undefined;
  const secrets = await compileOnce(prepared, 'clients.find.secrets', { tenant, id }, (db, value) =>
    db
      .selectFrom('client_secret')
      .selectAll()
      .where('tenant', '=', value.tenant)
      .where('client', '=', value.id),
  );
  return fromRow(row, secrets, now);
}

async function list(db: Read, tenant: string, page: Page, now: number): Promise<readonly ClientRecord[]> {
  const rows = await db
    .selectFrom('client')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute();
  const secrets = await db
    .selectFrom('client_secret')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('client', '>=', rows.at(0)?.id ?? '')
    .where('client', '<=', rows.at(-1)?.id ?? '')
    .execute();
  return rows.map((row) => fromRow(row, secrets, now));
}

/** The client with its secrets; false when its id is taken. */
export async function insertClient(scope: WriteScope, client: ClientRecord, dueAt: number): Promise<boolean> {
  requireThat(client.secrets.length <= liveSecretLimit, 'a client has at most two secrets');
  const { selfRegistration } = client;
  const inserted = await scope.trx
    .insertInto('client')
    .values({
      tenant: client.tenant,
      id: client.id,
      subject: client.subject,
      metadata: toJson(client.metadata),
      source: selfRegistration !== null ? 'dynamic' : client.applied ? 'applied' : 'declared',
      registration_token: selfRegistration?.tokenHash ?? null,
      initial_token: selfRegistration?.initialToken ?? null,
      software_statement: selfRegistration?.softwareStatement ?? null,
      last_used_at: client.lastUsedAt,
      due_at: dueAt,
      disabled_at: client.disabledAt,
      created_at: client.createdAt,
      updated_at: client.updatedAt,
      version: client.version,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) return false;
  for (const secret of client.secrets) await insertSecret(scope, client.tenant, client.id, secret);
  await recordChanges(scope, 'client', client.tenant, [client.id]);
  return true;
}

/** What a client leaves behind once its own row is gone, and the end of its access tokens. */
export async function removeRemains(
  scope: WriteScope,
  tenant: string,
  id: string,
  revocation: Revocation,
): Promise<void> {
  // Codes and requests go too: a client made later under the same id must not redeem them.
  for (const table of ofClient) {
    await scope.trx.deleteFrom(table).where('tenant', '=', tenant).where('client', '=', id).execute();
  }
  await addRevocations(scope, tenant, [revocation]);
  await recordChanges(scope, 'client', tenant, [id]);
}

export async function insertSecret(
  scope: WriteScope,
  tenant: string,
  client: string,
  secret: ClientSecretRecord,
): Promise<void> {
  await scope.trx
    .insertInto('client_secret')
    .values({
      tenant,
      client,
      id: secret.id,
      hash: secret.hash,
      created_at: secret.createdAt,
      expires_at: secret.expiresAt,
    })
    .execute();
}

async function bumpVersion(scope: WriteScope, tenant: string, id: string, now: number): Promise<void> {
  await scope.trx
    .updateTable('client')
    .set((eb) => ({ version: eb('version', '+', 1), updated_at: now }))
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .execute();
}

function fromRow(row: ClientTable, secrets: readonly ClientSecretTable[], now: number): ClientRecord {
  return {
    tenant: row.tenant,
    id: row.id,
    subject: row.subject,
    metadata: fromJson<ClientMetadata>(row.metadata),
    secrets: secrets
      .filter(({ client, expires_at }) => client === row.id && (expires_at === 0 || expires_at > now))
      .sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1))
      .map((secret) => ({
        id: secret.id,
        hash: secret.hash as Hashed<'client-secret'>,
        createdAt: secret.created_at,
        expiresAt: secret.expires_at,
      })),
    selfRegistration:
      row.registration_token === null
        ? null
        : {
            tokenHash: row.registration_token as Hashed<'registration-token'>,
            initialToken: row.initial_token,
            softwareStatement: row.software_statement,
          },
    applied: row.source === 'applied',
    lastUsedAt: row.last_used_at,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
