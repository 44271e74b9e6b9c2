import { OAuthError } from '@countersign/protocol';

/**
 * The access token of an Authorization header; undefined when there is none, or one of another scheme.
 * @throws {OAuthError} `invalid_request` when it is malformed
 * @see RFC 6750 §2.1
 */
export function readBearerHeader(request: Request): string | undefined {
  const header = request.headers.get('authorization');
  if (header === null || !/^Bearer(?: |$)/i.test(header)) return undefined;
  const token = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header)?.[1];
  if (token === undefined)
    throw new OAuthError('invalid_request', 'the Authorization header holds no well-formed token');
  return token;
}
