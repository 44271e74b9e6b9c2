/** A request object by reference: a URL that the client registered, read through the one way out (OpenID Connect Core §6.2, RFC 9101 §5.2). */
import { createHash } from 'node:crypto';
import { OAuthError } from '@countersign/protocol';
import { type Outbound, OutboundError, type OutboundResponse } from '../ports.ts';
import type { ClientRecord } from '../storage/ports.ts';

const maxBytes = 65_536;
const timeoutMs = 5000;

/** What a JWT is served as; the signature proves the rest. */
const mediaTypes: ReadonlySet<string> = new Set([
  'application/oauth-authz-req+jwt',
  'application/jwt',
  'application/jose',
  'application/octet-stream',
  'text/plain',
]);

/**
 * A fragment is the SHA-256 of the content, base64url, and is held against it. It may be registered with the URL, which then is no
 * URL without it, or come with the request.
 * @throws {OAuthError} `invalid_request_uri`; `request_uri_not_supported` where nothing goes out
 */
export async function fetchRequestObject(
  outbound: Outbound,
  client: ClientRecord,
  reference: string,
): Promise<string> {
  const { url, hash } = splitFragment(reference);
  const { requestUris } = client.metadata;
  if (!requestUris.includes(reference) && !requestUris.includes(url)) {
    throw new OAuthError('invalid_request_uri', 'request_uri is not registered for this client');
  }
  const { status, headers, body } = await get(outbound, url);
  if (status !== 200) throw unreadable(`status ${status}`);
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== undefined && !mediaTypes.has(type)) throw unreadable('another media type');
  if (hash !== undefined && createHash('sha256').update(body).digest('base64url') !== hash) {
    throw new OAuthError(
      'invalid_request_uri',
      'the content of request_uri is not the one its fragment names',
    );
  }
  return Buffer.from(body).toString('latin1').trim();
}

function splitFragment(reference: string): { readonly url: string; readonly hash: string | undefined } {
  const at = reference.indexOf('#');
  return at < 0
    ? { url: reference, hash: undefined }
    : { url: reference.slice(0, at), hash: reference.slice(at + 1) };
}

async function get(outbound: Outbound, url: string): Promise<OutboundResponse> {
  const headers = { accept: 'application/oauth-authz-req+jwt, application/jwt' };
  try {
    return await outbound.send({ method: 'GET', url, headers, maxBytes, timeoutMs });
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    if (error.code === 'sealed') {
      throw new OAuthError('request_uri_not_supported', 'this server reads no request objects by reference');
    }
    throw unreadable(error.code);
  }
}

/** One answer to all: which addresses are refused, and which do not answer, is not for the outside. */
function unreadable(detail: string): OAuthError {
  return new OAuthError('invalid_request_uri', 'the request object behind request_uri cannot be read', {
    detail,
  });
}
