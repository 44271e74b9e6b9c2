/** Who is calling: the peer's address, or the one a trusted proxy reports (decision 17). */
import { isIP } from 'node:net';

export interface TrustedProxies {
  /** Whether an address lies in a configured range. */
  includes(address: string): boolean;
}

/**
 * Walks X-Forwarded-For from the right past trusted proxies. From a peer that is not trusted the header counts for
 * nothing. An entry that is no address ends the walk at the last good one.
 */
export function clientAddress(peer: string, forwardedFor: string | null, proxies: TrustedProxies): string {
  let address = unmapped(peer);
  if (forwardedFor === null || !proxies.includes(address)) return address;
  const hops = forwardedFor.split(',').slice(-20).reverse();
  for (const hop of hops) {
    const candidate = unmapped(hop.trim());
    if (isIP(candidate) === 0) break;
    address = candidate;
    if (!proxies.includes(address)) break;
  }
  return address;
}

/** The part of an address that one subscriber holds: all of an IPv4 address, the first 64 bits of an IPv6 one. */
export function addressBlock(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('%', 1).join('').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const fill = tail === undefined ? 0 : Math.max(8 - left.length - right.length, 0);
  const groups = [...left, ...Array<string>(fill).fill('0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

function unmapped(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}
