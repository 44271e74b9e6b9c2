import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { OAuthError } from '@countersign/protocol';
import { exportJWK, generateKeyPair } from 'jose';
import { type KeyEndpoint, openKeyEndpoint } from '../clients/key-endpoint.test-support.ts';
import { networks } from '../config/values.ts';
import { createOutbound } from '../outbound/index.ts';
import { createLogger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createStatementKeys } from './statement-keys.ts';

const log = createLogger('silent');
const endpoint: KeyEndpoint = await openKeyEndpoint();
after(() => endpoint.close());

let now = 1_800_000_000;
const outbound = createOutbound({
  allowedNetworks: networks(['127.0.0.0/8']),
  sealed: false,
  certificates: null,
  log,
  metrics: createMetrics({ processMetrics: false }),
  clock: { nowMs: () => now * 1000 },
});
const issuer = { issuer: 'https://registry.example', jwksUri: endpoint.url };
const header = (kid: string) => ({ alg: 'ES256', kid }) as const;

async function newKey(kid: string) {
  const { publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(publicKey)), kid };
}
const isAway = (error: unknown) => error instanceof OAuthError && error.code === 'temporarily_unavailable';

let keysOf: ReturnType<typeof createStatementKeys>;
const kids = async (kid: string) => (await keysOf(issuer, header(kid))).map((key) => key.kid);
beforeEach(() => {
  now += 100_000;
  keysOf = createStatementKeys({ outbound, clock: { now: () => now }, log });
});

test('keys of an issuer are read once for five minutes, and again for a kid that is new (RFC 7591 §2.3)', async () => {
  const [one, two] = [await newKey('one'), await newKey('two')];
  endpoint.serve({ keys: [one] });
  const before = endpoint.calls;
  assert.deepEqual(await kids('one'), ['one']);
  now += 299;
  assert.deepEqual(await kids('one'), ['one']);
  assert.equal(endpoint.calls - before, 1);
  endpoint.serve({ keys: [one, two] });
  assert.deepEqual(await kids('two'), ['two']);
  assert.equal(endpoint.calls - before, 2);
});

test('callers that come together share one call, and none goes without (RFC 7591 §2.3)', async () => {
  endpoint.serve({ keys: [await newKey('one')] });
  const before = endpoint.calls;
  const answers = await Promise.all(Array.from({ length: 20 }, () => kids('one')));
  for (const answer of answers) assert.deepEqual(answer, ['one']);
  assert.equal(endpoint.calls - before, 1);
});

test('invented key ids make no more than one call in ten seconds (RFC 7591 §5)', async () => {
  endpoint.serve({ keys: [await newKey('one')] });
  const before = endpoint.calls;
  for (let turn = 0; turn < 50; turn += 1) assert.deepEqual(await kids(`invented-${turn}`), []);
  assert.equal(endpoint.calls - before, 1);
  now += 10;
  assert.deepEqual(await kids('invented'), []);
  assert.equal(endpoint.calls - before, 2);
});

test('the last good copy serves an hour while the issuer is away, and then no statement can be verified (RFC 7591 §2.3)', async () => {
  endpoint.serve({ keys: [await newKey('one')] });
  assert.deepEqual(await kids('one'), ['one']);
  endpoint.answer((_request, response) => response.writeHead(500).end());
  now += 3599;
  assert.deepEqual(await kids('one'), ['one']);
  now += 10;
  await assert.rejects(kids('one'), isAway);
});

test('an issuer that shows its private keys has none from then on (RFC 7517 §9.2)', async () => {
  const key = await newKey('one');
  endpoint.serve({ keys: [key] });
  assert.deepEqual(await kids('one'), ['one']);
  endpoint.serve({ keys: [{ ...key, d: 'AAAA' }] });
  now += 301;
  await assert.rejects(kids('one'), isAway);
});

test('keys that the tenant keeps itself are never fetched (RFC 7591 §2.3)', async () => {
  const key = await newKey('one');
  const before = endpoint.calls;
  const own = { issuer: issuer.issuer, jwks: { keys: [key] } as never };
  assert.deepEqual(
    (await keysOf(own, header('one'))).map(({ kid }) => kid),
    ['one'],
  );
  assert.deepEqual(await keysOf(own, header('two')), []);
  assert.equal(endpoint.calls, before);
});
