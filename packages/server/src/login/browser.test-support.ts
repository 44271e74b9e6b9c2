/** The browser part over the real store: routes called in process by browsers that keep cookies. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseClientMetadata } from '@countersign/protocol';
import { createAccountRoutes } from '../account/index.ts';
import { createAuditLog } from '../audit/index.ts';
import { createInteractions, type Interaction, type Interactions } from '../authorize/index.ts';
import { createConsentRoutes } from '../consent/index.ts';
import { createHelpRoutes } from '../help/index.ts';
import type { RequestContext, Route } from '../http/context.ts';
import { createTestContext, testTime } from '../http/pages/context.test-support.ts';
import { PageError, renderErrorPage } from '../http/pages/index.ts';
import { envelopeKey } from '../keys/envelope.ts';
import { createVault } from '../keys/vault.ts';
import type { Random } from '../ports.ts';
import { createSetupRoutes } from '../setup/index.ts';
import type { ClientRecord, OpenedStores, SubjectRecord } from '../storage/index.ts';
import { openSqliteStore } from '../storage/sqlite/open.ts';
import {
  createPasswordHasher,
  createPasswordRules,
  createUsers,
  type PasswordHasher,
  type Users,
} from '../subjects/index.ts';
import type { Brake } from './brake.ts';
import { createFormGuard, type FormGuard } from './csrf.ts';
import { createLoginRoutes } from './endpoint.ts';
import { createSessions } from './sessions.ts';

export const password = 'correct horse battery';
export const redirectUri = 'https://app.example/callback';

export interface World extends OpenedStores {
  readonly routes: readonly Route[];
  readonly interactions: Interactions;
  readonly guard: FormGuard;
  readonly users: Users;
  readonly random: Random;
  readonly brake: RecordingBrake;
  /** Moves with the test. */
  now: number;
  readonly failures: string[];
  /** Computations of a password hash, verifications included. */
  readonly work: { hashes: number };
  context(tenant?: string): RequestContext;
  addUser(
    username: string,
    change?: { mustChangePassword?: boolean; tenant?: string },
  ): Promise<SubjectRecord>;
  addClient(id: string, metadata?: Readonly<Record<string, unknown>>): Promise<ClientRecord>;
}

/** Notes what it was asked; blocks when told to. */
export class RecordingBrake implements Brake {
  readonly calls: string[] = [];
  blockedSeconds = 0;

  async check(_context: RequestContext, route: string, _request: Request, account?: string) {
    this.calls.push(`check ${route} ${account ?? '-'}`);
    return { allowed: this.blockedSeconds === 0, retryAfterSeconds: this.blockedSeconds };
  }

  async refund(_context: RequestContext, route: string, _request: Request, account?: string) {
    this.calls.push(`refund ${route} ${account ?? '-'}`);
  }
}

export async function createWorld(test: { after(clean: () => Promise<void>): void }): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-browser-'));
  const time = { now: testTime };
  const stores = await openSqliteStore({ directory, processName: 'test', clock: () => time.now });
  test.after(async () => {
    await stores.store.close();
    await rm(directory, { recursive: true });
  });
  const { store, ephemeral } = stores;
  for (const id of ['default', 'acme', '_system'])
    await store.tenants.create(createTestContext({}, id).tenant, {});
  const vault = createVault([envelopeKey(randomBytes(32))]);
  const random: Random = {
    bytes: (size) => randomBytes(size),
    token: (size) => randomBytes(size).toString('base64url'),
  };
  const real = createPasswordHasher({ concurrency: 2, queue: 100 });
  const work = { hashes: 0 };
  const hasher: PasswordHasher = {
    hash: (secret) => {
      work.hashes += 1;
      return real.hash(secret);
    },
    verify: (stored, secret) => {
      work.hashes += 1;
      return real.verify(stored, secret);
    },
  };
  const rules = createPasswordRules({ minLength: 12 });
  const auditLog = createAuditLog({ store: store.audit, vault, log: createTestContext().log });
  const users = createUsers({
    subjects: store.subjects,
    sessions: store.sessions,
    hasher,
    rules,
    random,
    vault,
    sealPersonal: auditLog.sealPersonal,
    revocationSeconds: 600,
  });
  const interactions = createInteractions({ ephemeral, random, lifetimeSeconds: 600, brake: async () => {} });
  const guard = createFormGuard({ vault });
  const brake = new RecordingBrake();
  const failures: string[] = [];
  const sessions = createSessions({
    sessions: store.sessions,
    random,
    sealPersonal: auditLog.sealPersonal,
    lifetimes: { idleSeconds: 28_800, absoluteSeconds: 86_400, accessTokenSeconds: 600 },
  });
  const describe = async (context: RequestContext, { purpose }: Interaction) => {
    if (purpose.kind !== 'authorize') return undefined;
    const values = new Map(purpose.parameters.map(([name, [value = '']]) => [name, value]));
    const client = await store.clients.find(context.tenant.id, purpose.clientId);
    if (client === undefined || client.disabledAt !== 0) return undefined;
    return {
      client,
      redirectUri: values.get('redirect_uri') ?? redirectUri,
      scope: (values.get('scope') ?? 'openid').split(' '),
      resources: values.has('resource') ? [values.get('resource') ?? ''] : [],
      loginHint: values.get('login_hint'),
      uiLocales: values.get('ui_locales')?.split(' '),
    };
  };
  const { subjects, clients, consents, audit, oneTimeTokens } = store;
  const observer = {
    checked: () => {},
    succeeded: () => {},
    failed: (reason: string) => void failures.push(reason),
  };
  const shared = { interactions, describe, sessions, guard, brake, hasher, rules, random, subjects, audit };
  const routes = [
    ...createLoginRoutes({ ...shared, ephemeral, observer }),
    ...createConsentRoutes({ ...shared, consents }),
    ...createAccountRoutes({ ...shared, clients, consents, accessTokenSeconds: 600 }),
    ...createSetupRoutes({ ...shared, oneTimeTokens, users }),
    ...createHelpRoutes(),
  ];
  const requester = () => ({
    actor: { kind: 'system', id: 'test' } as const,
    traceId: 'test',
    now: time.now,
  });
  return {
    ...stores,
    routes,
    interactions,
    guard,
    users,
    random,
    brake,
    failures,
    work,
    get now() {
      return time.now;
    },
    set now(value) {
      time.now = value;
    },
    context: (tenant) => createTestContext({ now: time.now }, tenant),
    addUser: (username, { mustChangePassword = false, tenant = 'default' } = {}) =>
      users.createUser(requester(), {
        tenant,
        username,
        password,
        email: `${username}@example.com`,
        profile: { name: `${username} Example` },
        mustChangePassword,
      }),
    async addClient(id, metadata = {}) {
      const client: ClientRecord = {
        tenant: 'default',
        id,
        subject: `SVC-default-${id}`,
        metadata: parseClientMetadata(
          { client_name: 'Web shop', redirect_uris: [redirectUri], scope: 'openid profile', ...metadata },
          { profile: 'standard', defaultIdTokenAlg: 'ES256' },
        ),
        secrets: [],
        selfRegistration: null,
        applied: false,
        lastUsedAt: 0,
        disabledAt: 0,
        createdAt: time.now,
        updatedAt: time.now,
        version: 1,
      };
      await clients.create(client, {});
      return client;
    },
  };
}

/** One browser: keeps cookies, sends what a browser sends. */
export class Browser {
  readonly #world: World;
  readonly #tenant: string;
  readonly cookies = new Map<string, string>();
  readonly headers: Record<string, string> = {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  };

  constructor(world: World, tenant = 'default') {
    this.#world = world;
    this.#tenant = tenant;
  }

  get(path: string): Promise<Response> {
    return this.#send('GET', path, undefined, {});
  }

  post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.#send('POST', path, new URLSearchParams(form).toString(), { ...type, ...headers });
  }

  /** As an application's request would: an interaction begun in this browser; answers its id. */
  async begin(clientId: string, parameters: readonly (readonly [string, string])[] = []): Promise<string> {
    const headers = new Headers();
    const context = this.#world.context(this.#tenant);
    const purpose = {
      kind: 'authorize',
      clientId,
      parameters: parameters.map(([name, value]) => [name, [value]] as const),
      origin: { pushedRequest: null, isSigned: false, use: null },
    } as const;
    const { id } = await this.#world.interactions.begin(
      this.#request('GET', '/', undefined, {}),
      context,
      headers,
      purpose,
    );
    this.#keep(headers);
    return id;
  }

  /** Signs in for an interaction of its own and answers the last response. */
  async signIn(username: string, interaction?: string, secret = password): Promise<Response> {
    const id = interaction ?? (await this.#beginAccount());
    const page = await this.get(`/login?interaction=${id}`);
    const csrf = hiddenValue(await page.text(), 'csrf');
    return this.post('/login', { interaction: id, csrf, username, password: secret });
  }

  interaction(id: string): Promise<Interaction | undefined> {
    return this.#world.interactions.find(
      this.#request('GET', '/', undefined, {}),
      this.#world.context(this.#tenant),
      id,
    );
  }

  async #beginAccount(): Promise<string> {
    const response = await this.get('/login');
    return (
      new URL(response.headers.get('location') ?? '', 'http://localhost').searchParams.get('interaction') ??
      ''
    );
  }

  #request(
    method: string,
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Request {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return new Request(`http://localhost:9400${path}`, {
      method,
      headers: { ...this.headers, ...headers, ...(cookie !== '' && { cookie }) },
      ...(body !== undefined && { body }),
    });
  }

  async #send(
    method: string,
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const request = this.#request(method, path, body, headers);
    const context = this.#world.context(this.#tenant);
    const plainPath = path.split('?', 1)[0]?.slice(context.basePath.length);
    const route = this.#world.routes.find((one) => one.method === method && one.path === plainPath);
    if (route === undefined) throw new Error(`no route for ${method} ${path}`);
    let response: Response;
    try {
      response = await route.endpoint(request, context);
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      response = renderErrorPage(request, context, error);
    }
    this.#keep(response.headers);
    return response;
  }

  #keep(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}

/** The value of a hidden field; a page without it fails the test that looks. */
export function hiddenValue(page: string, name: string, action?: string): string {
  const start = action === undefined ? 0 : page.indexOf(`action="${action}"`);
  const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(page.slice(Math.max(start, 0)))?.[1];
  if (value === undefined || start < 0) throw new Error(`no field ${name} on the page`);
  return value;
}
