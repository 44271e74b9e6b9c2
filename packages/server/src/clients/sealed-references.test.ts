import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createPasswordHasher } from '../subjects/index.ts';
import { systemRandom } from '../system.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { ClientError } from './client-error.ts';
import { type Clients, createClients } from './clients.ts';
import { createSealedReferenceCheck } from './sealed-references.ts';

let harness: Harness;
before(async () => {
  harness = await openHarness();
});
after(() => harness.close());

function clientsOf(sealed: boolean): Clients {
  return createClients({
    store: harness.store.clients,
    hasher: createPasswordHasher({ concurrency: 1, queue: 4 }),
    random: systemRandom,
    revocationSeconds: 360,
    checks: [createSealedReferenceCheck({ sealed })],
  });
}

const requester = () => ({
  actor: { kind: 'operator', id: 'test' } as const,
  traceId: '',
  now: harness.clock.now(),
});
const add = (clients: Clients, id: string, members: Readonly<Record<string, unknown>>) =>
  clients.register(requester(), harness.tenant, { id, metadata: { ...web, ...members } });
const change = (clients: Clients, id: string, members: Readonly<Record<string, unknown>>) =>
  clients.change(requester(), harness.tenant, id, members);

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'a' }] };
const web = { redirect_uris: ['https://a.example/cb'] };
const byReference = {
  jwks_uri: { jwks_uri: 'https://a.example/jwks', token_endpoint_auth_method: 'private_key_jwt' },
  sector_identifier_uri: { sector_identifier_uri: 'https://a.example/sector' },
  request_uris: { jwks, request_uris: ['https://a.example/request'] },
};

test('sealed, a client that would have to be read from the network is refused by name and told what to do, and one that brings everything is taken (RFC 7591 §3.2.2, ACC-9)', async () => {
  const sealed = clientsOf(true);
  for (const [member, members] of Object.entries(byReference)) {
    await assert.rejects(add(sealed, 'nobody', members), (error: unknown) => {
      assert.ok(error instanceof ClientError);
      assert.equal(error.code, 'invalid_metadata');
      assert.match(error.message, new RegExp(`${member} is not served: .*outbound\\.sealed`));
      return true;
    });
    assert.equal(await harness.store.clients.find(harness.tenant.id, 'nobody'), undefined);
  }
  await add(sealed, 'by-value', { jwks, token_endpoint_auth_method: 'private_key_jwt' });
  await add(sealed, 'told', { backchannel_logout_uri: 'https://a.example/logout' });
  for (const [member, members] of Object.entries(byReference))
    await add(clientsOf(false), `open-${member}`, members);
});

test('sealed, what a client registered before holds up no other change of it, and gains nothing new (RFC 7592 §2.2, ACC-9)', async () => {
  const sealed = clientsOf(true);
  await add(clientsOf(false), 'older', byReference.jwks_uri);
  await change(sealed, 'older', { client_name: 'Renamed' });
  assert.equal(
    (await harness.store.clients.find(harness.tenant.id, 'older'))?.metadata.clientName,
    'Renamed',
  );
  for (const members of [
    { jwks_uri: 'https://b.example/jwks' },
    { request_uris: byReference.request_uris.request_uris },
  ]) {
    await assert.rejects(change(sealed, 'older', members), { code: 'invalid_metadata' });
  }
});
