/** The endpoint where a client publishes its keys, as a test steers it. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface KeyEndpoint {
  readonly url: string;
  /** How often it was called. */
  readonly calls: number;
  /** Answers this document from now on. */
  serve(document: unknown): void;
  /** Answers however. */
  answer(listener: RequestListener): void;
  close(): void;
}

export async function openKeyEndpoint(document: unknown = { keys: [] }): Promise<KeyEndpoint> {
  let calls = 0;
  const serving =
    (content: unknown): RequestListener =>
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/jwk-set+json' });
      response.end(typeof content === 'string' ? content : JSON.stringify(content));
    };
  let listener = serving(document);
  const server = createServer((request, response) => {
    calls += 1;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    get calls() {
      return calls;
    },
    serve(next) {
      listener = serving(next);
    },
    answer(next) {
      listener = next;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
