import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networks } from '../config/values.ts';
import { addressBlock, clientAddress } from './client-address.ts';

const proxies = networks(['10.0.0.0/8', 'fd00::/8']);

const cases: readonly (readonly [string, string, string | null, string])[] = [
  ['a peer that is no proxy may claim nothing', '198.51.100.7', '192.0.2.1', '198.51.100.7'],
  ['without the header the peer is the client', '10.0.0.1', null, '10.0.0.1'],
  ['a proxy names its peer', '10.0.0.1', '192.0.2.1', '192.0.2.1'],
  [
    'the entry nearest to us that is no proxy counts',
    '10.0.0.1',
    '6.6.6.6, 192.0.2.1, 10.9.9.9',
    '192.0.2.1',
  ],
  ['what is no address ends the walk', '10.0.0.1', '192.0.2.1, nonsense', '10.0.0.1'],
  ['an empty header names nobody', '10.0.0.1', '', '10.0.0.1'],
  ['a mapped peer is the proxy it maps', '::ffff:10.0.0.1', '192.0.2.1', '192.0.2.1'],
  ['a mapped peer in hexadecimal as well', '::ffff:a00:1', '192.0.2.1', '192.0.2.1'],
  ['a mapped client is the IPv4 address', '10.0.0.1', '::ffff:c000:201', '192.0.2.1'],
  ['a port behind IPv4 is dropped', '10.0.0.1', '192.0.2.1:4711', '192.0.2.1'],
  ['brackets and port of IPv6 are dropped', 'fd00::1', '[2001:db8::7]:4711', '2001:db8::7'],
  ['a connection that is gone trusts nobody', 'unknown', '192.0.2.1', 'unknown'],
];

for (const [title, peer, forwarded, expected] of cases) {
  test(`forwarded addresses count from trusted proxies only: ${title} (RFC 7239 §8.1, SPN-18)`, () => {
    assert.equal(clientAddress(peer, forwarded, proxies), expected);
  });
}

test('a list of a thousand hops costs no more than the nearest twenty (SPN-18)', () => {
  const hops = Array.from({ length: 1000 }, (_, index) => `10.0.${index % 250}.1`);
  assert.equal(clientAddress('10.0.0.1', ['192.0.2.1', ...hops].join(','), proxies), '10.0.230.1');
});

test('one subscriber is one IPv4 address or one /64 (RFC 6177 §2, SPN-18)', () => {
  assert.equal(addressBlock('192.0.2.1'), '192.0.2.1');
  const block = '2001:db8:1:2';
  for (const address of [
    '2001:db8:1:2::',
    '2001:db8:1:2:3:4:5:6',
    '2001:0db8:0001:0002::9',
    '2001:DB8:1:2::1',
    '2001:db8:1:2::1%eth0',
  ]) {
    assert.equal(addressBlock(address), block);
  }
  assert.notEqual(addressBlock('2001:db8:1:3::1'), block);
  assert.equal(addressBlock('::1'), '0:0:0:0');
  assert.equal(addressBlock('::'), '0:0:0:0');
  assert.equal(addressBlock('fe80::'), 'fe80:0:0:0');
  assert.equal(addressBlock('unknown'), 'unknown');
});
