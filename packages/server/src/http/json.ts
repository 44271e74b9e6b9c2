import { OAuthError, type OAuthErrorCode } from '@countersign/protocol';
import { JoseError, parseStrictJsonObject } from '@countersign/protocol/jose';
import { readBody } from './form.ts';

const jsonType = /^application\/json\s*(?:;\s*charset\s*=\s*(?:"utf-8"|utf-8)\s*)?;?\s*$/i;

/**
 * The JSON object that a body holds: bounded in size and depth, UTF-8, and nothing that two readers could take differently.
 * @param malformed the code for a body that is none
 * @throws {OAuthError} `invalid_request` for another content type or a body too large (413)
 * @see RFC 8259 §8.1, §11
 */
export async function readJsonObject(
  request: Request,
  malformed: OAuthErrorCode,
): Promise<Readonly<Record<string, unknown>>> {
  const type = request.headers.get('content-type') ?? '';
  if (!jsonType.test(type)) {
    throw new OAuthError('invalid_request', 'the body must be application/json, in UTF-8', {
      detail: `content type ${type === '' ? 'absent' : type.slice(0, 100)}`,
    });
  }
  const bytes = await readBody(request);
  try {
    return parseStrictJsonObject(bytes);
  } catch (error) {
    if (!(error instanceof JoseError)) throw error;
    throw new OAuthError(malformed, `the body cannot be read: ${error.message}`, { cause: error });
  }
}
