/**
 * Parameters of an authorization request. A request whose client and redirect URI can be read is answered there even
 * when another parameter is malformed, so they are parsed twice if need be: strictly all, else the decisive few.
 */
import { OAuthError, type Parameters, parseParameters } from '@countersign/protocol';
import { maxBodyBytes, readBody } from '../http/form.ts';

export interface RawRequest {
  /** All parameters; of a malformed request those alone that say where the answer goes. */
  readonly parameters: Parameters;
  /** What is wrong with the request as a whole; to be told at the redirect URI, once that is known to be right. */
  readonly malformed: OAuthError | undefined;
}

/** @throws {OAuthError} when not even client and redirect URI can be read */
export async function readAuthorizationRequest(request: Request): Promise<RawRequest> {
  return parseAuthorizationRequest(await encodedParameters(request));
}

/** @throws {OAuthError} when not even client and redirect URI can be read */
export function parseAuthorizationRequest(encoded: string): RawRequest {
  try {
    return { parameters: parseParameters(encoded, { repeatable: ['resource'] }), malformed: undefined };
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return { parameters: parseTarget(encoded), malformed: error };
  }
}

/** Where the answer goes: each of them strictly, so that one that occurs twice or cannot be decoded is never guessed at. */
const decisive: readonly string[] = ['client_id', 'redirect_uri', 'request_uri'];
/** How it goes there: one that is itself malformed counts as absent. */
const helpful: readonly string[] = ['state', 'response_mode'];

function parseTarget(encoded: string): Parameters {
  const named = (names: readonly string[]): string =>
    encoded
      .split('&')
      .filter((pair) => names.includes(decodeName(pair)))
      .join('&');
  const readable = helpful.filter((name) => {
    try {
      return parseParameters(named([name])).has(name);
    } catch {
      return false;
    }
  });
  return parseParameters(named([...decisive, ...readable]));
}

function decodeName(pair: string): string {
  const [name = ''] = pair.split('=', 1);
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

/** GET carries them in the query, POST in the body and nowhere else (OpenID Connect Core §3.1.2.1). */
async function encodedParameters(request: Request): Promise<string> {
  if (request.method === 'POST') {
    const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
    if (type !== 'application/x-www-form-urlencoded') {
      throw new OAuthError('invalid_request', 'the body must be application/x-www-form-urlencoded');
    }
    // What is not UTF-8 becomes a character that the parser refuses.
    return new TextDecoder().decode(await readBody(request));
  }
  const start = request.url.indexOf('?');
  const query = start < 0 ? '' : request.url.slice(start + 1);
  if (query.length > maxBodyBytes) throw new OAuthError('invalid_request', 'the request is too long');
  return query;
}
