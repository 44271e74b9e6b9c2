/** A throw-away instance: a server on a free port over a temporary directory, with people, clients and a second tenant. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../config/index.ts';
import { systemRandom } from '../../system.ts';
import { createLogger } from '../../telemetry/log.ts';
import { prepareDataDirectory } from '../data-directory.ts';
import { type Instance, withLoadedInstance } from '../instance.ts';
import { type Browser, createBrowser } from './browser.ts';
import { type Credentials, createHttp, type Http } from './http.ts';

export interface World {
  readonly issuer: string;
  /** The second tenant, on the same server. */
  readonly otherTenant: string;
  readonly otherIssuer: string;
  readonly http: Http;
  /** Of the person below, signed in nowhere yet. */
  readonly browser: Browser;
  readonly person: { readonly username: string; readonly password: string; readonly email: string };
  readonly clients: {
    /** An application that people sign in to. */
    readonly web: Credentials;
    /** A job that asks for itself. */
    readonly job: Credentials;
    /** A television. */
    readonly tv: Credentials;
    /** A job of the same name in the second tenant. */
    readonly otherJob: Credentials;
  };
  /** The same directory opened once more, as the commands of an operator do beside the server. */
  readonly instance: Instance;
  readonly signal: AbortSignal;
}

export const redirectUri = 'https://app.example/callback';
export const signedOutUri = 'https://app.example/signed-out';
export const api = 'https://api.example';
const otherTenant = 'acme';
const person = { username: 'ada', email: 'ada@example.org' };

/** Settings of a production instance, but for the address, and for keys that may rotate within a tour. */
function settings(port: number): Readonly<Record<string, string>> {
  return {
    environment: 'tour',
    'server.listen': `127.0.0.1:${port}`,
    'server.publicUrl': `http://127.0.0.1:${port}`,
    'server.internalListen': '127.0.0.1:0',
    'server.drainSeconds': '1',
    'iam.bootstrap.mode': 'link',
    'keys.allowShortTimes': 'true',
    'keys.publishSeconds': '1',
  };
}

/** Removes everything again, whatever happens in `work`. */
export async function withWorld<Result>(
  signal: AbortSignal,
  work: (world: World) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-tour-'));
  try {
    const loaded = loadConfig({
      env: {},
      dataDirectory: join(directory, 'data'),
      flags: settings(await findFreePort()),
    });
    prepareDataDirectory(loaded.config, '');
    const { startServer } = await import('../../server.ts');
    const server = await startServer({ config: loaded.config, log: createLogger('silent') });
    try {
      return await withLoadedInstance(loaded, async (instance) =>
        work(await furnish(instance, server.info.issuer, signal)),
      );
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function furnish(instance: Instance, issuer: string, signal: AbortSignal): Promise<World> {
  const { tenants, clients, users, requester } = instance;
  const own = await tenants.get('default');
  const other = await tenants.create(requester(), { id: otherTenant, name: 'Acme' });
  const register = async (
    tenant: typeof own,
    id: string,
    metadata: Readonly<Record<string, unknown>>,
  ): Promise<Credentials> => {
    const { secret } = await clients.register(requester(), tenant, { id, metadata });
    return { id, secret };
  };
  const job = { grant_types: ['client_credentials'], response_types: [], scope: 'read', audiences: [api] };
  const password = systemRandom.token(18);
  await users.createUser(requester(), {
    tenant: own.id,
    username: person.username,
    email: person.email,
    profile: { name: 'Ada' },
    password,
  });
  const http = createHttp(signal);
  return {
    issuer,
    otherTenant,
    otherIssuer: `${issuer}/t/${otherTenant}`,
    http,
    browser: createBrowser(http),
    person: { ...person, password },
    clients: {
      web: await register(own, 'web', {
        client_name: 'Web application',
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [signedOutUri],
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid profile email offline_access',
      }),
      job: await register(own, 'job', job),
      tv: await register(own, 'tv', {
        client_name: 'Television',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        response_types: [],
        scope: 'openid profile offline_access',
        token_endpoint_auth_method: 'none',
      }),
      otherJob: await register(other, 'job', job),
    },
    instance,
    signal,
  };
}

async function findFreePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const probe = createServer();
  probe.once('error', reject).listen(0, '127.0.0.1', () => {
    const address = probe.address();
    probe.close(() =>
      typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
    );
  });
  return promise;
}
