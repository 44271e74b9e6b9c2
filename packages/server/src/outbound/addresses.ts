/** Which addresses lie in the open internet. A table; everything in doubt lies inside. */
import { BlockList, isIP } from 'node:net';

/** What IANA keeps for special purposes and routes to nobody, and the one metadata service on a public address. */
const specialIpv4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], // this network, unspecified
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // metadata and agents of Azure
  ['169.254.0.0', 16], // link-local; 169.254.169.254 is the metadata service of most clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/**
 * Global unicast is 2000::/3 and nothing else. So loopback, unique local (fd00:ec2::254 among them), link-local, multicast
 * and all forms that carry an IPv4 address (mapped, compatible, NAT64) are outside it without being named.
 */
const globalIpv6: readonly [string, number] = ['2000::', 3];
const specialIpv6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // protocol assignments, Teredo among them
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: carries an IPv4 address
  ['3fff::', 20], // documentation
];

const special4 = listOf(specialIpv4, 'ipv4');
const special6 = listOf(specialIpv6, 'ipv6');
const global6 = listOf([globalIpv6], 'ipv6');

/**
 * Whether an address is one of the public internet. False for anything that is no address, and for one with a zone id.
 * @see RFC 6890, RFC 4291 §2.4, RFC 6052 §2.1, RFC 6598, RFC 9637
 */
export function isPublicAddress(address: string): boolean {
  if (address.includes('%')) return false;
  switch (isIP(address)) {
    case 4:
      return !special4.check(address, 'ipv4');
    case 6:
      return global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
    default:
      return false;
  }
}

function listOf(ranges: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family);
  return list;
}
