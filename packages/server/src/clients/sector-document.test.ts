import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createTestCertificate } from '../http/certificate.test-support.ts';
import { OutboundError } from '../ports.ts';
import { createPasswordHasher } from '../subjects/index.ts';
import { systemRandom } from '../system.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { createClients } from './clients.ts';
import { createSectorDocumentCheck } from './index.ts';

const redirects = ['https://a.example/cb', 'https://b.example/cb'];
const web = { redirect_uris: redirects, token_endpoint_auth_method: 'none', subject_type: 'pairwise' };

let harness: Harness;
let base: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let calls = 0;
let count = 0;
const directory = mkdtempSync(join(tmpdir(), 'countersign-sector-'));
const certificate = createTestCertificate();
const server = createServer(certificate, (request, response) => {
  calls += 1;
  answer(request, response);
});

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `https://localhost:${(server.address() as AddressInfo).port}`;
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, certificate.cert);
  harness = await openHarness({
    COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8',
    COUNTERSIGN_OUTBOUND__CA_FILE: caFile,
  });
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await harness.close();
  rmSync(directory, { recursive: true });
});

function says(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  answer = (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

const register = (change: Readonly<Record<string, unknown>> = {}) => {
  count += 1;
  return harness.addClient(`sector-${count}`, { ...web, sector_identifier_uri: `${base}/sector`, ...change });
};

test('a document that lists every redirect URI lets clients of several hosts share a sector (OpenID Connect Registration §5, OpenID Connect Core §8.1)', async () => {
  says([...redirects, 'https://c.example/cb']);
  const { client } = await register();
  assert.deepEqual(client.metadata.redirectUris, redirects);
  assert.equal(client.metadata.sectorIdentifierUri, `${base}/sector`);
});

test('a document that leaves out a redirect URI, or says something else, is refused and nothing is written (OpenID Connect Registration §5)', async () => {
  const lies: readonly (readonly [string, unknown, number?])[] = [
    ['one of two', redirects.slice(0, 1)],
    ['near ones', redirects.map((uri) => `${uri}/`)],
    ['none', []],
    ['an object', { redirect_uris: redirects }],
    ['an array with something else in it', [...redirects, 1]],
    ['nested', [redirects]],
    ['text', redirects.join(' ')],
    ['broken JSON', `["${redirects.join('","')}"`],
    ['not UTF-8', Buffer.concat([Buffer.from('["'), Buffer.from([0xff]), Buffer.from('"]')])],
    ['another status', redirects, 404],
    ['an error', redirects, 500],
    ['a partial answer', redirects, 206],
  ];
  for (const [what, body, status] of lies) {
    if (Buffer.isBuffer(body)) answer = (_request, response) => response.end(body);
    else says(body, status);
    await assert.rejects(register(), { code: 'invalid_metadata', message: /sector_identifier_uri/ }, what);
    assert.equal(await harness.store.clients.find('default', `sector-${count}`), undefined, what);
  }
});

test('the document is held to its rules for public subjects as well (OpenID Connect Registration §5)', async () => {
  says([]);
  await assert.rejects(register({ subject_type: 'public' }), { code: 'invalid_metadata' });
});

test('a redirect is not followed, and a document without end or too large is refused (OpenID Connect Registration §5)', async () => {
  answer = (request, response) => {
    if (request.url !== '/sector') says(redirects);
    response.writeHead(302, { location: `${base}/elsewhere` }).end();
  };
  await assert.rejects(register(), { code: 'invalid_metadata' });
  says([...redirects, 'x'.repeat(65_536)]);
  await assert.rejects(register(), { code: 'invalid_metadata' });
});

test('whatever the network said, a client learns that the document cannot be read and no more (OpenID Connect Registration §5)', async () => {
  const { client } = await harness.addClient('sector-probe', {
    ...web,
    redirect_uris: redirects.slice(0, 1),
  });
  const metadata = { ...client.metadata, sectorIdentifierUri: 'https://inside.example/sector' };
  const codes = [
    'sealed',
    'forbidden_url',
    'forbidden_address',
    'unreachable',
    'timeout',
    'too_large',
  ] as const;
  for (const code of codes) {
    const outbound = { send: () => Promise.reject(new OutboundError(code, 'inside.example')) };
    await assert.rejects(createSectorDocumentCheck({ outbound })(metadata, harness.tenant, undefined), {
      code: 'invalid_client_metadata',
      description: 'the document at sector_identifier_uri cannot be read',
    });
  }
});

test('a change is checked when it moves the document or adds a redirect URI, and only then (OpenID Connect Registration §5)', async () => {
  says(redirects);
  const { client } = await register();
  const { store, tenant, clock } = harness;
  const clients = createClients({
    store: store.clients,
    hasher: createPasswordHasher({ concurrency: 1, queue: 1 }),
    random: systemRandom,
    revocationSeconds: 60,
    checks: [createSectorDocumentCheck({ outbound: harness.outbound })],
  });
  const requester = { actor: { kind: 'operator', id: 'test' }, traceId: '', now: clock.now() } as const;
  const change = (members: Readonly<Record<string, unknown>>) =>
    clients.change(requester, tenant, client.id, members);
  const before = calls;
  says([], 503);
  await change({ client_name: 'Renamed' });
  await change({ redirect_uris: redirects.slice(1) });
  assert.equal(calls, before);
  await assert.rejects(change({ redirect_uris: redirects }), { code: 'invalid_metadata' });
  await assert.rejects(change({ sector_identifier_uri: `${base}/moved` }), { code: 'invalid_metadata' });
  assert.equal(calls, before + 2);
  const kept = (await store.clients.find('default', client.id))?.metadata;
  assert.deepEqual(
    [kept?.clientName, kept?.redirectUris, kept?.sectorIdentifierUri],
    ['Renamed', redirects.slice(1), `${base}/sector`],
  );
  says(redirects);
  await change({ redirect_uris: redirects, sector_identifier_uri: `${base}/moved` });
});
