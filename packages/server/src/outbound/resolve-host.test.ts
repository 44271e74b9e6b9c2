import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesIn, resolveHost } from './resolve-host.ts';

const hosts = `
127.0.0.1  localhost   # the machine
10.0.0.5\tkeys.client.test Keys.Other.test
::1 localhost
#10.0.0.6 commented.test
10.0.0.7
`;

test('a hosts file gives a name all its addresses, whatever the case of its letters', () => {
  assert.deepEqual(addressesIn(hosts, 'localhost'), ['127.0.0.1', '::1']);
  assert.deepEqual(addressesIn(hosts, 'keys.other.test'), ['10.0.0.5']);
  for (const name of ['commented.test', '10.0.0.7', 'client.test', ''])
    assert.deepEqual(addressesIn(hosts, name), []);
});

test('localhost is never asked of a name server (RFC 6761 §6.3)', async () => {
  const signal = AbortSignal.abort();
  assert.ok((await resolveHost('localhost', signal)).includes('127.0.0.1'));
  assert.deepEqual(await resolveHost('client.localhost', signal), ['127.0.0.1', '::1']);
  assert.deepEqual(await resolveHost('client.example', signal), []);
});
