import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { createLogger } from '../telemetry/log.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { createTestCertificate, type TestCertificate } from './certificate.test-support.ts';
import { type Listener, type ListenOptions, listen } from './listener.ts';

let harness: Harness;
let listener: Listener;
const log = createLogger('silent');
const timeouts = { headersMs: 400, requestMs: 5000, idleMs: 60_000, tlsHandshakeMs: 2000, tlsPollMs: 50 };

function open(change: Partial<ListenOptions> = {}): Promise<Listener> {
  return listen({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    maxHeaderBytes: 16_384,
    fetch: harness.app.fetch,
    log,
    timeouts,
    ...change,
  });
}

before(async () => {
  harness = await openHarness();
  listener = await open();
});

after(async () => {
  await listener.drain(0);
  await harness.close();
});

interface Wire {
  readonly socket: Socket;
  /** Everything received until the peer closed. */
  readonly closed: Promise<string>;
  /** Resolves when `text` has arrived. */
  until(text: string): Promise<string>;
}

function wire(port: number): Wire {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  return {
    socket,
    closed: new Promise((resolve) => socket.on('close', () => resolve(received))),
    async until(text) {
      while (!received.includes(text) && !socket.closed) await sleep(5);
      return received;
    },
  };
}

async function exchange(request: string): Promise<string> {
  const { socket, closed } = wire(listener.port);
  socket.write(request);
  return closed;
}

const tokenHead = [
  'POST /oauth2/token HTTP/1.1',
  'Host: localhost',
  'Connection: close',
  'Content-Type: application/x-www-form-urlencoded',
].join('\r\n');

test('oversized headers are 431 (RFC 6585 §5, SPN-4)', async () => {
  const answer = await exchange(
    `GET /login HTTP/1.1\r\nHost: localhost\r\nX-Filler: ${'a'.repeat(20_000)}\r\nConnection: close\r\n\r\n`,
  );
  assert.match(answer, /^HTTP\/1\.1 431 /);
});

test('headers that come too slowly are cut off soon after their time, with 408 (RFC 9110 §15.5.9, SPN-4)', async () => {
  const { socket, closed } = wire(listener.port);
  const started = performance.now();
  socket.write('GET /login HTTP/1.1\r\nHost: localhost\r\n');
  const dripping = setInterval(() => socket.write('X-Slow: a\r\n'), 50);
  const answer = await closed;
  clearInterval(dripping);
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.ok(performance.now() - started < 4000);
});

test('a chunked body over 64 KiB is refused with 413, and one below is read (SPN-4)', async () => {
  const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`;
  const large = await exchange(
    `${tokenHead}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}0\r\n\r\n`,
  );
  assert.match(large, /^HTTP\/1\.1 413 /);
  assert.match(large, /"error":"invalid_request"/);
  const form = 'grant_type=client_credentials&client_id=nobody&client_secret=x';
  const parts = [form.slice(0, 20), form.slice(20)].map(
    (part) => `${part.length.toString(16)}\r\n${part}\r\n`,
  );
  const small = await exchange(
    `${tokenHead}\r\nTransfer-Encoding: chunked\r\n\r\n${parts.join('')}0\r\n\r\n`,
  );
  assert.match(small, /^HTTP\/1\.1 401 /);
  assert.match(small, /"error":"invalid_client"/);
});

test('a body announced over 64 KiB is refused before it is sent (SPN-4)', async () => {
  const { socket, until } = wire(listener.port);
  socket.write(`${tokenHead}\r\nContent-Length: 10000000\r\n\r\n`);
  assert.match(await until('\r\n\r\n'), /^HTTP\/1\.1 413 /);
  socket.destroy();
});

test('a client that goes away within its body is no unexpected error of ours (SPN-4)', async () => {
  harness.logged.length = 0;
  const { socket } = wire(listener.port);
  socket.write(`${tokenHead}\r\nContent-Length: 1000\r\n\r\ngrant_type=`);
  await sleep(50);
  socket.destroy();
  await sleep(100);
  assert.equal(harness.logged.join('').includes('unexpected error'), false);
});

test('two lengths, or length and chunks, are refused: no request hides in another (RFC 9112 §6.3, SPN-4)', async () => {
  for (const headers of [
    'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'Content-Length: 5\r\nContent-Length: 6',
  ]) {
    assert.match(await exchange(`${tokenHead}\r\n${headers}\r\n\r\n0\r\n\r\n`), /^HTTP\/1\.1 400 /);
  }
});

test('a path is judged as it was sent: .. and its kin are 404 on the wire (SPN-16)', async () => {
  for (const target of [
    '/t/acme/../../login',
    '/./login',
    '/login/.',
    '/t/%2e%2e/login',
    '/oauth2%2ftoken',
    '/.well-known/../login',
  ]) {
    const answer = await exchange(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 404 /, target);
  }
  const plain = await exchange(
    'GET /.well-known/openid-configuration HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  );
  assert.match(plain, /^HTTP\/1\.1 200 /);
});

test('a Host that is no host, or none, is refused with 400 (RFC 9112 §3.2, SPN-16)', async () => {
  assert.match(await exchange('GET /login HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(
    await exchange('GET /login HTTP/1.1\r\nHost: a/../b\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 400 /,
  );
});

test('a port in use is told by the system’s error (ACC-1)', async () => {
  await assert.rejects(open({ port: listener.port }), { code: 'EADDRINUSE' });
});

test('draining finishes a request under way, closes idle connections at once and takes no new one (ACC-1)', async () => {
  const gate = Promise.withResolvers<void>();
  const draining = await open({
    fetch: async (request) => {
      if (new URL(request.url).pathname === '/slow') await gate.promise;
      return new Response('done');
    },
  });
  const idle = wire(draining.port);
  idle.socket.write('GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await idle.until('done');
  const busy = wire(draining.port);
  busy.socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await sleep(50);

  const drained = draining.drain(30);
  await idle.closed;
  const late = wire(draining.port);
  assert.equal(await late.closed, '');
  const started = performance.now();
  gate.resolve();
  // The connection was kept alive: it is closed after its answer, and the drain does not wait for its idle time.
  assert.match(await busy.closed, /done$/);
  await drained;
  assert.ok(performance.now() - started < 5000);
});

test('draining tells a connection that stays busy to close after the answer (RFC 9112 §9.6, ACC-1)', async () => {
  const gate = Promise.withResolvers<void>();
  const draining = await open({
    fetch: async () => {
      await gate.promise;
      return new Response('done');
    },
  });
  const busy = wire(draining.port);
  busy.socket.write('GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await sleep(50);
  const drained = draining.drain(30);
  // A second request, on the same connection, while the first is being answered.
  busy.socket.write('GET /b HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await sleep(50);
  gate.resolve();
  await drained;
  assert.match(await busy.closed, /Connection: close/i);
});

test('draining cuts off what is not done in time (ACC-1)', async () => {
  const draining = await open({ fetch: () => new Promise<Response>(() => undefined) });
  const stuck = wire(draining.port);
  stuck.socket.write('GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await sleep(50);
  const started = performance.now();
  await draining.drain(0.2);
  assert.equal(await stuck.closed, '');
  assert.ok(performance.now() - started < 3000);
});

interface Handshake {
  readonly protocol: string | null;
  readonly cipher: string;
  readonly certificate: string;
}

function handshake(port: number, options: Readonly<Record<string, string>> = {}): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      rejectUnauthorized: false,
      ...options,
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate().fingerprint256;
      resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().name, certificate });
      socket.destroy();
    });
  });
}

test('TLS files are read again when they change, and a pair that does not fit is kept out (decision 17, ACC-1)', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-tls-'));
  const tls = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
  const write = ({ cert, key }: TestCertificate): void => {
    writeFileSync(tls.certFile, cert);
    writeFileSync(tls.keyFile, key);
  };
  write(createTestCertificate());
  const secured = await open({ tls });
  try {
    const first = await handshake(secured.port);
    assert.equal(first.protocol, 'TLSv1.3');

    writeFileSync(tls.certFile, createTestCertificate().cert);
    await sleep(300);
    assert.equal(
      (await handshake(secured.port)).certificate,
      first.certificate,
      'certificate and key do not fit',
    );

    write(createTestCertificate());
    let now = first;
    for (let tries = 0; tries < 100 && now.certificate === first.certificate; tries += 1) {
      await sleep(50);
      now = await handshake(secured.port);
    }
    assert.notEqual(now.certificate, first.certificate);

    write(createTestCertificate());
    secured.reloadTls();
    assert.notEqual((await handshake(secured.port)).certificate, now.certificate);
  } finally {
    await secured.drain(0);
    rmSync(directory, { recursive: true });
  }
});

test('TLS 1.2 is spoken with forward secrecy and authenticated encryption alone, older versions not (RFC 9325 §4.2, ACC-1)', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-tls-'));
  const tls = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
  const { cert, key } = createTestCertificate();
  writeFileSync(tls.certFile, cert);
  writeFileSync(tls.keyFile, key);
  const secured = await open({ tls });
  try {
    const modern = await handshake(secured.port, { maxVersion: 'TLSv1.2' });
    assert.match(modern.cipher, /^ECDHE-ECDSA-.*(GCM|CHACHA20)/);
    await assert.rejects(
      handshake(secured.port, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }),
    );
    await assert.rejects(
      handshake(secured.port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
    );
  } finally {
    await secured.drain(0);
    rmSync(directory, { recursive: true });
  }
});
