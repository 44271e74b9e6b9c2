/** Two server processes with Redis beside the store: it dies, is emptied and comes back under them. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { canary } from '../../scripts/canaries.ts';
import { findPeer, redis as peer } from '../../scripts/lib/peers.ts';
import { startRedis, type ThrowawayRedis } from '../../scripts/lib/throwaway-redis.ts';
import {
  type Countersign,
  findFreePort,
  runCountersign,
  startCountersign,
  temporaryFolder,
} from '../support/countersign.ts';
import { FormBrowser, type Page } from '../support/form-browser.ts';

const program = process.env[peer.variable] ?? findPeer(peer);
const suite = {
  skip: program === undefined ? 'Redis is missing: install it (redis-server)' : false,
  timeout: 300_000,
};
const service = ['--grant', 'client_credentials', '--scope', 'read', '--default-scope', 'read'];
const redirectUri = 'http://127.0.0.1:1/callback';

describe('servers with Redis beside the store', suite, () => {
  const cleaning = new AsyncDisposableStack();
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let redis: ThrowawayRedis;
  let modulesFile: string;
  let nodes: readonly [Countersign, Countersign];

  before(async () => {
    redis = await startRedis(program ?? '');
    cleaning.defer(() => redis.stop());
    const folder = temporaryFolder(cleaning);
    modulesFile = join(folder, 'modules');
    const dataDirectory = join(folder, 'data');
    const ports = [await findFreePort(), await findFreePort()] as const;
    const env = {
      COUNTERSIGN_EPHEMERAL__REDIS__ADDRESSES: `127.0.0.1:${redis.port}`,
      COUNTERSIGN_EPHEMERAL__REDIS__PASSWORD_FILE: redis.passwordFile,
      COUNTERSIGN_EPHEMERAL__REDIS__COMMAND_TIMEOUT_MS: '1000',
      COUNTERSIGN_SERVER__PUBLIC_URL: `http://localhost:${ports[0]}`,
      COUNTERSIGN_SERVER__INTERNAL_LISTEN: '127.0.0.1:0',
      COUNTERSIGN_IAM__BOOTSTRAP__MODE: 'link',
      ...listingModules(folder, modulesFile),
    };
    const init = await runCountersign(['init', '--data-dir', dataDirectory], { env });
    assert.equal(init.status, 0, init.stderr);
    const start = (name: string, port: number) =>
      startCountersign(cleaning, { name, command: 'serve', port, dataDirectory, env });
    nodes = [await start('e2e-redis-1', ports[0]), await start('e2e-redis-2', ports[1])];
    const key = join(folder, 'key.jwk');
    writeFileSync(key, JSON.stringify({ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'one' }));
    const [{ cli }] = nodes;
    await cli(['client', 'add', '--id', 'job', '--secret-stdin', ...service], canary.clientSecret);
    await cli([
      ...['client', 'add', '--id', 'signer', '--jwks', key, '--auth-method', 'private_key_jwt'],
      ...service,
    ]);
    await cli(['client', 'add', '--id', 'app', '--public', '--redirect-uri', redirectUri, '--first-party']);
    await cli(['user', 'add', '--username', canary.username, '--password-stdin'], canary.password);
  });
  after(() => cleaning.disposeAsync());

  const urlOf = (node: Countersign, path: string): URL => new URL(path, `http://localhost:${node.port}`);

  function post(node: Countersign, path: string, form: Record<string, string>, secret?: string) {
    return fetch(urlOf(node, path), {
      method: 'POST',
      headers: secret === undefined ? {} : { authorization: `Basic ${btoa(`job:${secret}`)}` },
      body: new URLSearchParams(form),
    });
  }

  const bySecret = (node: Countersign, secret: string = canary.clientSecret) =>
    post(node, '/oauth2/token', { grant_type: 'client_credentials' }, secret);
  const byAssertion = (node: Countersign, assertion: string) =>
    post(node, '/oauth2/token', {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });

  function newAssertion(): string {
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ iss: 'signer', sub: 'signer', aud: nodes[0].issuer },
      ...{ jti: randomBytes(16).toString('hex'), iat: now, exp: now + 60 },
    };
    const input = `${encode({ alg: 'ES256', kid: 'one', typ: 'JWT' })}.${encode(claims)}`;
    const how = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${input}.${sign('sha256', Buffer.from(input), how).toString('base64url')}`;
  }

  function authorizeUrl(node: Countersign): URL {
    const url = urlOf(node, '/oauth2/authorize');
    url.search = new URLSearchParams({
      ...{
        client_id: 'app',
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: 'openid',
        state: 'state',
      },
      ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
    }).toString();
    return url;
  }

  async function beginSignIn(browser: FormBrowser): Promise<Page> {
    const page = await browser.open(authorizeUrl(nodes[0]));
    assert.ok('html' in page && page.status === 200, JSON.stringify(page));
    assert.match(page.html, /name="password"/);
    return page;
  }

  const filled = { username: canary.username, password: canary.password };

  async function until(holds: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!(await holds())) {
      assert.ok(Date.now() < deadline, `not within ${withinMs} ms`);
      await sleep(25);
    }
  }

  const isReady = async (node: Countersign): Promise<boolean> => (await fetch(urlOf(node, '/readyz'))).ok;

  async function assertAway(answer: Response, what: string): Promise<void> {
    assert.equal(answer.status, 503, what);
    assert.ok(Number(answer.headers.get('retry-after')) > 0, what);
    assert.equal(((await answer.json()) as { error: string }).error, 'temporarily_unavailable', what);
  }

  it('an assertion that one process has seen, the other refuses (SPN-1, ACC-2, RFC 7523 §3)', async () => {
    const assertion = newAssertion();
    assert.equal((await byAssertion(nodes[0], assertion)).status, 200);
    assert.equal((await byAssertion(nodes[1], assertion)).status, 401);
    assert.match(await redis.ask('DBSIZE'), /^:[1-9]/);
  });

  it('a sign-in that one process began, the other finishes (SPN-1)', async () => {
    const browser = new FormBrowser();
    const page = await beginSignIn(browser);
    const address = new URL(page.address);
    address.port = String(nodes[1].port);
    const end = await browser.submit({ ...page, address }, filled);
    const next = 'html' in end ? `${end.status} ${end.html}` : end.returned.href;
    // The second process sends on to the one address that clients know.
    assert.match(next, /^http:\/\/(?:127\.0\.0\.1:1\/callback\?|localhost:\d+\/).*$/);
    const back = await browser.open(authorizeUrl(nodes[0]));
    assert.ok('returned' in back && back.returned.searchParams.has('code'), 'signed in at both');
  });

  it('while Redis is away nothing that it should know is taken on trust: 503 with Retry-After, and not ready (SPN-1, ACC-3)', async () => {
    const [one] = nodes;
    const used = newAssertion();
    assert.equal((await byAssertion(one, used)).status, 200);
    const browser = new FormBrowser();
    const page = await beginSignIn(browser);
    const token = ((await (await bySecret(one)).json()) as { access_token: string }).access_token;

    await redis.kill();
    await assertAway(await byAssertion(one, used), 'an assertion that was used');
    await assertAway(await byAssertion(one, newAssertion()), 'one that was not');
    await assertAway(await bySecret(one, 'wrong'), 'a wrong secret, which cannot be counted');
    for (const [what, end] of [
      ['a password', await browser.submit(page, filled)],
      ['a new sign-in', await new FormBrowser().open(authorizeUrl(one))],
    ] as const) {
      assert.ok('html' in end && end.status === 503, what);
      assert.match(end.html, /<h1[^>]*>The server cannot answer now</, what);
    }
    for (const node of nodes) assert.equal(await isReady(node), false);
    assert.equal((await fetch(urlOf(one, '/healthz'))).status, 200);

    // What does not need it goes on.
    assert.equal((await bySecret(one)).status, 200);
    const introspected = await post(one, '/oauth2/introspect', { token }, canary.clientSecret);
    assert.equal(((await introspected.json()) as { active: boolean }).active, true);
    assert.equal((await post(one, '/oauth2/revoke', { token }, canary.clientSecret)).status, 200);

    await redis.resume();
    for (const node of nodes) await until(() => isReady(node));
    assert.equal((await byAssertion(one, newAssertion())).status, 200);
    // It came back empty: what was pending has ended, and a person is told so.
    const late = await browser.submit(page, filled);
    assert.ok('html' in late && late.status < 500, JSON.stringify(late));
    assert.match(late.html, /<h1[^>]*>This sign-in has ended</);
    const again = await browser.submit(await beginSignIn(browser), filled);
    assert.ok('returned' in again && again.returned.searchParams.has('code'));
    assert.equal((await bySecret(one, 'wrong')).status, 401);
  });

  it('emptied in the middle of a sign-in, it begins anew with a clear page and no error of the server (SPN-1)', async () => {
    const browser = new FormBrowser();
    const page = await beginSignIn(browser);
    await redis.ask('FLUSHALL');
    const end = await browser.submit(page, filled);
    assert.ok('html' in end && end.status < 500, JSON.stringify(end));
    assert.match(end.html, /This sign-in has ended/);
    const again = await browser.submit(await beginSignIn(browser), filled);
    assert.ok('returned' in again && again.returned.searchParams.has('code'));
  });

  it('a server that starts while Redis is away answers what it can, and goes on when it is there (SPN-1)', async () => {
    await redis.kill();
    const node = await startCountersign(cleaning, {
      name: 'e2e-redis-late',
      command: 'serve',
      dataDirectory: nodes[0].dataDirectory,
      env: {
        COUNTERSIGN_EPHEMERAL__REDIS__ADDRESSES: `127.0.0.1:${redis.port}`,
        COUNTERSIGN_EPHEMERAL__REDIS__PASSWORD_FILE: redis.passwordFile,
        COUNTERSIGN_SERVER__INTERNAL_LISTEN: '127.0.0.1:0',
        COUNTERSIGN_SERVER__PUBLIC_URL: nodes[0].issuer,
        COUNTERSIGN_IAM__BOOTSTRAP__MODE: 'link',
      },
    });
    assert.equal(await isReady(node), false);
    assert.equal((await bySecret(node)).status, 200);
    await redis.resume();
    await until(() => isReady(node));
    await node.stop();
  });

  it('without Redis and PostgreSQL in its settings a server loads neither (ACC-1)', async () => {
    const folder = temporaryFolder(cleaning);
    const file = join(folder, 'modules');
    const idle = await startCountersign(cleaning, {
      name: 'e2e-redis-idle',
      env: listingModules(folder, file),
    });
    await idle.stop();
    const loaded = readFileSync(file, 'utf8');
    assert.match(loaded, /node_modules/, 'the list is one');
    assert.doesNotMatch(loaded, /node_modules\/(?:@redis|pg)\//);
    await nodes[1].stop();
    assert.match(
      readFileSync(modulesFile, 'utf8'),
      /node_modules\/@redis\/client\//,
      'and tells where it is used',
    );
  });
});

/** Has a process write the CommonJS modules that it holds at its end, as both drivers are. */
function listingModules(folder: string, file: string): Record<string, string> {
  const hook = join(folder, 'list-modules.cjs');
  const list = `Object.keys(require('node:module')._cache).join('\\n')`;
  writeFileSync(
    hook,
    `process.on('exit', () => require('node:fs').appendFileSync(${JSON.stringify(file)}, ${list}));`,
  );
  return { NODE_OPTIONS: `--require=${JSON.stringify(hook)}` };
}
