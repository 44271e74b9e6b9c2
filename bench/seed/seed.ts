/**
 * Fills a data directory that `countersign init` made, through the services of the server, and prints what was made.
 * Argument: JSON of SeedPlan. Users get no password (an Argon2id hash each would take the day) but a session.
 */
import { randomBytes } from 'node:crypto';
import { createAuditLog } from '../../packages/server/src/audit/index.ts';
import { createClients } from '../../packages/server/src/clients/index.ts';
import { loadConfig } from '../../packages/server/src/config/index.ts';
import { loadEnvelopeKeys } from '../../packages/server/src/keys/envelope.ts';
import { createVault } from '../../packages/server/src/keys/vault.ts';
import type { SessionRecord, TenantRecord } from '../../packages/server/src/storage/ports.ts';
import { openSqliteStore } from '../../packages/server/src/storage/sqlite/open.ts';
import {
  createPasswordHasher,
  createPasswordRules,
  createUsers,
} from '../../packages/server/src/subjects/index.ts';
import { createLogger } from '../../packages/server/src/telemetry/log.ts';
import { createTenants, type Requester } from '../../packages/server/src/tenants/index.ts';
import { hashSecret } from '../../packages/server/src/tokens/index.ts';
import type { FlowUser } from '../load/job.ts';
import { names, opaqueResource, redirectUri, resource, webScope } from '../subjects/names.ts';
import type { Seeded, SeedPlan } from './plan.ts';

const plan = JSON.parse(process.argv[2] ?? '{}') as SeedPlan;
const atOnce = 250;
const revocationSeconds = 86_460;

const random = {
  bytes: (size: number) => randomBytes(size),
  token: (size: number) => randomBytes(size).toString('base64url'),
};
const now = Math.floor(Date.now() / 1000);
const requester: Requester = { actor: { kind: 'operator', id: 'bench' }, traceId: '', now };

const { config } = loadConfig({ env: {}, dataDirectory: plan.directory });
const vault = createVault(loadEnvelopeKeys(config.secrets.envelopeKeyFile));
const { store } = await openSqliteStore({
  directory: plan.directory,
  processName: 'bench',
  clock: () => Math.floor(Date.now() / 1000),
});
const hasher = createPasswordHasher({ concurrency: 1, queue: 1 });
const tenants = createTenants(store.tenants);
const clients = createClients({ store: store.clients, hasher, random, revocationSeconds });
const users = createUsers({
  subjects: store.subjects,
  sessions: store.sessions,
  hasher,
  rules: createPasswordRules({ minLength: 12 }),
  vault,
  sealPersonal: createAuditLog({ store: store.audit, vault, log: createLogger('silent') }).sealPersonal,
  random,
  revocationSeconds,
});

const service = {
  grant_types: ['client_credentials'],
  response_types: [],
  scope: 'api:read api:write',
  default_scope: 'api:read',
  token_endpoint_auth_method: 'client_secret_basic',
  audiences: [resource],
};
const web = {
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  scope: webScope,
  token_endpoint_auth_method: 'client_secret_basic',
  first_party: true,
  always_refresh: true,
};

interface Home {
  readonly tenant: TenantRecord;
  readonly webSecret: string;
}

try {
  const main = await tenants.ensureBuiltIn(requester);
  const secrets: Record<string, string> = {
    [names.service]: await register(main, names.service, service),
    [names.resourceServer]: await register(main, names.resourceServer, {
      ...service,
      audiences: [resource, opaqueResource],
    }),
    [names.opaqueService]: await register(main, names.opaqueService, {
      ...service,
      audiences: [opaqueResource],
      access_token_format: 'opaque',
    }),
    [names.web]: await register(main, names.web, web),
    [names.opaqueWeb]: await register(main, names.opaqueWeb, { ...web, access_token_format: 'opaque' }),
    [names.canary]: await register(main, names.canary, service),
  };
  const made = await inBatches(plan.tenants, async (index) => {
    const tenant = await tenants.create(requester, { id: `t${index}` });
    const secret = await register(tenant, names.service, service);
    return { tenant, secret, webSecret: await register(tenant, names.web, web) };
  });
  const homes: readonly Home[] =
    made.length > 0 ? made : [{ tenant: main, webSecret: secrets[names.web] ?? '' }];
  const people = await inBatches(plan.users, (index) => addUser(index, homes));
  const seeded: Seeded = {
    secrets,
    services: made.map(({ tenant, secret }) => ({ tenant: tenant.id, id: names.service, secret })),
    users: people.filter((user) => user !== undefined),
  };
  console.log(JSON.stringify(seeded));
} finally {
  await store.close();
}

async function register(
  tenant: TenantRecord,
  id: string,
  metadata: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { secret } = await clients.register(requester, tenant, { id, metadata });
  if (secret === null) throw new Error(`${id} has no secret`);
  return secret;
}

async function addUser(index: number, homes: readonly Home[]): Promise<FlowUser | undefined> {
  const home = homes[index % homes.length];
  if (home === undefined) return undefined;
  const { tenant, webSecret } = home;
  const username = `user-${index}`;
  const subject = await users.createUser(requester, {
    tenant: tenant.id,
    username,
    email: `${username}@example.org`,
    profile: { name: `${username} Example`, preferredUsername: username },
    password: null,
  });
  if (index >= plan.signedIn) return undefined;
  const secret = random.token(32);
  const session: SessionRecord = {
    id: random.token(16),
    tenant: tenant.id,
    tokenHash: hashSecret('session-token', secret),
    subject: subject.id,
    authTime: now,
    acr: 'aal1',
    amr: ['pwd'],
    device: 'bench',
    createdAt: now,
    lastSeenAt: now,
    idleExpiresAt: now + 28_800,
    expiresAt: now + 86_400,
    endedAt: 0,
  };
  if ((await store.sessions.create(session, {})) !== 'created') throw new Error(`no session for ${username}`);
  return {
    basePath: tenant.id === 'default' ? '' : `/t/${tenant.id}`,
    cookie: `cs-session-${tenant.id}=${secret}`,
    subject: subject.id,
    clientId: names.web,
    clientSecret: webSecret,
  };
}

async function inBatches<Result>(count: number, work: (index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < count; start += atOnce) {
    const size = Math.min(atOnce, count - start);
    results.push(...(await Promise.all(Array.from({ length: size }, (_, offset) => work(start + offset)))));
  }
  return results;
}
