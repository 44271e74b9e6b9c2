import { OAuthError, type Parameters, parseParameters } from '@countersign/protocol';

/** Largest body any endpoint reads. */
export const maxBodyBytes = 65_536;

const formType = 'application/x-www-form-urlencoded';
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The parameters of a form body: bounded, of the right content type, strictly decoded.
 * @throws {OAuthError} `invalid_request`; 413 when the body is too large
 */
export async function readForm(request: Request): Promise<Parameters> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== formType) {
    throw new OAuthError('invalid_request', `the body must be ${formType}`, {
      detail: `content type ${type ?? 'absent'}`,
    });
  }
  const bytes = await readBody(request);
  try {
    return parseParameters(decoder.decode(bytes));
  } catch (error) {
    if (error instanceof OAuthError) throw error;
    throw new OAuthError('invalid_request', 'the body is not valid UTF-8', { cause: error });
  }
}

/**
 * The raw body, never more than {@link maxBodyBytes}, whatever Content-Length says or leaves out.
 * @throws {OAuthError} `invalid_request` when it is too large (413) or ends early
 */
export async function readBody(request: Request): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  if (announced !== null && !(Number(announced) <= maxBodyBytes)) throw tooLarge();
  try {
    // An announced length has been checked, and the HTTP parser holds the sender to it.
    return announced === null ? await readChunks(request) : new Uint8Array(await request.arrayBuffer());
  } catch (error) {
    if (error instanceof OAuthError) throw error;
    throw new OAuthError('invalid_request', 'the body ended before it was complete', { cause: error });
  }
}

async function readChunks(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > maxBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): OAuthError {
  return new OAuthError('invalid_request', `the body is larger than ${maxBodyBytes} bytes`, { status: 413 });
}

/** The query of a request, strictly decoded. */
export function readQuery(request: Request): Parameters {
  const start = request.url.indexOf('?');
  return parseParameters(start < 0 ? '' : request.url.slice(start + 1));
}
