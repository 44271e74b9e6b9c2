import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { RateLimitError } from '../http/error-response.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { answerOf, createFlow, type Parameters, redirectUri } from './flow.test-support.ts';
import { addSigningClient, type SigningClient } from './request-object.test-support.ts';
import { createRequestObjects } from './request-objects.ts';
import { contextOf } from './steps/step-input.test-support.ts';

/** What the client serves at each path. */
const served = new Map<string, RequestListener>();
const calls: string[] = [];
const server = createServer((request, response) => {
  calls.push(request.url ?? '');
  const listener = served.get(request.url ?? '');
  if (listener === undefined) response.writeHead(404).end();
  else listener(request, response);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const loopback = { COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8' };
const harness = await openHarness(loopback);
const flow = createFlow(harness);
const ada = await flow.person();
after(async () => {
  server.closeAllConnections();
  server.close();
  await harness.close();
});

const paths = [
  '/a',
  '/b',
  '/html',
  '/typed',
  '/large',
  '/slow',
  '/gzip',
  '/moved',
  '/gone',
  '/endless',
] as const;
const hashed = `${origin}/hashed#${createHash('sha256').update('x').digest('base64url')}`;
const registered = { request_uris: [...paths.map((path) => `${origin}${path}`), hashed] };
const client = await addSigningClient(harness, 'referrer', { metadata: registered });

const serve = (path: string, object: string, type = 'application/oauth-authz-req+jwt') =>
  served.set(path, (_request, response) => response.writeHead(200, { 'content-type': type }).end(object));
const hashOf = (content: string) => createHash('sha256').update(content).digest('base64url');

const beside = { redirect_uri: redirectUri, state: 'beside', response_type: 'code', scope: 'openid' };
const refer = (reference: string, more: Parameters = {}, as: SigningClient = client, on: Harness = harness) =>
  createFlow(on).authorize(
    { client_id: as.id, request_uri: reference, ...more },
    { cookie: ada.cookie, headers: { accept: 'application/json' } },
  );

async function refused(reference: string, error = 'invalid_request_uri'): Promise<void> {
  const answer = answerOf(await refer(reference, beside));
  assert.deepEqual([answer.error, answer.state, answer.code], [error, 'beside', undefined], reference);
  const page = await refer(reference);
  assert.equal(page.status, 400, reference);
  assert.equal(((await page.json()) as { error: string }).error, error, reference);
}

test('oidcc-request-uri-signed-rs256: a request object behind a registered URL is read, and its code works (OpenID Connect Core §6.2, RFC 9101 §5.2)', async () => {
  const rs256 = await addSigningClient(harness, 'rs256', { algorithm: 'RS256', metadata: registered });
  for (const [type, header] of [
    ['application/oauth-authz-req+jwt', {}],
    ['application/jwt; charset=utf-8', { typ: 'JWT' }],
    ['text/plain', { typ: undefined }],
  ] as const) {
    serve('/a', `${await rs256.object({ state: 'inside' }, header)}\n`, type);
    const answer = answerOf(await refer(`${origin}/a`, beside, rs256));
    assert.equal(answer.state, 'inside');
    assert.equal((await flow.redeem(rs256, answer.code ?? '')).status, 200);
  }
});

test('oidcc-request-uri-unsigned: an unsigned object is refused by reference too, and none is not advertised (OpenID Connect Core §6.1)', async () => {
  const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
  serve('/a', `${unsigned}.${Buffer.from('{}').toString('base64url')}.`);
  await refused(`${origin}/a`, 'invalid_request_object');
});

test('a typed object by reference needs client_id alone beside it, an untyped one more (RFC 9101 §5.2.2, OpenID Connect Core §6.2)', async () => {
  serve('/typed', await client.object());
  assert.ok(answerOf(await refer(`${origin}/typed`)).code);
  serve('/typed', await client.object({}, { typ: undefined }));
  const page = await refer(`${origin}/typed`);
  assert.equal(((await page.json()) as { error: string }).error, 'invalid_request');
});

test('a request_uri that is not registered is not called (OpenID Connect Registration §2, RFC 9101 §10.4.1)', async () => {
  const before = calls.length;
  for (const reference of [
    `${origin}/other`,
    `${origin}/a?x=1`,
    `${origin}/a/`,
    `${origin}/A`,
    `${origin}//a`,
    `${origin}/x/../a`,
    `${origin.replace('127.0.0.1', 'localhost')}/a`,
    `${origin}/hashed`,
    'http://169.254.169.254/latest/meta-data',
    'http://127.1/a',
    'file:///etc/passwd',
    'data:application/jwt,x',
    'urn:example:request',
    'x',
  ]) {
    await refused(reference);
  }
  assert.equal(calls.length, before);
});

test('a fragment is the hash of the content, registered or not, and is held against it (OpenID Connect Core §6.2)', async () => {
  const object = await client.object({ jti: undefined });
  serve('/b', object);
  serve('/hashed', object);
  assert.ok(answerOf(await refer(`${origin}/b#${hashOf(object)}`, beside)).code);
  for (const fragment of [
    hashOf('another'),
    hashOf(object).toLowerCase(),
    `${hashOf(object)}=`,
    `${hashOf(object)}#x`,
    '',
    'latest',
  ]) {
    await refused(`${origin}/b#${fragment}`);
  }
  await refused(hashed);
  const other = await addSigningClient(harness, 'hashing', {
    metadata: { request_uris: [`${origin}/hashed#${hashOf('x')}`] },
  });
  serve('/hashed', 'x');
  const answer = answerOf(await refer(`${origin}/hashed#${hashOf('x')}`, beside, other));
  assert.equal(answer.error, 'invalid_request_object', 'the content is the one named, and no object');
});

for (const [title, path, listener] of [
  ['it redirects', '/moved', (_, response) => response.writeHead(302, { location: `${origin}/a` }).end()],
  ['it is not there', '/gone', (_, response) => response.writeHead(410).end()],
  [
    'it is a page',
    '/html',
    (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('x'),
  ],
  [
    'it is compressed',
    '/gzip',
    (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x')),
  ],
  ['it has a megabyte', '/large', (_, response) => response.writeHead(200).end('x'.repeat(1_048_576))],
  [
    'it never ends',
    '/endless',
    (_, response) => {
      response.on('error', () => undefined);
      const more = (): void => {
        while (response.write('x'.repeat(1000))) {}
        response.once('drain', more);
      };
      more();
    },
  ],
] as const satisfies readonly (readonly [string, string, RequestListener])[]) {
  test(`what is behind a request_uri is refused, and nothing else is called, when ${title} (RFC 9101 §10.4.1)`, async () => {
    serve('/a', await client.object());
    served.set(path, listener);
    calls.length = 0;
    await refused(`${origin}${path}`);
    assert.deepEqual(new Set(calls), new Set([path]));
  });
}

test('what is behind a request_uri is held to all rules of an object (RFC 9101 §6.3)', async () => {
  const mallory = await addSigningClient(harness, 'stranger');
  for (const object of [
    await mallory.object(),
    await mallory.object({ iss: client.id, client_id: client.id }),
    await client.object({ request_uri: `${origin}/a` }),
    await client.object({ exp: 1 }),
    await client.object({ aud: 'https://other.example' }),
    'x',
    '',
  ]) {
    serve('/a', object);
    await refused(`${origin}/a`, 'invalid_request_object');
  }
});

test('an object by reference is spent when its code is issued, under whatever URL (RFC 7519 §4.1.7, ACC-2)', async () => {
  const object = await client.object();
  serve('/a', object);
  serve('/b', object);
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) =>
      answerOf(await refer(`${origin}${index % 2 ? '/a' : '/b'}`, beside)),
    ),
  );
  assert.equal(answers.filter(({ code }) => code !== undefined).length, 1);
  await refused(`${origin}/a`, 'invalid_request_object');
});

test('a registered request_uri that leads inside is not called, also when its name is bound anew (RFC 9101 §10.4.1, attack 7)', async () => {
  const before = calls.length;
  let looks = 0;
  const worlds = [
    ['no network inside is allowed', {}, async () => ['127.0.0.1']],
    ['a name with one address inside', {}, async () => ['1.1.1.1', '10.0.0.1']],
    [
      'a name that was outside when it was last looked up',
      { COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.2' },
      async () => {
        looks += 1;
        return [looks === 1 ? '127.0.0.2' : '127.0.0.1'];
      },
    ],
  ] as const;
  for (const [title, settings, resolve] of worlds) {
    const world = await openHarness(settings, { resolve });
    const urls = [`${origin}/a`, `https://rebinding.example:${new URL(origin).port}/a`];
    const there = await addSigningClient(world, 'referrer', { metadata: { request_uris: urls } });
    serve('/a', await there.object());
    for (const url of [...urls, ...urls]) {
      const answer = answerOf(await refer(url, beside, there, world));
      assert.equal(answer.error, 'invalid_request_uri', title);
      assert.equal(answer.error_description, 'the request object behind request_uri cannot be read', title);
    }
    await world.close();
  }
  assert.equal(calls.length, before);
});

test('sealed, no reference is followed, and discovery says so (ACC-9, SPN-16)', async () => {
  const world = await openHarness({ ...loopback, COUNTERSIGN_OUTBOUND__SEALED: 'true' });
  const there = await addSigningClient(world, 'referrer', { metadata: registered });
  serve('/a', await there.object());
  const answer = answerOf(await refer(`${origin}/a`, beside, there, world));
  assert.equal(answer.error, 'request_uri_not_supported');
  const document = await world.fetch('/.well-known/openid-configuration');
  const metadata = (await document.json()) as Readonly<Record<string, unknown>>;
  assert.equal(metadata.request_uri_parameter_supported, false);
  assert.equal(metadata.require_request_uri_registration, undefined);
  assert.equal(metadata.request_parameter_supported, true);
  await world.close();
});

test('a malformed request follows no reference (RFC 6749 §3.1)', async () => {
  const before = calls.length;
  const query = `client_id=${client.id}&request_uri=${encodeURIComponent(`${origin}/a`)}&nonce=a&nonce=b`;
  const response = await harness.fetch(
    `/oauth2/authorize?${query}&redirect_uri=${encodeURIComponent(redirectUri)}`,
  );
  assert.equal(answerOf(response).error, 'invalid_request');
  assert.equal(calls.length, before);
});

test('a client that must push its requests has no reference followed (RFC 9126 §6)', async () => {
  const pushing = await addSigningClient(harness, 'pushing', {
    metadata: { ...registered, require_pushed_authorization_requests: true },
  });
  const before = calls.length;
  const answer = answerOf(await refer(`${origin}/a`, beside, pushing));
  assert.equal(answer.error, 'invalid_request');
  assert.equal(calls.length, before);
});

test('each reference that is followed is charged to the address that sent it (RFC 9101 §10.4.1, SPN-18)', async () => {
  const requestObjects = createRequestObjects({
    clientKeys: { verificationKeys: async () => [] },
    outbound: { send: () => assert.fail('it was called') },
    ephemeral: { putIfAbsent: async () => true, find: async () => undefined },
    skewSeconds: 60,
    brake: async () => {
      throw new RateLimitError(7);
    },
  });
  const parameters = new Map([['request_uri', `${origin}/a`]]);
  const view = {
    get: (name: string) => parameters.get(name),
    has: (name: string) => parameters.has(name),
    all: (name: string) => [parameters.get(name) ?? ''],
    names: () => [...parameters.keys()],
  };
  await assert.rejects(requestObjects.load(view, client.record, contextOf()), RateLimitError);
});
