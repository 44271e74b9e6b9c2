import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  createServer as createSocketServer,
  type Socket,
  type Server as SocketServer,
} from 'node:net';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { networks } from '../config/values.ts';
import { createTestCertificate } from '../http/certificate.test-support.ts';
import type { OutboundRequest } from '../ports.ts';
import { systemClock } from '../system.ts';
import { createLogger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createOutbound, type ResolveHost } from './index.ts';

const ends: (() => void)[] = [];
after(() => {
  for (const end of ends) end();
});

async function listening(
  server: SocketServer & { closeAllConnections?(): void },
  host = '127.0.0.1',
  port = 0,
): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  ends.push(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener, host?: string, port?: number) =>
  listening(createServer({ keepAlive: true }, listener), host, port);

/** A server that speaks bytes, for what no HTTP server would send. */
async function serveBytes(talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => talk(socket));
  });
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return listening(server);
}

interface Options {
  readonly allowed?: readonly string[];
  readonly resolve?: ResolveHost;
  readonly sealed?: boolean;
  readonly certificates?: string;
}

function outboundWith({ allowed = ['127.0.0.0/8'], resolve, sealed = false, certificates }: Options = {}) {
  const logged: string[] = [];
  const metrics = createMetrics({ processMetrics: false });
  const outbound = createOutbound({
    allowedNetworks: networks(allowed),
    sealed,
    certificates: certificates ?? null,
    log: createLogger('debug', { write: (line) => logged.push(line) }),
    metrics,
    clock: systemClock,
    ...(resolve !== undefined && { resolve }),
  });
  const get = (url: string, more: Partial<OutboundRequest> = {}) =>
    outbound.send({ method: 'GET', url, maxBytes: 1000, timeoutMs: 2000, ...more });
  return { get, logged, metrics };
}

const { get } = outboundWith();
const text = (body: Uint8Array) => Buffer.from(body).toString();

test('an answer of any status comes back with its headers and its body', async () => {
  const port = await serve((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      response.writeHead(418, { 'content-type': 'text/plain', 'x-seen': `${request.method} ${request.url}` });
      response.end(`${Buffer.concat(parts)}|${JSON.stringify(request.headers)}`);
    });
  });
  const url = `http://127.0.0.1:${port}/path?query=1`;
  const headers = {
    'Content-Type': 'text/x',
    Host: 'forged.example',
    'Accept-Encoding': 'gzip',
    Connection: 'keep-alive',
  };
  const answer = await get(url, { method: 'POST', body: 'grüße', headers });
  assert.equal(answer.status, 418);
  assert.equal(answer.headers.get('x-seen'), 'POST /path?query=1');
  const [body, seen = ''] = text(answer.body).split('|');
  assert.equal(body, 'grüße');
  assert.deepEqual(JSON.parse(seen), {
    'content-type': 'text/x',
    host: `127.0.0.1:${port}`,
    connection: 'close',
    'accept-encoding': 'identity',
    'user-agent': 'countersign',
    'content-length': '7',
  });
});

test('without configuration no address inside is called, whatever names it', async () => {
  const { get } = outboundWith({ allowed: [], resolve: async () => ['127.0.0.1'] });
  const port = await serve(() => assert.fail('it was called'));
  for (const host of [
    '127.0.0.1',
    'inside.example',
    '[::ffff:7f00:1]',
    '[::1]',
    '169.254.169.254',
    '[fd00:ec2::254]',
  ]) {
    for (const scheme of ['http', 'https']) {
      await assert.rejects(get(`${scheme}://${host}:${port}/`), { code: 'forbidden_address' }, host);
    }
  }
  for (const host of ['127.1', '0x7f.1', '[::ffff:127.0.0.1]', '2130706433']) {
    await assert.rejects(get(`http://${host}:${port}/`), { code: 'forbidden_url' }, host);
  }
});

test('one address inside among public ones condemns the host', async () => {
  const { get } = outboundWith({
    allowed: [],
    resolve: async () => ['1.1.1.1', '2606:4700::1111', '10.0.0.1'],
  });
  await assert.rejects(get('https://mixed.example/'), { code: 'forbidden_address' });
  const zoned = outboundWith({ allowed: ['fe80::/10'], resolve: async () => ['fe80::1%lo'] });
  await assert.rejects(zoned.get('http://zoned.example/'), { code: 'forbidden_address' });
});

test('the name is resolved once, and the connection goes to the address that was checked: rebinding leads nowhere', async () => {
  const port = await serve((_request, response) => response.end('checked'));
  await serve(() => assert.fail('the second answer was used'), '127.0.0.2', port);
  let asked = 0;
  const resolve: ResolveHost = async () => {
    asked += 1;
    return [asked === 1 ? '127.0.0.1' : '127.0.0.2'];
  };
  const { get } = outboundWith({ allowed: ['127.0.0.1/32'], resolve });
  assert.equal(text((await get(`http://rebinding.example:${port}/`)).body), 'checked');
  assert.equal(asked, 1);
  await assert.rejects(get(`http://rebinding.example:${port}/`), { code: 'forbidden_address' });
});

test('http goes to allowed networks only, https to public addresses as well', async () => {
  const { get } = outboundWith({ resolve: async () => ['1.1.1.1'] });
  await assert.rejects(get('http://public.example/'), { code: 'forbidden_url' });
});

test('a redirect is an answer and is not followed', async () => {
  let calls = 0;
  const port = await serve((_request, response) => {
    calls += 1;
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
  });
  assert.equal((await get(`http://127.0.0.1:${port}/`)).status, 302);
  assert.equal(calls, 1);
});

test('a body is counted while it is read: endless, or longer than its Content-Length says, it ends at the bound', async () => {
  const endless = await serve((_request, response) => {
    const more = (): void => {
      while (response.write('x'.repeat(100))) {}
      response.once('drain', more);
    };
    response.on('error', () => undefined);
    more();
  });
  await assert.rejects(get(`http://127.0.0.1:${endless}/`), { code: 'too_large' });
  const honest = await serve((_request, response) => response.end('x'.repeat(1001)));
  await assert.rejects(get(`http://127.0.0.1:${honest}/`), { code: 'too_large' });
  const exact = await serve((_request, response) => response.end('x'.repeat(1000)));
  assert.equal((await get(`http://127.0.0.1:${exact}/`)).body.length, 1000);
  const short = await serveBytes((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'));
  await assert.rejects(get(`http://127.0.0.1:${short}/`), { code: 'unreachable' });
});

test('an answer that is slow in whatever part ends at the time limit', async () => {
  const silent = await serveBytes(() => undefined);
  const head = await serveBytes((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    setInterval(() => socket.write('x: y\r\n'), 20).unref();
  });
  const body = await serve((_request, response) => {
    response.write('x');
    setInterval(() => response.write('x'), 20).unref();
  });
  for (const port of [silent, head, body]) {
    await assert.rejects(get(`http://127.0.0.1:${port}/`, { timeoutMs: 200 }), { code: 'timeout' });
  }
  const { get: resolving } = outboundWith({ resolve: () => new Promise(() => undefined) });
  await assert.rejects(resolving('https://hangs.example/', { timeoutMs: 50 }), { code: 'timeout' });
});

test('a compressed body is refused: its size is not what it says (RFC 9110 §8.4)', async () => {
  const port = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1000)));
  });
  await assert.rejects(get(`http://127.0.0.1:${port}/`), { code: 'unreachable' });
});

test('a head without bound is refused, in the answer and in interim answers', async () => {
  const huge = await serve((_request, response) => {
    response.writeHead(200, { 'x-huge': 'x'.repeat(20_000) }).end();
  });
  await assert.rejects(get(`http://127.0.0.1:${huge}/`), { code: 'too_large' });
  const interim = await serveBytes((socket) => {
    const timer = setInterval(() => {
      if (socket.destroyed) clearInterval(timer);
      else socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(50));
    }, 1);
  });
  await assert.rejects(get(`http://127.0.0.1:${interim}/`), { code: 'too_large' });
});

test('what is no HTTP answer is unreachable: another protocol, a closed connection, a closed port', async () => {
  const answers = [
    'SSH-2.0-OpenSSH_9.9\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    '',
  ];
  for (const bytes of answers) {
    const port = await serveBytes((socket) => socket.end(bytes));
    await assert.rejects(get(`http://127.0.0.1:${port}/`), { code: 'unreachable' }, bytes);
  }
  const closed = createServer();
  const port = await listening(closed);
  await new Promise((resolve) => closed.close(resolve));
  await assert.rejects(get(`http://127.0.0.1:${port}/`), { code: 'unreachable' });
  const nowhere = outboundWith({ resolve: async () => [] });
  await assert.rejects(nowhere.get('https://nowhere.example/'), { code: 'unreachable' });
  const broken = outboundWith({ resolve: () => Promise.reject(new Error('SERVFAIL')) });
  await assert.rejects(broken.get('https://broken.example/'), { code: 'unreachable' });
});

test('TLS wants a certificate for the name, from an authority that is trusted (RFC 9525 §6)', async () => {
  const certificate = createTestCertificate();
  const server = createTlsServer(certificate, (_request, response) => response.end('secret'));
  const port = await listening(server);
  const resolve: ResolveHost = async () => ['127.0.0.1'];
  const trusting = outboundWith({ resolve, certificates: certificate.cert });
  assert.equal(text((await trusting.get(`https://localhost:${port}/`)).body), 'secret');
  for (const host of ['other.example', '127.0.0.1']) {
    await assert.rejects(trusting.get(`https://${host}:${port}/`), { code: 'unreachable' }, host);
  }
  // Whatever the caller puts into Host, the certificate is for the URL.
  const headers = { host: 'localhost' };
  await assert.rejects(trusting.get(`https://other.example:${port}/`, { headers }), { code: 'unreachable' });
  await assert.rejects(outboundWith({ resolve }).get(`https://localhost:${port}/`), { code: 'unreachable' });
});

test('sealed, nothing goes out, not even to allowed networks (ACC-9)', async () => {
  const port = await serve(() => assert.fail('it was called'));
  const { get } = outboundWith({ sealed: true, resolve: () => assert.fail('it was resolved') });
  await assert.rejects(get(`http://127.0.0.1:${port}/`), { code: 'sealed' });
  await assert.rejects(get('https://public.example/'), { code: 'sealed' });
});

test('each call has a connection of its own, closed when it ends', async () => {
  const peers = new Set<number | undefined>();
  const server = createServer({ keepAlive: true }, (request, response) => {
    peers.add(request.socket.remotePort);
    response.end('x');
  });
  const port = await listening(server);
  for (let call = 0; call < 3; call += 1) await get(`http://127.0.0.1:${port}/`);
  assert.equal(peers.size, 3);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await new Promise((resolve) => server.getConnections((_error, count) => resolve(count))), 0);
});

test('a host that hangs takes no turn from another', async () => {
  const hanging = await serveBytes(() => undefined);
  const good = await serve((_request, response) => response.end('good'));
  const resolve: ResolveHost = async () => ['127.0.0.1'];
  const { get } = outboundWith({ resolve });
  let settled = 0;
  const stuck = Array.from({ length: 60 }, () =>
    assert
      .rejects(get(`http://hangs.example:${hanging}/`, { timeoutMs: 2000 }), { code: 'timeout' })
      .finally(() => {
        settled += 1;
      }),
  );
  assert.equal(text((await get(`http://good.example:${good}/`)).body), 'good');
  assert.equal(settled, 0);
  await Promise.all(stuck);
});

test('log and metrics say what came of a call, and never the query of its URL (SPN-17)', async () => {
  const port = await serve((_request, response) => response.end('x'));
  const { get, logged, metrics } = outboundWith();
  await get(`http://127.0.0.1:${port}/?token=canary-query`);
  await assert.rejects(get('http://10.0.0.1/canary-path?token=canary-query'), { code: 'forbidden_address' });
  assert.doesNotMatch(logged.join(''), /canary/);
  const counted = await metrics.registry.metrics();
  assert.match(counted, /^identity_outbound_requests_total\{result="answered"\} 1$/m);
  assert.match(counted, /^identity_outbound_requests_total\{result="forbidden_address"\} 1$/m);
  assert.match(counted, /^identity_outbound_latency_seconds_count\{result="answered"\} 1$/m);
});

test('a proxy named by the environment is not asked: it would connect to an address of its own finding', async () => {
  const port = await serve((_request, response) => response.end('direct'));
  const script = `
    import { createOutbound } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    const nothing = { inc() {}, observe() {}, info() {} };
    const outbound = createOutbound({ allowedNetworks: { includes: () => true }, sealed: false, certificates: null,
      log: nothing, metrics: { outboundRequests: nothing, outboundLatency: nothing }, clock: { nowMs: Date.now } });
    const { body } = await outbound.send({ method: 'GET', url: process.argv[1], maxBytes: 100, timeoutMs: 5000 });
    process.stdout.write(Buffer.from(body));`;
  const proxies = {
    HTTP_PROXY: 'http://127.0.0.1:9',
    http_proxy: 'http://127.0.0.1:9',
    NODE_USE_ENV_PROXY: '1',
  };
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      ['--conditions=source', '--input-type=module', '-e', script, `http://127.0.0.1:${port}/`],
      { env: { ...process.env, ...proxies } },
      (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
    );
  });
  assert.equal(printed, 'direct');
});
