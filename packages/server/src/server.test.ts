import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { loadConfig } from './config/index.ts';
import { createTestCertificate } from './http/certificate.test-support.ts';
import { createEnvelopeKeyFile } from './keys/envelope.ts';
import { type RunningServer, StartError, startServer } from './server.ts';
import { databaseName } from './storage/sqlite/connection.ts';
import { createLogger } from './telemetry/log.ts';

interface Place {
  readonly directory: string;
  readonly logged: string[];
  start(settings?: Readonly<Record<string, string>>): Promise<RunningServer>;
  remove(): void;
}

function preparePlace(): Place {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-server-'));
  mkdirSync(join(directory, 'secrets'), { mode: 0o700 });
  createEnvelopeKeyFile(join(directory, 'secrets', 'envelope.key'));
  writeFileSync(join(directory, 'secrets', 'rate-limit.key'), 'x'.repeat(44), { mode: 0o600 });
  const logged: string[] = [];
  return {
    directory,
    logged,
    async start(settings = {}) {
      const { config } = await loadConfig({
        env: {
          COUNTERSIGN_SERVER__PUBLIC_URL: 'http://localhost:9400',
          COUNTERSIGN_SERVER__LISTEN: '127.0.0.1:0',
          COUNTERSIGN_IAM__BOOTSTRAP__MODE: 'link',
          COUNTERSIGN_SERVER__DRAIN_SECONDS: '5',
          ...settings,
        },
        flags: {},
        dataDirectory: directory,
      });
      return startServer({ config, log: createLogger('info', { write: (line) => logged.push(line) }) });
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

const without = { COUNTERSIGN_IAM__BOOTSTRAP__MODE: undefined as unknown as string };
const statusOf = async (port: number | null, path: string): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).status;

test('a server without an administrator refuses to start without a bootstrap mode, and says what to do (IAM-2)', async () => {
  const place = preparePlace();
  await assert.rejects(place.start(without), (error: unknown) => {
    assert.ok(error instanceof StartError);
    assert.match(error.message, /iam\.bootstrap\.mode/);
    return true;
  });
  await assert.rejects(place.start({ COUNTERSIGN_IAM__BOOTSTRAP__MODE: 'bootstrap' }), StartError);
  // The refused start left nothing open: the next one takes the same directory.
  const server = await place.start();
  assert.match(server.info.setupLink ?? '', /^http:\/\/localhost:9400\/setup\?token=[A-Za-z0-9_-]{43}$/);
  await server.stop();
  place.remove();
});

test('a server that answers serves health in public and metrics on its own port alone (SPN-17)', async () => {
  const place = preparePlace();
  const server = await place.start();
  const { port, internalPort } = server.info;
  assert.equal(await statusOf(port, '/healthz'), 200);
  assert.equal(await statusOf(port, '/readyz'), 200);
  assert.equal(await statusOf(port, '/metrics'), 404);
  assert.equal(await statusOf(internalPort, '/metrics'), 200);
  assert.equal(await statusOf(internalPort, '/oauth2/token'), 404);
  assert.equal(await statusOf(port, '/.well-known/openid-configuration'), 200);
  await server.stop();
  place.remove();
});

test('a taken internal port that nobody chose costs the metrics, one that was chosen stops the start (SPN-17)', async () => {
  const place = preparePlace();
  const occupant = createServer();
  await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
  const taken = (occupant.address() as { port: number }).port;
  await assert.rejects(place.start({ COUNTERSIGN_SERVER__INTERNAL_LISTEN: `127.0.0.1:${taken}` }), {
    code: 'EADDRINUSE',
  });
  const server = await place
    .start({ COUNTERSIGN_SERVER__LISTEN: `127.0.0.1:${taken - 1}` })
    .catch(() => undefined);
  // The port below may be taken as well; then there is nothing to see here.
  if (server !== undefined) {
    assert.equal(server.info.internalPort, null);
    assert.match(place.logged.join(''), /internal port is taken/);
    assert.equal(await statusOf(server.info.port, '/healthz'), 200);
    await server.stop();
  }
  occupant.close();
  place.remove();
});

test('a rate-limit secret that could be guessed stops the start (SPN-18)', async () => {
  const place = preparePlace();
  writeFileSync(join(place.directory, 'secrets', 'rate-limit.key'), 'short');
  await assert.rejects(place.start(), { name: 'BucketSecretError', code: 'too_short' });
  const server = await place.start({ COUNTERSIGN_RATE_LIMITS__ENABLED: 'false' });
  await server.stop();
  place.remove();
});

test('a file of authorities that holds no certificate stops the start (ACC-9)', async () => {
  const place = preparePlace();
  const caFile = join(place.directory, 'authorities.pem');
  const { cert } = createTestCertificate();
  for (const content of [
    '',
    'no certificate',
    cert.replace('MII', 'AAA'),
    `${cert}${cert.replace('MII', 'AAA')}`,
  ]) {
    writeFileSync(caFile, content);
    await assert.rejects(place.start({ COUNTERSIGN_OUTBOUND__CA_FILE: caFile }), StartError, content);
  }
  writeFileSync(caFile, `a comment\n${cert}`);
  const server = await place.start({ COUNTERSIGN_OUTBOUND__CA_FILE: caFile });
  await server.stop();
  place.remove();
});

test('stopping finishes a request under way, is not ready meanwhile, and closes every audit chain (ACC-1, ACC-4)', async () => {
  const place = preparePlace();
  const server = await place.start();
  const { port, internalPort } = server.info;
  // A request whose body comes late is under way.
  const socket = connect(Number(port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += String(chunk);
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const body = 'grant_type=client_credentials&client_id=nobody&client_secret=x';
  socket.write(
    `POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
  );
  await new Promise((resolve) => setTimeout(resolve, 100));

  const stopped = server.stop();
  assert.equal(server.stop(), stopped, 'asked twice, it stops once');
  assert.equal(await statusOf(internalPort, '/readyz'), 503);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
  socket.write(body.slice(10));
  await closed;
  assert.match(answer, /^HTTP\/1\.1 401 /);
  await stopped;

  const database = new DatabaseSync(join(place.directory, databaseName), { readOnly: true });
  const chains = database.prepare('SELECT state FROM audit_chain').all();
  assert.ok(chains.length > 0);
  assert.deepEqual([...new Set(chains.map(({ state }) => state))], ['closed']);
  database.close();
  place.remove();
});
