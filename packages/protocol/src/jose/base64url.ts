import { JoseError } from './jose-error.ts';

const alphabet = /^[A-Za-z0-9_-]*$/;

/**
 * Encodes bytes, or the UTF-8 form of a string, as base64url without padding.
 * @see RFC 7515 §2
 */
export function encodeBase64url(data: Uint8Array | string): string {
  return typeof data === 'string'
    ? Buffer.from(data, 'utf8').toString('base64url')
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64url');
}

/**
 * Decodes base64url so that exactly one text stands for each byte string: no padding, no white space, no characters
 * of the plain alphabet, and unused trailing bits zero. Without the last rule one signature has several spellings.
 * @throws {JoseError} `malformed`
 * @see RFC 7515 §2, RFC 4648 §3.5
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 === 1 || !alphabet.test(text)) {
    throw new JoseError('malformed', 'not base64url without padding');
  }
  const decoded = Buffer.from(text, 'base64url');
  if (decoded.toString('base64url') !== text) {
    throw new JoseError('malformed', 'base64url with non-zero trailing bits');
  }
  return new Uint8Array(decoded);
}
