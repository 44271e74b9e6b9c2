/** Every process setting, once: validation, variable names, `config show --explain` and the documentation come from this table. */
import { availableParallelism } from 'node:os';
import type { BootstrapMode, ListenAddress, LogLevelSetting, PeerTls, RedisMode } from './config.ts';
import {
  addressList,
  cidrList,
  filePath,
  type Kind,
  listenAddress,
  oneOf,
  postgresUrl,
  publicOrigin,
  slug,
  visibleText,
  wholeNumber,
  yesOrNo,
} from './values.ts';

/** Path to type of the parsed value. null: not set, and derived by `resolve.ts`. */
export interface Settings {
  readonly environment: string;
  readonly 'server.publicUrl': string | null;
  readonly 'server.listen': ListenAddress;
  readonly 'server.internalListen': ListenAddress | null;
  readonly 'server.tls.certFile': string | null;
  readonly 'server.tls.keyFile': string | null;
  readonly 'server.trustedProxies': readonly string[];
  readonly 'server.drainSeconds': number;
  readonly 'server.maxHeaderBytes': number;
  readonly 'storage.directory': string;
  readonly 'storage.patienceMs': number;
  readonly 'storage.url': string | null;
  readonly 'storage.passwordFile': string | null;
  readonly 'storage.tls': PeerTls | null;
  readonly 'storage.caFile': string | null;
  readonly 'storage.writers': number;
  readonly 'storage.readers': number;
  readonly 'storage.statementTimeoutMs': number;
  readonly 'storage.prepareStatements': boolean;
  readonly 'ephemeral.redis.addresses': readonly ListenAddress[];
  readonly 'ephemeral.redis.mode': RedisMode;
  readonly 'ephemeral.redis.username': string | null;
  readonly 'ephemeral.redis.passwordFile': string | null;
  readonly 'ephemeral.redis.tls': PeerTls | null;
  readonly 'ephemeral.redis.caFile': string | null;
  readonly 'ephemeral.redis.prefix': string;
  readonly 'ephemeral.redis.commandTimeoutMs': number;
  readonly 'log.level': LogLevelSetting;
  readonly 'rateLimits.enabled': boolean;
  readonly 'rateLimits.secretFile': string | null;
  readonly 'rateLimits.clientPerSecond': number;
  readonly 'iam.bootstrap.mode': BootstrapMode | null;
  readonly 'iam.bootstrap.tokenFile': string | null;
  readonly 'keys.rotationSeconds': number;
  readonly 'keys.publishSeconds': number;
  readonly 'keys.retiredSeconds': number;
  readonly 'keys.checkSeconds': number;
  readonly 'keys.allowShortTimes': boolean;
  readonly 'lifetimes.accessTokenSeconds': number;
  readonly 'lifetimes.idTokenSeconds': number;
  readonly 'lifetimes.codeSeconds': number;
  readonly 'lifetimes.pushedRequestSeconds': number;
  readonly 'lifetimes.deviceCodeSeconds': number;
  readonly 'lifetimes.refreshSeconds': number;
  readonly 'lifetimes.refreshIdleSeconds': number;
  readonly 'lifetimes.interactionSeconds': number;
  readonly 'lifetimes.sessionIdleSeconds': number;
  readonly 'lifetimes.sessionSeconds': number;
  readonly 'clockSkew.proofSeconds': number;
  readonly 'clockSkew.assertionSeconds': number;
  readonly 'passwords.minLength': number;
  readonly 'passwords.hashConcurrency': number;
  readonly 'passwords.hashQueue': number;
  readonly 'outbound.allowedNetworks': readonly string[];
  readonly 'outbound.sealed': boolean;
  readonly 'outbound.caFile': string | null;
  readonly 'secrets.envelopeKeyFile': string | null;
  readonly 'features.mlDsa': boolean;
}

export type SettingPath = keyof Settings;

export interface Setting<Value> {
  readonly kind: Kind<NonNullable<Value>>;
  readonly unit: 'seconds' | 'milliseconds' | 'bytes' | 'characters' | 'per second' | null;
  readonly default: Value;
  /** What the default is where it depends on other settings. */
  readonly defaultText: string | null;
  readonly help: string;
  /** The file's content is a secret: `config show` never opens it. */
  readonly secretFile: boolean;
  /** A path: relative ones are resolved against the file, or the working directory for variables and flags. */
  readonly path: boolean;
}

type Details<Value> = Partial<Omit<Setting<Value>, 'kind' | 'default' | 'help'>>;

function setting<Value>(
  kind: Kind<NonNullable<Value>>,
  initial: Value,
  help: string,
  details: Details<Value> = {},
): Setting<Value> {
  return {
    kind,
    default: initial,
    help,
    unit: null,
    defaultText: null,
    secretFile: false,
    path: false,
    ...details,
  };
}

function seconds(initial: number, minimum: number, maximum: number, help: string): Setting<number> {
  return setting(wholeNumber(minimum, maximum), initial, help, { unit: 'seconds' });
}

function file(help: string, details: Details<string | null> = {}): Setting<string | null> {
  return setting<string | null>(filePath, null, help, { path: true, ...details });
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 366 * day;

export const schema: { readonly [Path in SettingPath]: Setting<Settings[Path]> } = {
  environment: setting(
    slug,
    'production',
    'Name of this installation, part of every key id. `dev` marks keys that nobody outside should trust.',
  ),
  'server.publicUrl': setting<string | null>(
    publicOrigin,
    null,
    'The address clients use; issuer of the default tenant. Never taken from a request.',
    {
      defaultText: 'http://localhost:<port of server.listen>',
    },
  ),
  'server.listen': setting(
    listenAddress,
    { host: '127.0.0.1', port: 9400 },
    'Address and port of the public listener.',
    { defaultText: '127.0.0.1:9400' },
  ),
  'server.internalListen': setting<ListenAddress | null>(
    listenAddress,
    null,
    'Address and port for /metrics and debugging; keep it off the internet.',
    {
      defaultText: '127.0.0.1:<port of server.listen + 1>',
    },
  ),
  'server.tls.certFile': file(
    'Certificate chain in PEM, read again when it changes. With keyFile, or not at all.',
  ),
  'server.tls.keyFile': file('Private key of the certificate in PEM, read again when it changes.', {
    secretFile: true,
  }),
  'server.trustedProxies': setting<readonly string[]>(
    cidrList('trusts every address: then anybody may forge the client address. Name the proxies'),
    [],
    'Proxies whose X-Forwarded-For is believed.',
    { defaultText: '[]' },
  ),
  'server.drainSeconds': seconds(10, 0, 10 * minute, 'How long running requests may finish after SIGTERM.'),
  'server.maxHeaderBytes': setting(wholeNumber(4096, 131_072), 16_384, 'Largest request head accepted.', {
    unit: 'bytes',
  }),
  'storage.directory': setting(
    filePath,
    '.countersign',
    'Data directory. Also --data-dir and COUNTERSIGN_DATA_DIR.',
    { path: true },
  ),
  'storage.patienceMs': setting(
    wholeNumber(100, 60_000),
    5000,
    'How long a write waits for its turn before it is refused.',
    { unit: 'milliseconds' },
  ),
  'storage.url': setting<string | null>(
    postgresUrl,
    null,
    'PostgreSQL database that keeps everything: postgres://user@host:5432/name. Without it, a file in the data directory does.',
    { defaultText: 'the embedded store in storage.directory' },
  ),
  'storage.passwordFile': file('Password for storage.url; read again at every new connection.', {
    secretFile: true,
  }),
  'storage.tls': setting<PeerTls | null>(
    oneOf('verify-full', 'disable'),
    null,
    'How PostgreSQL is spoken to: verify-full checks its certificate and name.',
    { defaultText: 'verify-full, but disable on a loopback host' },
  ),
  'storage.caFile': file("Certificates in PEM that sign the one of PostgreSQL, instead of the system's."),
  'storage.writers': setting(wholeNumber(1, 64), 4, 'Connections to PostgreSQL that write, in each process.'),
  'storage.readers': setting(wholeNumber(1, 64), 6, 'Connections to PostgreSQL that read, in each process.'),
  'storage.statementTimeoutMs': setting(
    wholeNumber(100, 60_000),
    5000,
    'Longest a statement, or its wait for a lock, may take in PostgreSQL.',
    { unit: 'milliseconds' },
  ),
  'storage.prepareStatements': setting(
    yesOrNo,
    true,
    'false behind a connection pooler that does not keep prepared statements.',
  ),
  'ephemeral.redis.addresses': setting<readonly ListenAddress[]>(
    addressList,
    [],
    'Redis or Valkey, which then keeps what may be lost: pending sign-ins, claims against replay, rate limits. Without it, they are in the store.',
    { defaultText: '[]' },
  ),
  'ephemeral.redis.mode': setting<RedisMode>(
    oneOf('standalone', 'cluster'),
    'standalone',
    'What the addresses are of: one Redis, or some nodes of a cluster, which tell of the others.',
  ),
  'ephemeral.redis.username': setting<string | null>(
    visibleText(128),
    null,
    'User of Redis; has a password.',
    { defaultText: 'the user named default' },
  ),
  'ephemeral.redis.passwordFile': file('Password for Redis; read again at every new connection.', {
    secretFile: true,
  }),
  'ephemeral.redis.tls': setting<PeerTls | null>(
    oneOf('verify-full', 'disable'),
    null,
    'How Redis is spoken to: verify-full checks its certificate and name.',
    { defaultText: 'verify-full, but disable where every address is a loopback host' },
  ),
  'ephemeral.redis.caFile': file("Certificates in PEM that sign the one of Redis, instead of the system's."),
  'ephemeral.redis.prefix': setting(
    visibleText(64),
    'countersign:',
    'Before every key in Redis, so that installations can share one.',
  ),
  'ephemeral.redis.commandTimeoutMs': setting(
    wholeNumber(10, 60_000),
    250,
    'Longest a request waits for an answer of Redis.',
    { unit: 'milliseconds' },
  ),
  'log.level': setting<LogLevelSetting>(
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
    'info',
    'Least level that is logged; read again on SIGHUP.',
  ),
  'rateLimits.enabled': setting(yesOrNo, true, 'The brake on guessing. Switch it off in tests only.'),
  'rateLimits.secretFile': file('Key of the buckets, so that they hold no address and no user name.', {
    secretFile: true,
    defaultText: '<storage.directory>/secrets/rate-limit.key',
  }),
  'rateLimits.clientPerSecond': setting(
    wholeNumber(1, 1_000_000),
    20_000,
    'Requests an authenticated client may make.',
    { unit: 'per second' },
  ),
  'iam.bootstrap.mode': setting<BootstrapMode | null>(
    oneOf('token', 'bootstrap', 'link'),
    null,
    'How the first administrator comes about. Must be chosen; `dev` uses link.',
    {
      defaultText: 'none',
    },
  ),
  'iam.bootstrap.tokenFile': file('The secret of mode token, and of no other mode.', { secretFile: true }),
  'keys.rotationSeconds': seconds(90 * day, 1, year, 'Age at which the signing key is replaced.'),
  'keys.publishSeconds': seconds(
    day,
    0,
    30 * day,
    'How long the next key is published before it signs; at least 600.',
  ),
  'keys.retiredSeconds': seconds(
    7 * day,
    1,
    year,
    'How long a replaced key stays published; at least 3600, any token life and the life of a session.',
  ),
  'keys.checkSeconds': seconds(30, 1, hour, 'How often a process looks for keys that are due.'),
  'keys.allowShortTimes': setting(
    yesOrNo,
    false,
    'Lifts the least key times. For tests: clients that cache keys will fail.',
  ),
  'lifetimes.accessTokenSeconds': seconds(5 * minute, 1, day, 'Life of an access token.'),
  'lifetimes.idTokenSeconds': seconds(5 * minute, 1, day, 'Life of an ID token.'),
  'lifetimes.codeSeconds': seconds(minute, 1, 10 * minute, 'Life of an authorization code.'),
  'lifetimes.pushedRequestSeconds': seconds(5 * minute, 5, 599, 'Life of a pushed authorization request.'),
  'lifetimes.deviceCodeSeconds': seconds(15 * minute, 30, hour, 'How long a person has to approve a device.'),
  'lifetimes.refreshSeconds': seconds(30 * day, 1, year, 'Life of a refresh token family.'),
  'lifetimes.refreshIdleSeconds': seconds(
    7 * day,
    1,
    year,
    'A refresh token not used for so long ends; never more than refreshSeconds.',
  ),
  'lifetimes.interactionSeconds': seconds(10 * minute, 5, hour, 'How long a sign-in may take.'),
  'lifetimes.sessionIdleSeconds': seconds(
    8 * hour,
    1,
    year,
    'A session not used for so long ends; never more than sessionSeconds.',
  ),
  'lifetimes.sessionSeconds': seconds(day, 1, year, 'Life of a session.'),
  'clockSkew.proofSeconds': seconds(30, 0, 60, 'Difference of clocks allowed in DPoP proofs.'),
  'clockSkew.assertionSeconds': seconds(60, 0, 60, 'Difference of clocks allowed in client assertions.'),
  'passwords.minLength': setting(wholeNumber(12, 128), 12, 'Least length of a new password.', {
    unit: 'characters',
  }),
  'passwords.hashConcurrency': setting(
    wholeNumber(1, 256),
    Math.max(1, Math.min(3, availableParallelism() - 1)),
    'Password hashes computed at once.',
    {
      defaultText: 'processor cores - 1, at least 1, at most 3 of the four threads Node has',
    },
  ),
  'passwords.hashQueue': setting(
    wholeNumber(0, 10_000),
    64,
    'Password hashes that may wait; further sign-ins are told to come back.',
  ),
  'outbound.allowedNetworks': setting<readonly string[]>(
    cidrList('opens every network inside to whoever may name a URL. Name the networks that clients live in'),
    [],
    'Networks inside (private, loopback, link-local …) that URLs of clients may reach, over http too. Public addresses need no entry, and https. `dev` allows loopback.',
    { defaultText: '[]' },
  ),
  'outbound.sealed': setting(
    yesOrNo,
    false,
    'No connection leaves this process but to its store: keys, requests and sectors by reference are refused, and logouts wait to be told.',
  ),
  'outbound.caFile': file(
    'Certificates in PEM that outgoing TLS trusts beside the usual authorities; read at start.',
  ),
  'secrets.envelopeKeyFile': file(
    'The key that seals every other secret. Whoever has it and the database has everything.',
    {
      secretFile: true,
      defaultText: '<storage.directory>/secrets/envelope.key',
    },
  ),
  'features.mlDsa': setting(
    yesOrNo,
    false,
    'Experimental: ML-DSA-44 and ML-DSA-65 (RFC 9964) as signature algorithms. Few clients know them.',
  ),
};

export const settingPaths = Object.keys(schema) as readonly SettingPath[];

export function isSettingPath(path: string): path is SettingPath {
  return Object.hasOwn(schema, path);
}

/** Paths that have settings below them: `server`, `server.tls`. */
export const sectionPaths: ReadonlySet<string> = new Set(
  settingPaths
    .flatMap((path) => path.split('.').map((_, index, parts) => parts.slice(0, index).join('.')))
    .filter((path) => path !== ''),
);

/** `rateLimits.enabled` → `COUNTERSIGN_RATE_LIMITS__ENABLED`. */
export function variableName(path: SettingPath): string {
  const parts = path.split('.').map((part) => part.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase());
  return `COUNTERSIGN_${parts.join('__')}`;
}
