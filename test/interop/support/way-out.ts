/**
 * How peers reach a server whose name no resolver knows: a forward proxy (RFC 9110 §9.3.6), as many deployments have one. It
 * connects every name under `.test` to this machine and nothing else to anywhere; TLS passes through it untouched.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';

/** Answers the proxy's URL. */
export async function openWayOut(cleaning: AsyncDisposableStack): Promise<string> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((_request, response) => void response.writeHead(405).end());
  server.on('connect', (request, socket: Socket, head) => {
    keep(socket);
    const { hostname, port } = new URL(`http://${request.url}`);
    if (!hostname.endsWith('.test')) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const onward = connect(Number(port || 443), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    keep(onward);
    onward.once('close', () => socket.destroy());
    socket.once('close', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleaning.defer(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}
