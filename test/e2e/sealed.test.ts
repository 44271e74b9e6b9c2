/** A sealed server, watched at its sockets while people and clients use it: nothing leaves but to its store. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as jose from 'jose';
import { canary } from '../../scripts/canaries.ts';
import { findPeer, postgresql, strace } from '../../scripts/lib/peers.ts';
import { startPostgres } from '../../scripts/lib/throwaway-postgres.ts';
import {
  type Countersign,
  findFreePort,
  runCountersign,
  startCountersign,
  temporaryFolder,
} from '../support/countersign.ts';
import { FormBrowser } from '../support/form-browser.ts';
import { databaseSettings } from '../support/shared-store.ts';
import { destinationsIn, tracing } from '../support/trace.ts';

const tracer = process.env[strace.variable] ?? findPeer(strace);
const database = process.env[postgresql.variable] ?? findPeer(postgresql);
const timeout = 300_000;
const redirectUri = 'https://shop.example/callback';

describe('a sealed server', {
  skip: tracer === undefined ? 'strace is missing: install it (strace)' : false,
  timeout,
}, () => {
  const cleaning = new AsyncDisposableStack();
  after(() => cleaning.disposeAsync());

  it('signs people in, gives tokens, tells of people, signs out and registers clients, and no connection and no datagram leaves it (ACC-9)', async () => {
    const world = await openWorld(cleaning, 'e2e-sealed', { sealed: true });
    await use(world);
    await world.server.stop();
    assert.deepEqual(destinationsIn(world.traceFile), []);
    assert.deepEqual(world.client.paths, [], 'the client was called');
  });

  it('of which a server that is not sealed makes some, and the same watch sees them (ACC-9)', async () => {
    const world = await openWorld(cleaning, 'e2e-not-sealed', { sealed: false });
    await use(world);
    await until(() => world.client.paths.includes('/logout'));
    await world.server.stop();
    assert.deepEqual(destinationsIn(world.traceFile), [`127.0.0.1 ${world.client.port}`]);
    assert.ok(world.client.paths.includes('/jwks'));
  });

  it('on PostgreSQL it speaks to the database and to nobody else (ACC-9, ACC-1)', {
    skip: database === undefined ? 'PostgreSQL is missing: install it (postgresql)' : false,
  }, async () => {
    const postgres = await startPostgres(database ?? '');
    cleaning.defer(() => postgres.stop());
    const world = await openWorld(cleaning, 'e2e-sealed-postgres', {
      sealed: true,
      storage: (directory) => databaseSettings(postgres, directory),
    });
    await use(world);
    await world.server.stop();
    assert.deepEqual(destinationsIn(world.traceFile), [`127.0.0.1 ${new URL(postgres.url).port}`]);
    assert.deepEqual(world.client.paths, [], 'the client was called');
  });
});

interface World {
  readonly server: Countersign;
  readonly isSealed: boolean;
  readonly client: CalledClient;
  readonly key: jose.CryptoKey;
  readonly traceFile: string;
}

/** Client and person are there before the server starts; the client names every kind of URL that a server may call. */
async function openWorld(
  cleaning: AsyncDisposableStack,
  name: string,
  options: {
    readonly sealed: boolean;
    readonly storage?: (directory: string) => Promise<Readonly<Record<string, string>>>;
  },
): Promise<World> {
  const folder = temporaryFolder(cleaning);
  const dataDirectory = join(folder, 'data');
  const { publicKey, privateKey } = await jose.generateKeyPair('ES256');
  const client = await openClient(cleaning, {
    keys: [{ ...(await jose.exportJWK(publicKey)), alg: 'ES256' }],
  });
  const port = await findFreePort();
  const env = {
    ...(await options.storage?.(dataDirectory)),
    COUNTERSIGN_DATA_DIR: dataDirectory,
    COUNTERSIGN_SERVER__PUBLIC_URL: `http://localhost:${port}`,
    COUNTERSIGN_SERVER__INTERNAL_LISTEN: '127.0.0.1:0',
    COUNTERSIGN_IAM__BOOTSTRAP__MODE: 'link',
    COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8',
  };
  const cli = async (parameters: readonly string[], input = ''): Promise<void> => {
    const ended = await runCountersign(parameters, { env, input });
    assert.equal(ended.status, 0, ended.stderr);
  };
  await cli(['init']);
  const references = join(folder, 'references.json');
  writeFileSync(references, JSON.stringify({ request_uris: [`${client.origin}/request`] }));
  await cli([
    ...['client', 'add', '--id', 'shop', '--redirect-uri', redirectUri, '--metadata', references],
    ...['--post-logout-redirect-uri', redirectUri, '--backchannel-logout-uri', `${client.origin}/logout`],
    ...['--auth-method', 'private_key_jwt', '--jwks-uri', `${client.origin}/jwks`],
    ...['--scope', 'openid email offline_access', '--first-party'],
  ]);
  await cli(
    ['client', 'add', '--id', 'web', '--redirect-uri', redirectUri, '--secret-stdin', '--first-party'].concat(
      [
        ...['--scope', 'openid email offline_access', '--backchannel-logout-uri', `${client.origin}/logout`],
        ...['--post-logout-redirect-uri', redirectUri],
      ],
    ),
    canary.clientSecret,
  );
  const person = ['user', 'add', '--username', canary.username, '--email', canary.email, '--password-stdin'];
  await cli(person, canary.password);
  await cli(['tenant', 'set', 'default', '--dynamic-registration', 'open']);
  assert.deepEqual(client.paths, []);

  const traceFile = join(folder, 'trace');
  const server = await startCountersign(cleaning, {
    name,
    command: 'serve',
    port,
    dataDirectory,
    env: { ...env, COUNTERSIGN_OUTBOUND__SEALED: String(options.sealed) },
    wrapper: tracing(tracer ?? '', traceFile),
  });
  return { server, isSealed: options.sealed, client, key: privateKey, traceFile };
}

/** Everything that people and clients do with a server, and everything that would make it call a client. */
async function use({ server, isSealed, client, key }: World): Promise<void> {
  const { issuer } = server;
  const post = (path: string, form: Readonly<Record<string, string>>, headers = {}) =>
    fetch(`${issuer}/oauth2/${path}`, { method: 'POST', headers, body: new URLSearchParams(form) });
  const asWeb = { authorization: `Basic ${btoa(`web:${canary.clientSecret}`)}` };

  const discovery = await fetch(`${issuer}/.well-known/openid-configuration`);
  assert.equal(discovery.status, 200);
  const metadata = (await discovery.json()) as Readonly<Record<string, unknown>>;
  assert.equal(metadata.request_uri_parameter_supported, !isSealed);

  // Sign-in, tokens, userinfo.
  const verifier = randomBytes(32).toString('base64url');
  const address = new URL(`${issuer}/oauth2/authorize`);
  address.search = String(
    new URLSearchParams({
      client_id: 'web',
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid email offline_access',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }),
  );
  const browser = new FormBrowser();
  const returned = await browser.authorize(address, canary.username, canary.password);
  const tokens = await answerOf(
    await post(
      'token',
      {
        grant_type: 'authorization_code',
        code: returned.searchParams.get('code') ?? '',
        redirect_uri: redirectUri,
        code_verifier: verifier,
      },
      asWeb,
    ),
  );
  const bearer = { authorization: `Bearer ${tokens.access_token}` };
  const person = await answerOf(await fetch(`${issuer}/oauth2/userinfo`, { headers: bearer }));
  assert.equal(person.email, canary.email);
  const refreshed = await answerOf(
    await post('token', { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) }, asWeb),
  );
  const found = await answerOf(await post('introspect', { token: String(refreshed.refresh_token) }, asWeb));
  assert.equal(found.active, true);
  assert.equal((await post('revoke', { token: String(refreshed.refresh_token) }, asWeb)).status, 200);

  // What a client keeps elsewhere: its keys, its requests.
  const assertion = await new jose.SignJWT({ jti: randomBytes(16).toString('hex') })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('shop')
    .setSubject('shop')
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(key);
  const pushed = await post('par', {
    client_id: 'shop',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  assert.equal(pushed.status, isSealed ? 401 : 201, await pushed.text());
  const referred = new URLSearchParams({
    client_id: 'shop',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    request_uri: `${client.origin}/request`,
  });
  const refused = await fetch(`${issuer}/oauth2/authorize?${referred}`, { redirect: 'manual' });
  assert.ok([302, 303, 400].includes(refused.status), String(refused.status));

  // Registration.
  const register = (members: Readonly<Record<string, unknown>>) =>
    fetch(`${issuer}/oauth2/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [redirectUri], ...members }),
    });
  const byReference = await register({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: `${client.origin}/jwks`,
  });
  const said = (await byReference.json()) as Readonly<Record<string, string>>;
  assert.equal(byReference.status, isSealed ? 400 : 201, JSON.stringify(said));
  if (isSealed) {
    assert.equal(said.error, 'invalid_client_metadata');
    assert.match(said.error_description ?? '', /^jwks_uri is not served: .*outbound\.sealed.*as jwks$/);
  }
  assert.equal((await register({})).status, 201);

  // Signing out, of which a client is to be told.
  const leaving = new URL(`${issuer}/oauth2/logout`);
  leaving.searchParams.set('id_token_hint', String(tokens.id_token));
  leaving.searchParams.set('post_logout_redirect_uri', redirectUri);
  assert.equal((await browser.pass(leaving)).href, redirectUri);
  address.searchParams.set('prompt', 'none');
  assert.equal((await browser.pass(address)).searchParams.get('error'), 'login_required');
  // Longer than it takes to be told, where it is told.
  if (isSealed) await sleep(1500);
}

async function answerOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

interface CalledClient {
  readonly origin: string;
  readonly port: number;
  /** Of every request that came. */
  readonly paths: readonly string[];
}

async function openClient(cleaning: AsyncDisposableStack, keys: object): Promise<CalledClient> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keys));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleaning.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { origin: `http://127.0.0.1:${address.port}`, port: address.port, paths };
}

async function until(holds: () => boolean): Promise<void> {
  for (const startedAt = performance.now(); !holds(); await sleep(25)) {
    assert.ok(performance.now() - startedAt < 20_000, 'it did not come about');
  }
}
