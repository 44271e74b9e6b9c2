import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigError, type ConfigSources, loadConfig, settingPaths, variableName } from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'countersign-config-'));
after(() => rmSync(directory, { recursive: true }));

let files = 0;
function file(yaml: string): string {
  files += 1;
  const path = join(directory, `${files}.yaml`);
  writeFileSync(path, yaml);
  return path;
}

const load = (sources: Partial<ConfigSources>) =>
  loadConfig({ env: {}, dataDirectory: join(directory, 'data'), ...sources });

function problemsOf(sources: Partial<ConfigSources>): string {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

test('without any setting the defaults make a loopback server (ACC-1)', () => {
  const { config, origins } = load({});
  assert.equal(config.server.publicUrl, 'http://localhost:9400');
  assert.deepEqual(config.server.listen, { host: '127.0.0.1', port: 9400 });
  assert.deepEqual(config.server.internalListen, { host: '127.0.0.1', port: 9401, explicit: false });
  assert.equal(config.rateLimits.enabled, true);
  assert.equal(config.secrets.envelopeKeyFile, join(directory, 'data', 'secrets', 'envelope.key'));
  assert.equal(origins.get('server.listen'), 'default');
  assert.equal(origins.get('storage.directory'), 'flag');
});

test('file over defaults, environment over file, flags over all (ACC-1)', () => {
  const path = file('lifetimes:\n  codeSeconds: 10\n  idTokenSeconds: 10\n  accessTokenSeconds: 10\n');
  const env = {
    COUNTERSIGN_LIFETIMES__ID_TOKEN_SECONDS: '20',
    COUNTERSIGN_LIFETIMES__ACCESS_TOKEN_SECONDS: '20',
  };
  const { config, origins } = load({ file: path, env, flags: { 'lifetimes.accessTokenSeconds': '30' } });
  const { codeSeconds, idTokenSeconds, accessTokenSeconds, pushedRequestSeconds } = config.lifetimes;
  assert.deepEqual(
    [pushedRequestSeconds, codeSeconds, idTokenSeconds, accessTokenSeconds],
    [300, 10, 20, 30],
  );
  const of = (name: 'codeSeconds' | 'idTokenSeconds' | 'accessTokenSeconds') =>
    origins.get(`lifetimes.${name}`);
  assert.deepEqual(
    [of('codeSeconds'), of('idTokenSeconds'), of('accessTokenSeconds')],
    ['file', 'environment', 'flag'],
  );
});

test('an unknown key in the file refuses with its path and the nearest known key (ACC-1)', () => {
  assert.match(
    problemsOf({ file: file('rateLimits:\n  enable: false\n') }),
    /^rateLimits\.enable: .*rateLimits\.enabled/,
  );
  assert.match(
    problemsOf({ file: file('publicUrl: https://a.example\n') }),
    /^publicUrl: .*server\.publicUrl/,
  );
  assert.match(problemsOf({ file: file('servr: {}\n') }), /^servr: .*\bserver\b/);
  assert.match(problemsOf({ file: file('__proto__: {}\n') }), /^__proto__: is not a setting/);
  assert.match(problemsOf({ file: file('constructor: {}\n') }), /^constructor: is not a setting/);
});

test('an unknown key in the environment or a flag refuses with the nearest known one (ACC-1)', () => {
  assert.match(
    problemsOf({ env: { COUNTERSIGN_RATELIMITS__ENABLED: 'false' } }),
    /COUNTERSIGN_RATE_LIMITS__ENABLED/,
  );
  assert.match(problemsOf({ env: { COUNTERSIGN_PORT: '9500' } }), /^COUNTERSIGN_PORT: is not a setting/);
  assert.match(problemsOf({ flags: { 'log.levl': 'info' } }), /^log\.levl: .*log\.level/);
});

test('variables of remote commands, and service links of Kubernetes, are no settings and no fault', () => {
  const env = {
    COUNTERSIGN_URL: 'https://a.example',
    COUNTERSIGN_TOKEN: 't',
    COUNTERSIGN_PORT: 'tcp://10.0.0.1:9400',
    COUNTERSIGN_SERVICE_HOST: '10.0.0.1',
    COUNTERSIGN_PORT_9400_TCP_ADDR: '10.0.0.1',
  };
  assert.equal(problemsOf({ env }), '');
});

test('each setting has a variable of its own name', () => {
  assert.equal(variableName('rateLimits.enabled'), 'COUNTERSIGN_RATE_LIMITS__ENABLED');
  assert.equal(variableName('server.tls.certFile'), 'COUNTERSIGN_SERVER__TLS__CERT_FILE');
  assert.equal(new Set(settingPaths.map(variableName)).size, settingPaths.length);
});

test('every wrong value of a file is told at once, with its path', () => {
  const problems = problemsOf({
    file: file('log:\n  level: loud\nserver:\n  drainSeconds: -1\n  listen: 9400\n'),
  });
  assert.equal(problems.split('\n').length, 3);
  assert.match(problems, /log\.level: must be one of debug/);
  assert.match(problems, /server\.drainSeconds: must be a whole number, 0 to 600/);
});

test('a file that is not YAML, repeats a key or is missing is refused', () => {
  assert.match(problemsOf({ file: file('server: [') }), /is not valid YAML/);
  assert.match(problemsOf({ file: file('log: {level: info}\nlog: {level: warn}\n') }), /unique/);
  assert.match(problemsOf({ file: file('- a\n') }), /must be a mapping/);
  assert.match(problemsOf({ file: join(directory, 'nowhere.yaml') }), /does not exist/);
  assert.match(problemsOf({ file: file('server: 5\n') }), /^server: must be a mapping/);
});

test('an empty file and an empty section mean the defaults', () => {
  assert.equal(load({ file: file('') }).config.server.listen.port, 9400);
  assert.equal(load({ file: file('server:\n') }).config.server.listen.port, 9400);
});

test('the public URL must be https unless it is on this machine', () => {
  assert.match(problemsOf({ flags: { 'server.publicUrl': 'http://login.example.com' } }), /must be https/);
  for (const url of [
    'ftp://a.example',
    'login.example.com',
    'https://a.example/auth',
    'https://u@a.example',
    'https://a.example?x',
  ]) {
    assert.notEqual(problemsOf({ flags: { 'server.publicUrl': url } }), '', url);
  }
  const { config } = load({ flags: { 'server.publicUrl': 'https://Login.example.com/' } });
  assert.deepEqual([config.server.publicUrl, config.server.secure], ['https://login.example.com', true]);
});

test('a listener that others can reach needs a public URL', () => {
  assert.match(problemsOf({ flags: { 'server.listen': '0.0.0.0:9400' } }), /server\.publicUrl: is not set/);
  assert.match(problemsOf({ flags: { 'server.listen': '127.0.0.1:0' } }), /server\.publicUrl: is not set/);
  const { config } = load({ flags: { 'server.listen': '[::1]:9500' } });
  assert.deepEqual(config.server.listen, { host: '::1', port: 9500 });
});

test('TLS takes certificate and key together, and an https URL', () => {
  assert.match(
    problemsOf({ flags: { 'server.tls.certFile': 'a', 'server.publicUrl': 'https://a.example' } }),
    /keyFile: is not set/,
  );
  const tls = { 'server.tls.certFile': 'a', 'server.tls.keyFile': 'b' };
  assert.match(
    problemsOf({ flags: { ...tls, 'server.publicUrl': 'http://localhost:9400' } }),
    /is http, but server\.tls/,
  );
  assert.equal(problemsOf({ flags: { ...tls, 'server.publicUrl': 'https://a.example' } }), '');
});

test('a bootstrap mode without its secret, or a secret without its mode, refuses (IAM-2)', () => {
  const bootstrap = (mode: string | null, tokenFile: boolean) =>
    problemsOf({
      flags: {
        ...(mode !== null && { 'iam.bootstrap.mode': mode }),
        ...(tokenFile && { 'iam.bootstrap.tokenFile': 'token' }),
      },
    });
  assert.match(bootstrap('token', false), /tokenFile: is not set/);
  assert.match(bootstrap(null, true), /mode is not set/);
  assert.match(bootstrap('link', true), /mode is link/);
  assert.match(bootstrap('bootstrap', true), /mode is bootstrap/);
  assert.match(bootstrap('open', false), /must be one of token, bootstrap, link/);
  for (const [mode, file] of [
    ['token', true],
    ['link', false],
    ['bootstrap', false],
    [null, false],
  ] as const) {
    assert.equal(bootstrap(mode, file), '');
  }
});

test('key times that would break clients refuse unless short times are allowed (SPN-3)', () => {
  assert.match(problemsOf({ flags: { 'keys.publishSeconds': '599' } }), /keys\.publishSeconds/);
  assert.match(problemsOf({ flags: { 'keys.retiredSeconds': '3599' } }), /keys\.retiredSeconds/);
  const long = { 'keys.retiredSeconds': '4000', 'lifetimes.accessTokenSeconds': '5000' };
  assert.match(problemsOf({ flags: long }), /keys\.retiredSeconds/);
  const hinted = { 'keys.retiredSeconds': '86400', 'lifetimes.sessionSeconds': '86401' };
  assert.match(
    problemsOf({ flags: hinted }),
    /keys\.retiredSeconds: is 86400, below 86401: tokens or sessions/,
  );
  assert.match(problemsOf({ flags: { 'keys.rotationSeconds': '600' } }), /keys\.rotationSeconds/);
  const short = {
    'keys.publishSeconds': '1',
    'keys.retiredSeconds': '2',
    'keys.rotationSeconds': '1',
    'keys.allowShortTimes': 'true',
  };
  assert.equal(problemsOf({ flags: short }), '');
});

test('an idle time never exceeds the life it belongs to', () => {
  const { config } = load({ flags: { 'lifetimes.sessionSeconds': '5', 'lifetimes.refreshSeconds': '7' } });
  assert.deepEqual([config.lifetimes.sessionIdleSeconds, config.lifetimes.refreshIdleSeconds], [5, 7]);
});

test('trusted proxies match IPv4, IPv6 and mapped addresses in their ranges, and nothing else', () => {
  const flags = { 'server.trustedProxies': '10.0.0.0/8, 192.0.2.1, 2001:db8::/32' };
  const { trustedProxies } = load({ flags }).config.server;
  for (const address of ['10.1.2.3', '192.0.2.1', '2001:db8::5', '::ffff:10.1.2.3'])
    assert.equal(trustedProxies.includes(address), true, address);
  for (const address of ['11.0.0.1', '192.0.2.2', '2001:db9::1', '', 'localhost', '10.0.0', 'unknown'])
    assert.equal(trustedProxies.includes(address), false, address);
  assert.deepEqual(trustedProxies.ranges, ['10.0.0.0/8', '192.0.2.1/32', '2001:db8::/32']);
});

test('a proxy range that trusts everybody, or is none, refuses', () => {
  for (const ranges of [
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '10.0.0/8',
    'proxy.example',
    '10.0.0.0/8/8',
    '10.0.0.0/',
  ]) {
    assert.match(
      problemsOf({ flags: { 'server.trustedProxies': ranges } }),
      /server\.trustedProxies/,
      ranges,
    );
  }
});

test('paths in a file are relative to the file, and PORT is honoured only when asked for', () => {
  const { config } = load({ file: file('secrets:\n  envelopeKeyFile: keys/a.key\n') });
  assert.equal(config.secrets.envelopeKeyFile, join(directory, 'keys', 'a.key'));
  assert.equal(load({ env: { PORT: '9500' } }).config.server.listen.port, 9400);
  assert.equal(load({ env: { PORT: '9500' }, honourPort: true }).config.server.listen.port, 9500);
  assert.match(problemsOf({ env: { PORT: 'x' }, honourPort: true }), /^PORT/);
});

test('two variables that name different data directories refuse', () => {
  const env = { COUNTERSIGN_DATA_DIR: '/a', COUNTERSIGN_STORAGE__DIRECTORY: '/b' };
  assert.match(problemsOf({ env }), /different directories/);
});

test('the configuration cannot be changed once it is loaded', () => {
  const { config } = load({});
  for (const part of [config, config.server, config.server.listen, config.lifetimes, config.iam.bootstrap])
    assert.equal(Object.isFrozen(part), true);
});

test('outgoing calls reach no network inside unless one is named, and never all of them (ACC-9)', () => {
  const { outbound } = load({}).config;
  assert.deepEqual([outbound.allowedNetworks.ranges, outbound.sealed, outbound.caFile], [[], false, null]);
  const env = {
    COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8, ::1',
    COUNTERSIGN_OUTBOUND__SEALED: 'true',
  };
  const set = load({ env, flags: { 'outbound.caFile': 'authority.pem' } }).config.outbound;
  assert.deepEqual(set.allowedNetworks.ranges, ['127.0.0.0/8', '::1/128']);
  assert.equal(set.sealed, true);
  assert.equal(set.caFile, join(process.cwd(), 'authority.pem'));
  for (const ranges of ['0.0.0.0/0', '::/0', 'fe80::1%eth0', 'localhost']) {
    assert.match(
      problemsOf({ flags: { 'outbound.allowedNetworks': ranges } }),
      /outbound\.allowedNetworks/,
      ranges,
    );
  }
});

test('features are off unless somebody switches them on (SPN-3)', () => {
  const variable = 'COUNTERSIGN_FEATURES__ML_DSA';
  assert.deepEqual(load({}).config.features, { mlDsa: false });
  assert.deepEqual(load({ env: { [variable]: 'true' } }).config.features, { mlDsa: true });
  assert.match(problemsOf({ env: { [variable]: 'yes please' } }), /^features\.mlDsa/);
});

test('Redis is used where it has an address, and its other settings say so where it has none (SPN-1)', () => {
  assert.equal(load({}).config.ephemeral.redis, null);
  const redisOf = (env: Readonly<Record<string, string>>) =>
    load({ env: { COUNTERSIGN_EPHEMERAL__REDIS__ADDRESSES: '127.0.0.1:6379', ...env } }).config.ephemeral
      .redis;
  assert.deepEqual(redisOf({}), {
    mode: 'standalone',
    addresses: [{ host: '127.0.0.1', port: 6379 }],
    username: null,
    passwordFile: null,
    tls: 'disable',
    caFile: null,
    prefix: 'countersign:',
    commandTimeoutMs: 250,
  });
  const path = file('ephemeral:\n  redis:\n    addresses: [cache.example:6379]\n');
  assert.equal(load({ file: path }).config.ephemeral.redis?.tls, 'verify-full');
  const set = (name: string, value: string): string =>
    problemsOf({ env: { [`COUNTERSIGN_EPHEMERAL__REDIS__${name}`]: value } });
  for (const name of ['PASSWORD_FILE', 'CA_FILE', 'USERNAME'])
    assert.match(set(name, 'x'), /ephemeral\.redis\.addresses is not/);
  assert.match(set('TLS', 'disable'), /ephemeral\.redis\.addresses is not/);
  for (const address of ['cache.example', 'redis://cache:6379', 'a:0', 'a:1,b:1', 'user:secret@a:1']) {
    const refusal = set('ADDRESSES', address);
    assert.match(refusal, /ephemeral\.redis\.addresses/, address);
    assert.ok(!refusal.includes('secret'));
  }
  assert.equal(redisOf({ COUNTERSIGN_EPHEMERAL__REDIS__MODE: 'cluster' })?.mode, 'cluster');
  for (const prefix of ['', 'a b', 'ä', 'x'.repeat(65)])
    assert.match(set('PREFIX', prefix), /ephemeral\.redis\.prefix/);
});
