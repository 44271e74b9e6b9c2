/** What endpoint tests of authorize and token share: a browser with cookies, a client's requests, tokens read back. */
import { createHash } from 'node:crypto';
import type { AuditRecord } from '../audit/record.ts';
import type { ClientRecord, SessionRecord, SubjectRecord, TenantRecord } from '../storage/ports.ts';
import { type Harness, testIssuer, testPassword } from '../testing/harness.ts';

export const redirectUri = 'https://app.example/cb';
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const challenge = createHash('sha256').update(verifier).digest('base64url');

/** Asks everything that most tests need; `first_party` spares the consent page. */
export const webClient = {
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  scope: 'openid profile email offline_access api:read',
  token_endpoint_auth_method: 'client_secret_basic',
  first_party: true,
};

export const publicClient = { ...webClient, token_endpoint_auth_method: 'none' };

/** undefined leaves a parameter out, a list repeats it. */
export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Credentials {
  readonly id: string;
  readonly secret: string | null;
}

export interface TokenBody {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly scope: string;
  readonly error: string;
  readonly error_description: string;
  readonly error_uri: string;
  readonly feature: string;
}

export interface Answer {
  readonly status: number;
  readonly body: TokenBody;
  readonly headers: Headers;
}

export function encode(parameters: Parameters): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) pairs.append(name, one);
  }
  return pairs.toString();
}

/** A good authorization request, with changes. */
export function requestOf(clientId: string, changes: Parameters = {}): Parameters {
  return {
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    state: 'af0ifjsldkj',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  };
}

/** The parameters that a client got at its redirect URI; throws when the answer is not a redirect there. */
export function answerOf(response: Response, uri: string = redirectUri): Readonly<Record<string, string>> {
  const location = response.headers.get('location') ?? '';
  if (response.status !== 303 || !location.startsWith(`${uri}?`)) {
    throw new Error(`no answer at the redirect URI: ${response.status} ${location}`);
  }
  return Object.fromEntries(new URL(location).searchParams);
}

/** The form that a page would post by itself; throws when the page has none. */
export async function postedForm(response: Response): Promise<{
  readonly method: string;
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}> {
  const text = await response.text();
  const [, method = '', action] = /<form method="([a-z]+)" action="([^"]*)" data-send>/.exec(text) ?? [];
  if (response.status !== 200 || action === undefined) {
    throw new Error(`no form that posts itself: ${response.status} ${response.headers.get('location')}`);
  }
  const inputs = text.matchAll(/<input type="hidden" name="([a-z_]+)" value="([^"]*)">/g);
  const fields = [...inputs].map(([, name = '', value = '']) => [name, unescapeHtml(value)] as const);
  return { method, action: unescapeHtml(action), fields: Object.fromEntries(fields) };
}

/** What a browser reads from a quoted attribute that we wrote. */
function unescapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '');
}

export interface Flow {
  /** A user with a live session; `tenant` defaults to the default one. */
  person(tenant?: TenantRecord): Promise<Person>;
  client(metadata?: Readonly<Record<string, unknown>>, tenant?: TenantRecord): Promise<Client>;
  authorize(parameters: Parameters, options?: AuthorizeOptions): Promise<Response>;
  /** Signed in and consented: the code. */
  code(client: Client, person: Person, changes?: Parameters): Promise<string>;
  token(client: Credentials, form: Parameters, basePath?: string): Promise<Answer>;
  redeem(client: Credentials, code: string, changes?: Parameters): Promise<Answer>;
  refresh(client: Credentials, token: string, changes?: Parameters): Promise<Answer>;
  /** Code and tokens in one step. */
  tokens(client: Client, person: Person, changes?: Parameters): Promise<TokenBody>;
  isActive(client: Credentials, token: string): Promise<boolean>;
  /** Records of this action in the default tenant's audit trail, newest first. */
  audited(action: string): Promise<readonly AuditRecord[]>;
  visitor(basePath?: string): Visitor;
}

export interface Person {
  readonly subject: SubjectRecord;
  readonly session: SessionRecord;
  readonly cookie: string;
}

export interface Client extends Credentials {
  readonly record: ClientRecord;
}

export interface AuthorizeOptions {
  readonly cookie?: string;
  readonly basePath?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function createFlow(harness: Harness): Flow {
  let count = 0;
  const next = (name: string): string => {
    count += 1;
    return `${name}${count}`;
  };
  const basePathOf = (tenant: string): string => (tenant === 'default' ? '' : `/t/${tenant}`);

  async function token(client: Credentials, form: Parameters, basePath = ''): Promise<Answer> {
    const identified = client.secret === null ? { ...form, client_id: client.id } : form;
    const response = await harness.post(`${basePath}/oauth2/token`, new URLSearchParams(encode(identified)), {
      client,
    });
    return {
      status: response.status,
      body: (await response.json()) as TokenBody,
      headers: response.headers,
    };
  }

  const flow: Flow = {
    token,

    async person(tenant = harness.tenant) {
      const subject = await harness.addUser(next('person'), tenant);
      return { subject, ...(await harness.signIn(subject, tenant)) };
    },

    async client(metadata = webClient, tenant = harness.tenant) {
      const { client, secret } = await harness.addClient(next('client'), metadata, tenant);
      return { id: client.id, secret, record: client };
    },

    authorize(parameters, { cookie, basePath = '', headers = {} } = {}) {
      return harness.fetch(`${basePath}/oauth2/authorize?${encode(parameters)}`, {
        headers: { ...headers, ...(cookie !== undefined && { cookie }) },
      });
    },

    async code(client, person, changes = {}) {
      const basePath = basePathOf(client.record.tenant);
      const response = await flow.authorize(requestOf(client.id, changes), {
        cookie: person.cookie,
        basePath,
      });
      const { code, error } = answerOf(response);
      if (code === undefined) throw new Error(`no code: ${error}`);
      return code;
    },

    redeem: (client, code, changes = {}) =>
      token(client, {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
        ...changes,
      }),

    refresh: (client, refreshToken, changes = {}) =>
      token(client, { grant_type: 'refresh_token', refresh_token: refreshToken, ...changes }),

    async tokens(client, person, changes) {
      const answer = await flow.redeem(client, await flow.code(client, person, changes));
      if (answer.status !== 200) throw new Error(`no tokens: ${answer.body.error}`);
      return answer.body;
    },

    async isActive(client, value) {
      const response = await harness.post('/oauth2/introspect', { token: value }, { client });
      if (response.status !== 200) throw new Error(`introspection answered ${response.status}`);
      return ((await response.json()) as { active: boolean }).active;
    },

    async audited(action) {
      const records = await harness.store.audit.listNewest(harness.tenant.id, 1000);
      return records.filter((record) => record.action === action);
    },

    visitor: (basePath = '') => createVisitor(harness, basePath),
  };
  return flow;
}

/** A browser: keeps cookies, follows our own redirects, fills in our forms. */
export interface Visitor {
  readonly cookies: ReadonlyMap<string, string>;
  get(path: string): Promise<Response>;
  post(path: string, form: Parameters): Promise<Response>;
  /** Follows redirects as long as they stay with us; answers the first page, or the redirect that leaves. */
  follow(response: Response): Promise<Response>;
  /** Fills in the sign-in form of this page and follows. */
  signIn(page: Response, username: string): Promise<Response>;
  /** Presses a button of the consent page and follows. */
  decide(page: Response, decision: 'allow' | 'deny'): Promise<Response>;
  takeCookie(header: string): void;
}

function createVisitor(harness: Harness, basePath: string): Visitor {
  const cookies = new Map<string, string>();

  async function send(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = new Headers(init.headers);
    if (cookie !== '') headers.set('cookie', cookie);
    const response = await harness.fetch(path, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  }

  const visitor: Visitor = {
    cookies,
    get: (path) => send(path, {}),
    post: (path, form) =>
      send(path, {
        method: 'POST',
        body: encode(form),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),

    async follow(response) {
      let current = response;
      for (let hop = 0; hop < 10; hop += 1) {
        const location = current.headers.get('location');
        if (current.status !== 303 || location === null) return current;
        const isOurs = location.startsWith('/') || location.startsWith(`${testIssuer}/`);
        if (!isOurs) return current;
        current = await visitor.get(location);
      }
      throw new Error('more than ten redirects');
    },

    async signIn(page, username) {
      const { interaction, csrf } = await hiddenFields(page);
      const form = { interaction, csrf, username, password: testPassword };
      return visitor.follow(await visitor.post(`${basePath}/login`, form));
    },

    async decide(page, decision) {
      const { interaction, csrf } = await hiddenFields(page);
      return visitor.follow(await visitor.post(`${basePath}/consent`, { interaction, csrf, decision }));
    },

    takeCookie(header) {
      const [name = '', value = ''] = header.split('=', 2);
      cookies.set(name, value);
    },
  };
  return visitor;
}

async function hiddenFields(page: Response): Promise<{ interaction: string; csrf: string }> {
  const text = await page.text();
  const read = (name: string): string => {
    const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1];
    if (value === undefined) throw new Error(`no field ${name} on a page with status ${page.status}`);
    return value;
  };
  return { interaction: read('interaction'), csrf: read('csrf') };
}

/** Header and claims, unverified. */
export function readJwt(token: string): {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
} {
  const [header = '', payload = ''] = token.split('.');
  const read = (part: string) =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  return { header: read(header), claims: read(payload) };
}
