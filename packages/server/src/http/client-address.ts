/** Who is calling: the peer's address, or the one a trusted proxy reports (decision 17). */
import { isIP } from 'node:net';

export interface TrustedProxies {
  /** Whether an address lies in a configured range. */
  includes(address: string): boolean;
}

const maxHops = 20;

/**
 * Walks X-Forwarded-For from the right past trusted proxies. From a peer that is not trusted the header counts for
 * nothing. An entry that is no address ends the walk at the last good one.
 */
export function clientAddress(peer: string, forwardedFor: string | null, proxies: TrustedProxies): string {
  let address = unmapped(peer);
  if (forwardedFor === null || !proxies.includes(address)) return address;
  const hops = forwardedFor.split(',').slice(-maxHops).reverse();
  for (const hop of hops) {
    const candidate = unmapped(withoutPort(hop.trim()));
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

/** An IPv4 address is the same in its own form and mapped into IPv6, in either spelling (RFC 4291 §2.5.5.2). */
function unmapped(address: string): string {
  const [, text, high, low] =
    /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(address) ?? [];
  if (text !== undefined) return text;
  if (high === undefined || low === undefined) return address;
  const bits = Number.parseInt(high, 16) * 0x1_0000 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}

/** Some proxies append the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)?.[1] ?? /^\[([0-9a-f:.]+)\](?::\d+)?$/i.exec(hop)?.[1] ?? hop;
}
