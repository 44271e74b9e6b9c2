/** HTTPS to one host name that only these tests know, with the certificate checked for it. */
import { request as httpsRequest } from 'node:https';

export interface WireRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>> | URLSearchParams;
  readonly json?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  json<T = Record<string, unknown>>(): T;
}

/** Follows no redirect. */
export type Wire = (address: string | URL, request?: WireRequest) => Promise<Answer>;

const timeoutMs = 30_000;

/** `host` resolves to the loopback address here and nowhere else; every other name is refused. */
export function createWire(host: string, ca: string): Wire {
  return (address, { method, headers = {}, form, json } = {}) => {
    const url = new URL(address);
    if (url.protocol !== 'https:' || url.hostname !== host) {
      return Promise.reject(
        new Error(`the browser was sent to ${url.origin}, which these tests do not serve`),
      );
    }
    const body =
      form !== undefined
        ? new URLSearchParams(form as Record<string, string>).toString()
        : json === undefined
          ? undefined
          : JSON.stringify(json);
    const type = form !== undefined ? 'application/x-www-form-urlencoded' : 'application/json';
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const outgoing = httpsRequest(
      url,
      {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        ca,
        timeout: timeoutMs,
        lookup: (_name, options, found) =>
          options.all === true
            ? found(null, [{ address: '127.0.0.1', family: 4 }])
            : found(null, '127.0.0.1', 4),
        headers: { ...(body !== undefined && { 'content-type': type }), ...headers },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: incoming.statusCode ?? 0,
            headers: headersOf(incoming.rawHeaders),
            text,
            json: <T>() => JSON.parse(text) as T,
          });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${url.pathname}`)));
    outgoing.on('error', reject);
    outgoing.end(body);
    return promise;
  };
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '');
  return headers;
}
