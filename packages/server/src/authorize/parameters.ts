/**
 * Parameters of an authorization request. A request whose client and redirect URI can be read is answered there even
 * when another parameter is malformed, so duplicates are looked for twice: leniently for those two, strictly for all.
 */
import { OAuthError, type Parameters, parseParameters } from '@countersign/protocol';
import { maxBodyBytes, readBody } from '../http/form.ts';

export interface RawRequest {
  readonly parameters: Parameters;
  /** What is wrong with the request as a whole; to be told at the redirect URI, once that is known to be right. */
  readonly malformed: OAuthError | undefined;
}

/** @throws {OAuthError} when not even client and redirect URI can be read */
export async function readAuthorizationRequest(request: Request): Promise<RawRequest> {
  return parseAuthorizationRequest(await encodedParameters(request));
}

export function parseAuthorizationRequest(encoded: string): RawRequest {
  try {
    return { parameters: parseParameters(encoded, { repeatable: ['resource'] }), malformed: undefined };
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return { parameters: parseLeniently(encoded, error), malformed: error };
  }
}

/** @throws {OAuthError} the original refusal, when client_id or redirect_uri themselves occur more than once */
function parseLeniently(encoded: string, refusal: OAuthError): Parameters {
  const names = encoded.split('&').map((pair) => decodeName(pair.split('=', 1)[0] ?? ''));
  const parameters = parseParameters(encoded, { repeatable: names });
  const decisive = ['client_id', 'redirect_uri', 'request_uri'];
  if (decisive.some((name) => names.filter((candidate) => candidate === name).length > 1)) throw refusal;
  return parameters;
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

/** GET carries them in the query, POST in the body (OpenID Connect Core §3.1.2.1). */
async function encodedParameters(request: Request): Promise<string> {
  if (request.method === 'POST') {
    const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
    if (type !== 'application/x-www-form-urlencoded') {
      throw new OAuthError('invalid_request', 'the body must be application/x-www-form-urlencoded');
    }
    return new TextDecoder().decode(await readBody(request));
  }
  const start = request.url.indexOf('?');
  const query = start < 0 ? '' : request.url.slice(start + 1);
  if (query.length > maxBodyBytes) throw new OAuthError('invalid_request', 'the request is too long');
  return query;
}
