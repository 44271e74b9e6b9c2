import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPublicAddress } from './addresses.ts';

const inside: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'private networks': ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255', '100.100.100.200'],
  'link-local and metadata': [
    '169.254.169.254',
    '169.254.170.2',
    'fe80::1',
    'fd00:ec2::254',
    '168.63.129.16',
  ],
  'unique local and site-local': ['fc00::1', 'fd12:3456::1', 'fec0::1'],
  'unspecified and this network': ['0.0.0.0', '0.1.2.3', '::'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  'broadcast and reserved': ['255.255.255.255', '240.0.0.1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  benchmarking: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  'protocol assignments and relays': ['192.0.0.192', '192.88.99.1', '2001::1', '100::1', '5f00::1'],
  'IPv4-mapped IPv6': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1'],
  'IPv4-compatible IPv6': ['::127.0.0.1', '::8.8.8.8'],
  NAT64: ['64:ff9b::7f00:1', '64:ff9b:1::a00:1'],
  '6to4 and Teredo': ['2002:7f00:1::1', '2001:0:4136:e378::1'],
  'zone ids': ['fe80::1%eth0', '2606:4700::1111%eth0'],
  'no addresses': ['', 'localhost', '127.1', '0x7f.1', '2130706433', '017700000001', '1.2.3.4.5', '[::1]'],
};

for (const [what, addresses] of Object.entries(inside)) {
  test(`no public address: ${what} (RFC 6890)`, () => {
    for (const address of addresses) assert.equal(isPublicAddress(address), false, address);
  });
}

test('addresses next to the special ranges are public (RFC 6890)', () => {
  const outside = [
    ['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'],
    ['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.167.255.255'],
    [
      '198.17.255.255',
      '198.20.0.0',
      '223.255.255.255',
      '2001:200::1',
      '2606:4700:4700::1111',
      '2a00:1450::1',
    ],
  ].flat();
  for (const address of outside) assert.equal(isPublicAddress(address), true, address);
});
