/** The URL of a call: http or https, without credentials, its host spelled in the one form that all readers agree on. */
import { isIP } from 'node:net';
import { parseAbsoluteUri } from '@countersign/protocol';
import { OutboundError } from '../ports.ts';

export interface CallUrl {
  readonly url: URL;
  readonly secure: boolean;
  /** Without brackets, in lower case, without the dot of the root. */
  readonly host: string;
  /** Whether the host is an address and needs no resolving. */
  readonly isAddress: boolean;
}

const maxLength = 2048;

/**
 * `http://127.1`, `http://0x7f.1`, `http://[::ffff:127.0.0.1]`: a reader that takes these for a name, and one that takes
 * them for an address, would check different hosts. They are refused.
 * @throws {OutboundError} `forbidden_url`
 */
export function parseCallUrl(text: string): CallUrl {
  const parts = text.length > maxLength ? undefined : parseAbsoluteUri(text);
  if (parts === undefined || (parts.scheme !== 'https' && parts.scheme !== 'http')) {
    throw new OutboundError('forbidden_url', 'not an http URL in its usual form');
  }
  if (parts.authority?.includes('@')) {
    throw new OutboundError('forbidden_url', 'the URL carries credentials');
  }
  const { url } = parts;
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return { url, secure: parts.scheme === 'https', host, isAddress: isIP(host) !== 0 };
}
