/** The relying party's own web server: key sets, request objects, lists of redirect URIs, on the loopback interface by https. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { makeCertificate } from '../../support/certificate.ts';
import { temporaryFolder } from '../../support/countersign.ts';

export interface Publisher {
  readonly origin: string;
  /** What a caller has to trust. */
  readonly certFile: string;
  /** Serves this at the path from now on; answers its URL. */
  publish(path: string, content: string, type?: string): string;
  /** How often a path has been asked for. */
  visits(path: string): number;
}

export async function openPublisher(cleaning: AsyncDisposableStack): Promise<Publisher> {
  const documents = new Map<string, { readonly content: string; readonly type: string }>();
  const visits = new Map<string, number>();
  const { certFile, keyFile } = makeCertificate(temporaryFolder(cleaning));
  const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  const server = createServer(tls, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '';
    visits.set(path, (visits.get(path) ?? 0) + 1);
    const found = documents.get(path);
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': found?.type ?? 'text/plain' });
    response.end(found?.content ?? '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleaning.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const origin = `https://localhost:${address.port}`;
  return {
    origin,
    certFile,
    publish(path, content, type = 'application/json') {
      documents.set(path, { content, type });
      return `${origin}${path}`;
    },
    visits: (path) => visits.get(path) ?? 0,
  };
}
