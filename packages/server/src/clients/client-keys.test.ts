import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { networks } from '../config/values.ts';
import { createOutbound } from '../outbound/index.ts';
import type { Outbound } from '../ports.ts';
import type { Change, ClientRecord } from '../storage/ports.ts';
import { createLogger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createClientKeys } from './client-keys.ts';
import { type KeyEndpoint, openKeyEndpoint } from './key-endpoint.test-support.ts';

const endpoints: KeyEndpoint[] = [];
after(() => {
  for (const endpoint of endpoints) endpoint.close();
});

async function open(document?: unknown): Promise<KeyEndpoint> {
  const endpoint = await openKeyEndpoint(document);
  endpoints.push(endpoint);
  return endpoint;
}

async function newKey(kid: string | undefined, alg = 'ES256') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return {
    jwk: { ...(await exportJWK(publicKey)), ...(kid !== undefined && { kid }) },
    privateJwk: { ...(await exportJWK(privateKey)), kid },
  };
}

let now = 1_800_000_000;
const logged: string[] = [];
const log = createLogger('debug', { write: (line) => logged.push(line) });
const loopback = createOutbound({
  allowedNetworks: networks(['127.0.0.0/8']),
  sealed: false,
  certificates: null,
  log,
  metrics: createMetrics({ processMetrics: false }),
  clock: { nowMs: () => now * 1000 },
});

function keysOver(outbound: Outbound = loopback, limit = 100) {
  const listeners = new Set<(change: Change | null) => void>();
  const keys = createClientKeys({
    outbound,
    changes: {
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    clock: { now: () => now },
    log,
    limit,
  });
  const tell = (change: Change | null): void => {
    for (const listener of listeners) listener(change);
  };
  return { keys, tell };
}

const clientAt = (url: string, id = 'web', tenant = 'default') =>
  ({ tenant, id, metadata: { jwksUri: url } }) as unknown as ClientRecord;
const es256 = (kid: string) => ({ alg: 'ES256', kid }) as const;
const kids = (keys: readonly { readonly kid?: string }[]) => keys.map(({ kid }) => kid);

afterEach(() => {
  now += 100_000;
});

const [first, second] = [await newKey('first'), await newKey('second')];

test('keys registered by value are used as they are, and nothing is called (RFC 7591 §2)', async () => {
  const { keys } = keysOver({ send: () => assert.fail('it was called') });
  const client = {
    tenant: 'default',
    id: 'x',
    metadata: { jwks: { keys: [first.jwk] } },
  } as unknown as ClientRecord;
  assert.deepEqual(kids(await keys.verificationKeys(client, es256('first'))), ['first']);
  assert.deepEqual(await keys.verificationKeys(client, es256('other')), []);
  const without = { tenant: 'default', id: 'x', metadata: {} } as unknown as ClientRecord;
  assert.deepEqual(await keys.verificationKeys(without, es256('first')), []);
});

test('a copy of the jwks_uri serves for five minutes; callers that come together share one call (OpenID Connect Core §10.1)', async () => {
  const endpoint = await open({ keys: [first.jwk] });
  const { keys } = keysOver();
  const client = clientAt(endpoint.url);
  const found = await Promise.all(
    Array.from({ length: 50 }, () => keys.verificationKeys(client, es256('first'))),
  );
  assert.ok(found.every((each) => each.length === 1));
  now += 299;
  await keys.verificationKeys(client, es256('first'));
  assert.equal(endpoint.calls, 1);
  now += 1;
  await keys.verificationKeys(client, es256('first'));
  assert.equal(endpoint.calls, 2);
});

test('an unknown kid has the jwks_uri read again, so that a client may change its keys at any time (OpenID Connect Core §10.1.1)', async () => {
  const endpoint = await open({ keys: [first.jwk] });
  const { keys } = keysOver();
  const client = clientAt(endpoint.url);
  await keys.verificationKeys(client, es256('first'));
  endpoint.serve({ keys: [second.jwk] });
  now += 10;
  assert.deepEqual(kids(await keys.verificationKeys(client, es256('second'))), ['second']);
  assert.deepEqual(await keys.verificationKeys(client, es256('first')), [], 'the key withdrawn is gone');
});

test('a forged kid buys one call in ten seconds, and takes no key from the client (OpenID Connect Core §10.1.1)', async () => {
  const endpoint = await open({ keys: [first.jwk] });
  const { keys } = keysOver();
  const client = clientAt(endpoint.url);
  for (let forged = 0; forged < 100; forged += 1) {
    assert.deepEqual(await keys.verificationKeys(client, es256(`forged-${forged}`)), []);
  }
  assert.equal(endpoint.calls, 1);
  assert.equal((await keys.verificationKeys(client, es256('first'))).length, 1);
  now += 10;
  await keys.verificationKeys(client, es256('forged'));
  await keys.verificationKeys(client, es256('forged'));
  assert.equal(endpoint.calls, 2);
});

test('the last good copy serves while the endpoint is down, for an hour; it is asked every ten seconds at most', async () => {
  const endpoint = await open({ keys: [first.jwk] });
  const { keys } = keysOver();
  const client = clientAt(endpoint.url);
  await keys.verificationKeys(client, es256('first'));
  endpoint.answer((_request, response) => response.writeHead(503).end());
  now += 300;
  for (let call = 0; call < 20; call += 1) {
    assert.equal((await keys.verificationKeys(client, es256('first'))).length, 1);
  }
  assert.equal(endpoint.calls, 2);
  now += 3299;
  assert.equal((await keys.verificationKeys(client, es256('first'))).length, 1);
  now += 1;
  assert.deepEqual(await keys.verificationKeys(client, es256('first')), []);
  endpoint.serve({ keys: [first.jwk] });
  now += 10;
  assert.equal((await keys.verificationKeys(client, es256('first'))).length, 1);
});

test('an endpoint that never gave keys is remembered as such for ten seconds', async () => {
  const endpoint = await open('no JSON');
  const { keys } = keysOver();
  const client = clientAt(endpoint.url);
  for (let call = 0; call < 20; call += 1) await keys.verificationKeys(client, es256('first'));
  assert.equal(endpoint.calls, 1);
  endpoint.serve({ keys: [first.jwk] });
  now += 10;
  assert.equal((await keys.verificationKeys(client, es256('first'))).length, 1);
});

for (const [what, document] of [
  ['a redirect', 'redirect'],
  ['no JSON', '<html>'],
  ['a member twice', '{"keys":[],"keys":[]}'],
  ['no set', { key: [] }],
  ['more than 50 keys', { keys: Array.from({ length: 51 }, () => first.jwk) }],
  ['more than 64 kB', `{"keys":[],"x":"${'x'.repeat(65_536)}"}`],
] as const) {
  test(`what is no set of public keys gives none: ${what} (RFC 7517 §5)`, async () => {
    const good = await open({ keys: [first.jwk] });
    const endpoint = await open(document);
    if (document === 'redirect') {
      endpoint.answer((_request, response) => response.writeHead(302, { location: good.url }).end());
    }
    const { keys } = keysOver();
    assert.deepEqual(await keys.verificationKeys(clientAt(endpoint.url), es256('first')), []);
    assert.equal(good.calls, 0);
    assert.match(logged.join(''), /the jwks_uri of a client gives no keys/);
  });
}

test('keys that are unknown to us are left out, and the others used (RFC 7517 §5)', async () => {
  const endpoint = await open({ keys: [{ kty: 'XYZ', kid: 'odd' }, { kty: 'EC' }, 7, first.jwk] });
  const { keys } = keysOver();
  assert.deepEqual(kids(await keys.verificationKeys(clientAt(endpoint.url), es256('first'))), ['first']);
});

test('private key material condemns the whole set, and the copy from before it was shown (RFC 7517 §9.3)', async () => {
  const endpoint = await open({ keys: [first.jwk, second.jwk] });
  const { keys } = keysOver();
  const client = clientAt(endpoint.url);
  await keys.verificationKeys(client, es256('first'));
  for (const shown of [first.privateJwk, { kty: 'oct', k: 'AAAA', kid: 'secret' }]) {
    endpoint.serve({ keys: [second.jwk, shown] });
    now += 300;
    assert.deepEqual(await keys.verificationKeys(client, es256('second')), []);
  }
});

test('a key for encryption verifies no signature, whatever its kid (RFC 7517 §4.2)', async () => {
  const endpoint = await open({
    keys: [
      { ...first.jwk, use: 'enc', alg: 'ECDH-ES' },
      { ...second.jwk, key_ops: ['deriveKey'] },
    ],
  });
  const { keys } = keysOver();
  for (const kid of ['first', 'second']) {
    assert.deepEqual(await keys.verificationKeys(clientAt(endpoint.url), es256(kid)), []);
    now += 10;
  }
});

test('a change of the client drops its copy, also one that was on its way; another client keeps its own', async () => {
  const endpoint = await open({ keys: [first.jwk] });
  const { keys, tell } = keysOver();
  const [web, app] = [clientAt(endpoint.url), clientAt(endpoint.url, 'app')];
  await keys.verificationKeys(web, es256('first'));
  await keys.verificationKeys(app, es256('first'));
  assert.equal(endpoint.calls, 2);
  tell({ topic: 'subject', tenant: 'default', id: 'web' });
  tell({ topic: 'client', tenant: 'other', id: 'web' });
  await keys.verificationKeys(web, es256('first'));
  assert.equal(endpoint.calls, 2);

  tell({ topic: 'client', tenant: 'default', id: 'web' });
  const onItsWay = keys.verificationKeys(web, es256('first'));
  tell({ topic: 'client', tenant: 'default', id: 'web' });
  await onItsWay;
  await keys.verificationKeys(web, es256('first'));
  await keys.verificationKeys(app, es256('first'));
  assert.equal(endpoint.calls, 4);

  tell(null);
  await keys.verificationKeys(app, es256('first'));
  assert.equal(endpoint.calls, 5);
});

test('a copy belongs to one URL and one tenant: a client that moves its keys is asked at the new place (attack 9)', async () => {
  const [old, next] = [await open({ keys: [first.jwk] }), await open({ keys: [second.jwk] })];
  const { keys } = keysOver();
  await keys.verificationKeys(clientAt(old.url), es256('first'));
  assert.deepEqual(await keys.verificationKeys(clientAt(next.url), es256('first')), []);
  assert.equal((await keys.verificationKeys(clientAt(next.url), es256('second'))).length, 1);
  assert.equal((await keys.verificationKeys(clientAt(old.url, 'web', 'acme'), es256('first'))).length, 1);
});

test('a client whose endpoint hangs or never ends slows nobody else', async () => {
  const good = await open({ keys: [first.jwk] });
  const hanging = await open();
  hanging.answer(() => undefined);
  const endless = await open();
  endless.answer((_request, response) => {
    response.on('error', () => undefined);
    const more = (): void => {
      while (response.write('x'.repeat(1000))) {}
      response.once('drain', more);
    };
    more();
  });
  const { keys } = keysOver();
  let hasHangingEnded = false;
  const hung = keys.verificationKeys(clientAt(hanging.url, 'hanging'), es256('first')).then((found) => {
    hasHangingEnded = true;
    return found;
  });
  assert.deepEqual(await keys.verificationKeys(clientAt(endless.url, 'endless'), es256('first')), []);
  assert.equal((await keys.verificationKeys(clientAt(good.url, 'good'), es256('first'))).length, 1);
  assert.equal(hasHangingEnded, false);
  hanging.close();
  assert.deepEqual(await hung, []);
});

test('no more clients are remembered than the limit says', async () => {
  const endpoint = await open({ keys: [first.jwk] });
  const { keys } = keysOver(loopback, 2);
  for (const id of ['a', 'b', 'c', 'c', 'b'])
    await keys.verificationKeys(clientAt(endpoint.url, id), es256('first'));
  assert.equal(endpoint.calls, 3);
  await keys.verificationKeys(clientAt(endpoint.url, 'a'), es256('first'));
  assert.equal(endpoint.calls, 4);
});
