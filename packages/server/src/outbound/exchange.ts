/** One request and its answer on a connection of its own, to addresses that were checked, within bounds. */
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction, type TcpNetConnectOpts } from 'node:net';
import type { SecureContext } from 'node:tls';
import { OutboundError, type OutboundRequest, type OutboundResponse } from '../ports.ts';
import type { CallUrl } from './call-url.ts';

const maxHeaderBytes = 16_384;
/** How long one of several addresses may take to connect before the next is tried. */
const attemptMs = 500;

export interface ExchangeParts {
  readonly target: CallUrl;
  /** Not empty; the connection goes to one of these. */
  readonly addresses: readonly string[];
  readonly secureContext: () => SecureContext;
  readonly signal: AbortSignal;
}

/** @throws {OutboundError} `unreachable`, `timeout`, `too_large` */
export async function exchange(call: OutboundRequest, parts: ExchangeParts): Promise<OutboundResponse> {
  const { target, signal } = parts;
  const request = begin(call, parts);
  try {
    const response = await answerTo(request);
    return {
      status: response.statusCode ?? 0,
      headers: headersOf(response),
      body: await readBody(response, call.maxBytes),
    };
  } catch (error) {
    throw describe(error, target.host, signal);
  } finally {
    // Also after a good answer: no connection outlives its call.
    request.destroy();
  }
}

function begin(
  call: OutboundRequest,
  { target, addresses, secureContext, signal }: ExchangeParts,
): ClientRequest {
  const { url, secure, host } = target;
  const options: RequestOptions & Pick<TcpNetConnectOpts, 'autoSelectFamilyAttemptTimeout'> = {
    method: call.method,
    host,
    port: url.port === '' ? (secure ? 443 : 80) : url.port,
    path: `${url.pathname}${url.search}`,
    headers: headersFor(call, url),
    // An agent of its own: no connection of another check is taken, no proxy of the environment is asked.
    agent: false,
    lookup: answerWith(addresses),
    autoSelectFamilyAttemptTimeout: attemptMs,
    maxHeaderSize: maxHeaderBytes,
    signal,
  };
  const request = secure ? httpsRequest(withTls(options, secureContext())) : httpRequest(options);
  request.end(call.body);
  return request;
}

/** The types of node:https leave the context out, which it hands to tls.connect. */
function withTls(options: RequestOptions, secureContext: SecureContext): RequestOptions {
  return Object.assign(options, { secureContext });
}

function headersFor(call: OutboundRequest, url: URL): Record<string, string | number> {
  const wanted = Object.entries(call.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    ...Object.fromEntries(wanted),
    host: url.host,
    connection: 'close',
    'accept-encoding': 'identity',
    'user-agent': 'countersign',
    ...(call.body !== undefined && { 'content-length': Buffer.byteLength(call.body) }),
  };
}

/** The one place where the host becomes addresses again: it can only become those that were checked. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const entries = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    queueMicrotask(() => {
      if (options.all === true) callback(null, entries);
      else callback(null, entries[0]?.address ?? '', entries[0]?.family);
    });
  };
}

function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
    // A server may send interim answers without end, which no header bound counts (RFC 9110 §15.2).
    request.on('information', () => {
      if ((request.socket?.bytesRead ?? 0) > maxHeaderBytes) {
        request.destroy(new OutboundError('too_large', 'interim answers without end'));
      }
    });
    request.once('close', () => reject(new OutboundError('unreachable', 'closed without an answer')));
  });
}

function headersOf(response: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return headers;
}

/** Counts what comes. What Content-Length says may only make the answer too large, never small enough. */
async function readBody(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const encoding = response.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new OutboundError('unreachable', 'the answer is encoded, and was asked not to be');
  }
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): OutboundError {
  return new OutboundError('too_large', `the body has more than ${maxBytes} bytes`);
}

function describe(error: unknown, host: string, signal: AbortSignal): OutboundError {
  if (error instanceof OutboundError) return error;
  if (signal.aborted) return new OutboundError('timeout', `${host} did not answer in time`);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
  if (code === 'HPE_HEADER_OVERFLOW')
    return new OutboundError('too_large', `the head of the answer of ${host}`);
  return new OutboundError('unreachable', `${host}: ${code}`, { cause: error });
}
