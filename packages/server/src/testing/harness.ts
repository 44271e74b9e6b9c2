/** The whole application in process, on a real store in a temporary directory, with a clock that a test steers. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type App, createApp } from '../app.ts';
import { createClients, createSectorDocumentCheck, type RegisteredClient } from '../clients/index.ts';
import { loadConfig } from '../config/index.ts';
import { envelopeKey } from '../keys/envelope.ts';
import { createVault } from '../keys/vault.ts';
import { createOutbound, type ResolveHost } from '../outbound/index.ts';
import type { Clock, Outbound } from '../ports.ts';
import type { SessionRecord, Store, SubjectRecord, TenantRecord } from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';
import { databaseName } from '../storage/sqlite/connection.ts';
import { openSqliteStore } from '../storage/sqlite/open.ts';
import { createPasswordHasher, createPasswordRules, createUsers } from '../subjects/index.ts';
import { systemRandom } from '../system.ts';
import { createLogger } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createTenants, type NewTenant, type Requester, type SettingsChange } from '../tenants/index.ts';
import { hashSecret } from '../tokens/index.ts';

export const testIssuer = 'http://localhost:9400';
export const testPassword = 'correct horse battery staple';

export interface Harness {
  readonly app: App;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly outbound: Outbound;
  /** Lines that the server logged. */
  readonly logged: string[];
  /** `hold`: from now on it moves by `advance` alone, however slow the machine is. */
  readonly clock: Clock & { advance(seconds: number): void; hold(): void };
  readonly tenant: TenantRecord;
  /** A request as it would arrive; relative URLs are below the issuer. */
  fetch(path: string, init?: RequestInit & { readonly peer?: string }): Promise<Response>;
  /** POST of a form; credentials by Basic when `client` has a secret. */
  post(
    path: string,
    form: Readonly<Record<string, string>> | URLSearchParams,
    options?: PostOptions,
  ): Promise<Response>;
  addClient(
    id: string,
    metadata?: Readonly<Record<string, unknown>>,
    tenant?: TenantRecord,
  ): Promise<RegisteredClient>;
  addUser(username: string, tenant?: TenantRecord): Promise<SubjectRecord>;
  addTenant(tenant: NewTenant, settings?: SettingsChange): Promise<TenantRecord>;
  /** Changes settings of the default tenant. */
  changeTenant(settings: SettingsChange): Promise<TenantRecord>;
  /** A live session without the login page; `cookie` is the header to send. */
  signIn(
    subject: SubjectRecord,
    tenant?: TenantRecord,
  ): Promise<{ readonly session: SessionRecord; readonly cookie: string }>;
  /** Every row of a table as a thief of the database sees it. */
  rows(table: string): readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

export interface PostOptions {
  readonly client?: { readonly id: string; readonly secret: string | null };
  readonly headers?: Readonly<Record<string, string>>;
}

const webMetadata = {
  redirect_uris: ['https://app.example/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  scope: 'openid profile email offline_access',
  token_endpoint_auth_method: 'client_secret_basic',
};

export const serviceMetadata = {
  grant_types: ['client_credentials'],
  response_types: [],
  scope: 'api:read api:write',
  default_scope: 'api:read',
  token_endpoint_auth_method: 'client_secret_basic',
};

/** @param parts what the world outside would be: `resolve` stands for the name servers */
export async function openHarness(
  settings: Readonly<Record<string, string>> = {},
  parts: { readonly resolve?: ResolveHost } = {},
): Promise<Harness> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  const { config } = await loadConfig({
    env: {
      COUNTERSIGN_SERVER__PUBLIC_URL: testIssuer,
      COUNTERSIGN_RATE_LIMITS__ENABLED: 'false',
      ...settings,
    },
    flags: {},
    dataDirectory: directory,
  });
  let offsetMs = 0;
  let heldMs: number | undefined;
  const nowMs = (): number => (heldMs ?? Date.now()) + offsetMs;
  const clock = {
    now: () => Math.floor(nowMs() / 1000),
    nowMs,
    advance(seconds: number) {
      offsetMs += seconds * 1000;
    },
    hold() {
      heldMs ??= Date.now();
    },
  };
  const { store, ephemeral } = await openSqliteStore({ directory, processName: 'test', clock: clock.now });
  const vault = createVault([envelopeKey(systemRandom.bytes(32))]);
  const bucketSecrets = [systemRandom.bytes(32)];
  const logged: string[] = [];
  const log = createLogger('debug', { write: (line) => logged.push(line) });
  const metrics = createMetrics({ processMetrics: false });
  const outbound = createOutbound({
    ...config.outbound,
    ...parts,
    certificates: config.outbound.caFile === null ? null : readFileSync(config.outbound.caFile, 'utf8'),
    log,
    metrics,
    clock,
  });
  const app = createApp({
    config,
    store,
    ephemeral,
    vault,
    bucketSecrets: () => bucketSecrets,
    clock,
    random: systemRandom,
    log,
    metrics,
    outbound,
  });
  const requester = (): Requester => ({
    actor: { kind: 'operator', id: 'test' },
    traceId: '',
    now: clock.now(),
  });
  const tenants = createTenants(store.tenants, config.features);
  const tenant = await tenants.ensureBuiltIn(requester());
  await app.start();
  const hasher = createPasswordHasher({ concurrency: 1, queue: 100 });
  const revocationSeconds = 360;
  const clients = createClients({
    store: store.clients,
    hasher,
    random: systemRandom,
    revocationSeconds,
    features: config.features,
    checks: [createSectorDocumentCheck({ outbound })],
  });
  const users = createUsers({
    subjects: store.subjects,
    sessions: store.sessions,
    hasher,
    rules: createPasswordRules({ minLength: 12 }),
    vault,
    sealPersonal: () => null,
    random: systemRandom,
    revocationSeconds,
  });

  async function fetchInside(
    path: string,
    init: RequestInit & { readonly peer?: string } = {},
  ): Promise<Response> {
    const url = path.startsWith('http') ? path : `${testIssuer}${path}`;
    const env = { incoming: { socket: { remoteAddress: init.peer ?? '127.0.0.1' } } };
    return app.fetch(new Request(url, init), env);
  }

  return {
    app,
    store,
    metrics,
    outbound,
    logged,
    clock,
    tenant,
    fetch: fetchInside,

    async post(path, form, { client, headers = {} } = {}) {
      const body = new URLSearchParams(form as Record<string, string>).toString();
      const basic =
        client?.secret == null
          ? {}
          : {
              authorization: `Basic ${btoa(`${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`)}`,
            };
      return fetchInside(path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...basic, ...headers },
      });
    },

    addClient: (id, metadata = webMetadata, owner = tenant) =>
      clients.register(requester(), owner, {
        id,
        metadata: metadata === webMetadata ? webMetadata : { ...metadata },
      }),

    addUser: (username, owner = tenant) =>
      users.createUser(requester(), {
        tenant: owner.id,
        username,
        email: `${username}@example.org`,
        profile: { name: `${username} Example` },
        password: testPassword,
      }),

    async addTenant(wanted, changed) {
      const made = await tenants.create(requester(), wanted);
      return changed === undefined ? made : tenants.change(requester(), made.id, { settings: changed });
    },

    changeTenant: (changed) => tenants.change(requester(), tenant.id, { settings: changed }),

    async signIn(subject, owner = tenant) {
      const secret = systemRandom.token(32);
      const now = clock.now();
      const session: SessionRecord = {
        id: systemRandom.token(16),
        tenant: owner.id,
        tokenHash: hashSecret('session-token', secret) as Hashed<'session-token'>,
        subject: subject.id,
        authTime: now,
        acr: 'aal1',
        amr: ['pwd'],
        device: 'test',
        createdAt: now,
        lastSeenAt: now,
        idleExpiresAt: now + 28_800,
        expiresAt: now + 86_400,
        endedAt: 0,
      };
      await store.sessions.create(session, {});
      return { session, cookie: `cs-session-${owner.id}=${secret}` };
    },

    rows(table) {
      const database = new DatabaseSync(join(directory, databaseName), { readOnly: true });
      try {
        return database.prepare(`SELECT * FROM "${table}"`).all();
      } finally {
        database.close();
      }
    },

    async close() {
      await app.stop();
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
