/** How a raw value from a file, a variable or a flag becomes a typed one. Each kind accepts the native YAML form and its text. */
import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from '@countersign/protocol';
import type { ListenAddress, Networks } from './config.ts';

/** A value was refused; the message completes the sentence "`path` …". */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

export interface Kind<Value> {
  /** For the reader of the documentation: "whole number, 1 to 3600". */
  readonly describes: string;
  parse(raw: unknown): Value;
}

export function wholeNumber(minimum: number, maximum: number): Kind<number> {
  const describes = `whole number, ${minimum} to ${maximum}`;
  return {
    describes,
    parse(raw) {
      const value = typeof raw === 'string' && /^[0-9]{1,15}$/.test(raw) ? Number(raw) : raw;
      if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
        throw new ValueError(`must be a ${describes}`);
      }
      return value;
    },
  };
}

export const yesOrNo: Kind<boolean> = {
  describes: 'true or false',
  parse(raw) {
    if (raw === true || raw === 'true') return true;
    if (raw === false || raw === 'false') return false;
    throw new ValueError('must be true or false');
  },
};

export function oneOf<Name extends string>(...names: readonly Name[]): Kind<Name> {
  const describes = `one of ${names.join(', ')}`;
  return {
    describes,
    parse(raw) {
      const name = names.find((candidate) => candidate === raw);
      if (name === undefined) throw new ValueError(`must be ${describes}`);
      return name;
    },
  };
}

export const slug: Kind<string> = {
  describes: 'lower-case letters, digits and inner hyphens, at most 32',
  parse(raw) {
    if (typeof raw !== 'string' || !/^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(raw)) {
      throw new ValueError('must be lower-case letters, digits and inner hyphens, at most 32');
    }
    return raw;
  },
};

/** Relative paths are made absolute by the loader, which knows where the value came from. */
export const filePath: Kind<string> = {
  describes: 'path',
  parse(raw) {
    if (typeof raw !== 'string' || raw === '' || raw.includes('\0')) throw new ValueError('must be a path');
    return raw;
  },
};

/** What the driver is handed; the password has a file of its own, since a URL is printed and listed. */
export const postgresUrl: Kind<string> = {
  describes: 'postgres://user@host:port/database',
  parse(raw) {
    const url = typeof raw === 'string' ? URL.parse(raw) : null;
    if (url === null || (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')) {
      throw new ValueError('must be a URL such as postgres://countersign@db.example.com:5432/countersign');
    }
    if (url.password !== '') {
      throw new ValueError(
        'holds a password, which would be printed with it: put it into storage.passwordFile',
      );
    }
    if (url.hostname === '' || url.pathname.length < 2 || url.search !== '' || url.hash !== '') {
      throw new ValueError('must name host and database, and no options: they are settings of their own');
    }
    return url.href;
  },
};

/** An origin: what every URL we publish starts with. */
export const publicOrigin: Kind<string> = {
  describes: 'https origin without path; http on a loopback host only',
  parse(raw) {
    const url = typeof raw === 'string' ? URL.parse(raw) : null;
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
      throw new ValueError('must be an absolute URL such as https://login.example.com');
    }
    if (
      url.username !== '' ||
      url.password !== '' ||
      url.pathname !== '/' ||
      url.search !== '' ||
      url.hash !== ''
    ) {
      throw new ValueError(
        'must be an origin: no path, query, fragment or user name (tenants get paths of their own)',
      );
    }
    if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
      throw new ValueError(
        'must be https: passwords and tokens would cross the network in the clear. Terminate TLS here (server.tls) or in front, and name the https address',
      );
    }
    return url.origin;
  },
};

export const listenAddress: Kind<ListenAddress> = {
  describes: 'address:port',
  parse(raw) {
    const match =
      typeof raw === 'string' ? /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})$/.exec(raw) : null;
    const host = match?.[1] ?? match?.[2];
    const port = Number(match?.[3]);
    if (host === undefined || port > 65_535 || (match?.[1] !== undefined && isIP(host) !== 6)) {
      throw new ValueError('must be address:port, such as 127.0.0.1:9400 or [::1]:9400');
    }
    return { host, port };
  },
};

const maxAddresses = 16;

export const addressList: Kind<readonly ListenAddress[]> = {
  describes: `list of address:port, at most ${maxAddresses}`,
  parse(raw) {
    const items = itemsOf(raw);
    if (items === undefined || items.length > maxAddresses) {
      throw new ValueError(`must be a list of at most ${maxAddresses} address:port, such as [10.0.0.5:6379]`);
    }
    return items.map(listenAddress.parse);
  },
};

/** What has no meaning to us but must not break a line or a command. */
export function visibleText(maximum: number): Kind<string> {
  const describes = `ASCII without spaces, at most ${maximum} characters`;
  return {
    describes,
    parse(raw) {
      if (typeof raw !== 'string' || raw.length > maximum || !/^[!-~]+$/.test(raw)) {
        throw new ValueError(`must be ${describes}`);
      }
      return raw;
    },
  };
}

/** @param refusal of a range that holds every address: what would come of it */
export function cidrList(refusal: string): Kind<readonly string[]> {
  return {
    describes: 'list of addresses or CIDR ranges',
    parse(raw) {
      const items = itemsOf(raw);
      if (items === undefined) throw new ValueError('must be a list of CIDR ranges, such as [10.0.0.0/8]');
      return items.map((item) => parseRange(item, refusal));
    },
  };
}

/** A list in YAML, or its text with commas. */
function itemsOf(raw: unknown): readonly unknown[] | undefined {
  if (typeof raw !== 'string') return Array.isArray(raw) ? raw : undefined;
  return raw
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function parseRange(item: unknown, refusal: string): string {
  const [address = '', prefixText, ...rest] = typeof item === 'string' ? item.split('/') : [];
  const family = isIP(address);
  const width = family === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? width : /^[0-9]{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (family === 0 || address.includes('%') || rest.length > 0 || prefix < 0 || prefix > width) {
    throw new ValueError('must be a list of CIDR ranges, such as [10.0.0.0/8]');
  }
  if (prefix === 0) throw new ValueError(refusal);
  return `${address}/${prefix}`;
}

export function networks(ranges: readonly string[]): Networks {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return {
    ranges,
    includes(address) {
      const plain = /^::ffff:([0-9.]+)$/i.exec(address)?.[1] ?? address;
      const family = isIP(plain);
      return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
    },
  };
}
