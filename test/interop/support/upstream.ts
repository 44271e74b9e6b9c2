/** The application behind a proxy that signs people in: shows as JSON which headers the proxy added. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';

export async function openUpstream(cleaning: AsyncDisposableStack): Promise<string> {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(request.headers));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleaning.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}
