/** From single settings to the configuration: derived defaults, and the rules that look at more than one setting. */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { isLoopbackHost } from '@countersign/protocol';
import type { Config, ListenAddress, PostgresSettings, RedisSettings } from './config.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import type { SettingPath, Settings } from './schema.ts';
import { networks } from './values.ts';

const shortestPublishSeconds = 600;
const shortestRetiredSeconds = 3600;

/** @throws {ConfigError} with every rule that is broken */
export function resolveConfig(settings: Settings): Config {
  const problems = [
    ...serverProblems(settings),
    ...storageProblems(settings),
    ...redisProblems(settings),
    ...bootstrapProblems(settings),
    ...keyProblems(settings),
    ...featureProblems(settings),
  ];
  if (problems.length > 0) throw new ConfigError(problems);

  const listen = settings['server.listen'];
  const publicUrl = settings['server.publicUrl'] ?? `http://localhost:${listen.port}`;
  const directory = settings['storage.directory'];
  const certFile = settings['server.tls.certFile'];
  const keyFile = settings['server.tls.keyFile'];
  return deepFreeze({
    environment: settings.environment,
    server: {
      publicUrl,
      secure: publicUrl.startsWith('https:'),
      listen,
      internalListen: internalListen(settings),
      tls: certFile === null || keyFile === null ? null : { certFile, keyFile },
      trustedProxies: networks(settings['server.trustedProxies']),
      drainSeconds: settings['server.drainSeconds'],
      maxHeaderBytes: settings['server.maxHeaderBytes'],
    },
    storage: {
      directory,
      patienceMs: settings['storage.patienceMs'],
      postgres: resolvePostgres(settings),
    },
    ephemeral: { redis: resolveRedis(settings) },
    log: { level: settings['log.level'] },
    rateLimits: {
      enabled: settings['rateLimits.enabled'],
      secretFile: settings['rateLimits.secretFile'] ?? join(directory, 'secrets', 'rate-limit.key'),
      clientPerSecond: settings['rateLimits.clientPerSecond'],
    },
    iam: {
      bootstrap: { mode: settings['iam.bootstrap.mode'], tokenFile: settings['iam.bootstrap.tokenFile'] },
    },
    keys: {
      rotationSeconds: settings['keys.rotationSeconds'],
      publishSeconds: settings['keys.publishSeconds'],
      retiredSeconds: settings['keys.retiredSeconds'],
      checkSeconds: settings['keys.checkSeconds'],
    },
    lifetimes: {
      accessTokenSeconds: settings['lifetimes.accessTokenSeconds'],
      idTokenSeconds: settings['lifetimes.idTokenSeconds'],
      codeSeconds: settings['lifetimes.codeSeconds'],
      pushedRequestSeconds: settings['lifetimes.pushedRequestSeconds'],
      deviceCodeSeconds: settings['lifetimes.deviceCodeSeconds'],
      refreshSeconds: settings['lifetimes.refreshSeconds'],
      refreshIdleSeconds: Math.min(
        settings['lifetimes.refreshIdleSeconds'],
        settings['lifetimes.refreshSeconds'],
      ),
      interactionSeconds: settings['lifetimes.interactionSeconds'],
      sessionIdleSeconds: Math.min(
        settings['lifetimes.sessionIdleSeconds'],
        settings['lifetimes.sessionSeconds'],
      ),
      sessionSeconds: settings['lifetimes.sessionSeconds'],
    },
    clockSkew: {
      proofSeconds: settings['clockSkew.proofSeconds'],
      assertionSeconds: settings['clockSkew.assertionSeconds'],
    },
    passwords: {
      minLength: settings['passwords.minLength'],
      hashConcurrency: settings['passwords.hashConcurrency'],
      hashQueue: settings['passwords.hashQueue'],
    },
    outbound: {
      allowedNetworks: networks(settings['outbound.allowedNetworks']),
      sealed: settings['outbound.sealed'],
      caFile: settings['outbound.caFile'],
    },
    secrets: {
      envelopeKeyFile: settings['secrets.envelopeKeyFile'] ?? join(directory, 'secrets', 'envelope.key'),
    },
    features: { mlDsa: settings['features.mlDsa'] },
  });
}

function resolvePostgres(settings: Settings): PostgresSettings | null {
  const url = settings['storage.url'];
  if (url === null) return null;
  const isNear = isLoopbackHost(new URL(url).hostname);
  return {
    url,
    passwordFile: settings['storage.passwordFile'],
    tls: settings['storage.tls'] ?? (isNear ? 'disable' : 'verify-full'),
    caFile: settings['storage.caFile'],
    writers: settings['storage.writers'],
    readers: settings['storage.readers'],
    statementTimeoutMs: settings['storage.statementTimeoutMs'],
    prepareStatements: settings['storage.prepareStatements'],
  };
}

function resolveRedis(settings: Settings): RedisSettings | null {
  const addresses = settings['ephemeral.redis.addresses'];
  if (addresses.length === 0) return null;
  return {
    mode: settings['ephemeral.redis.mode'],
    addresses,
    username: settings['ephemeral.redis.username'],
    passwordFile: settings['ephemeral.redis.passwordFile'],
    tls: settings['ephemeral.redis.tls'] ?? (addresses.every(isLoopbackListen) ? 'disable' : 'verify-full'),
    caFile: settings['ephemeral.redis.caFile'],
    prefix: settings['ephemeral.redis.prefix'],
    commandTimeoutMs: settings['ephemeral.redis.commandTimeoutMs'],
  };
}

function redisProblems(settings: Settings): readonly ConfigProblem[] {
  const addresses = settings['ephemeral.redis.addresses'];
  const mode = settings['ephemeral.redis.mode'];
  const paths = [
    'ephemeral.redis.username',
    'ephemeral.redis.passwordFile',
    'ephemeral.redis.tls',
    'ephemeral.redis.caFile',
  ] as const;
  return [
    ...paths.flatMap((path) =>
      rule(
        settings[path] === null || addresses.length > 0,
        path,
        'is set, but ephemeral.redis.addresses is not: Redis would not be used. Name its address, or remove it.',
      ),
    ),
    ...rule(
      addresses.every(({ port }) => port > 0),
      'ephemeral.redis.addresses',
      'has the port 0, at which nobody can be reached. Name the port of Redis, usually 6379.',
    ),
    ...rule(
      addresses.length <= 1 || mode !== 'standalone',
      'ephemeral.redis.addresses',
      'names more than one Redis, but ephemeral.redis.mode is standalone. Name the one that is written to, or set the mode.',
    ),
    ...rule(
      settings['ephemeral.redis.username'] === null || settings['ephemeral.redis.passwordFile'] !== null,
      'ephemeral.redis.passwordFile',
      'is not set, but ephemeral.redis.username is: Redis knows users by their passwords. Set it, or remove the user.',
    ),
  ];
}

/** Settings that only PostgreSQL reads would otherwise be set and do nothing. */
function storageProblems(settings: Settings): readonly ConfigProblem[] {
  const paths = ['storage.passwordFile', 'storage.tls', 'storage.caFile'] as const;
  return paths.flatMap((path) =>
    rule(
      settings[path] === null || settings['storage.url'] !== null,
      path,
      'is set, but storage.url is not: the embedded store has no use for it. Set storage.url, or remove it.',
    ),
  );
}

function internalListen(settings: Settings): Config['server']['internalListen'] {
  const explicit = settings['server.internalListen'];
  if (explicit !== null) return { ...explicit, explicit: true };
  const port = settings['server.listen'].port;
  return { host: '127.0.0.1', port: port === 0 ? 0 : port === 65_535 ? port - 1 : port + 1, explicit: false };
}

function serverProblems(settings: Settings): readonly ConfigProblem[] {
  const {
    'server.listen': listen,
    'server.publicUrl': publicUrl,
    'server.internalListen': internal,
  } = settings;
  const certFile = settings['server.tls.certFile'];
  const keyFile = settings['server.tls.keyFile'];
  return [
    ...rule(
      publicUrl !== null || (isLoopbackListen(listen) && certFile === null),
      'server.publicUrl',
      `is not set, and ${certFile === null ? `server.listen (${listen.host}) is not a loopback address` : 'server.tls is'}. Clients must be told one address that never changes: set it to the https address they use.`,
    ),
    ...rule(
      publicUrl !== null || listen.port !== 0,
      'server.publicUrl',
      'is not set, and server.listen leaves the port to the system. Set it, or name a port.',
    ),
    ...rule(
      (certFile === null) === (keyFile === null),
      certFile === null ? 'server.tls.certFile' : 'server.tls.keyFile',
      'is not set, but its other half is. TLS needs certificate and key: set both, or neither.',
    ),
    ...rule(
      certFile === null || publicUrl === null || publicUrl.startsWith('https:'),
      'server.publicUrl',
      'is http, but server.tls makes the server answer https only. Make it https.',
    ),
    ...rule(
      internal === null || internal.port === 0 || internal.port !== listen.port,
      'server.internalListen',
      'has the port of server.listen. Metrics must not share the public listener: choose another port.',
    ),
  ];
}

/** IAM-2: nothing permissive by default, a mode and its secret together or not at all. */
function bootstrapProblems(settings: Settings): readonly ConfigProblem[] {
  const mode = settings['iam.bootstrap.mode'];
  const tokenFile = settings['iam.bootstrap.tokenFile'];
  return [
    ...rule(
      mode !== 'token' || tokenFile !== null,
      'iam.bootstrap.tokenFile',
      'is not set, but iam.bootstrap.mode is token. Name a file (mode 0600) that holds the token, or choose another mode.',
    ),
    ...rule(
      mode === 'token' || tokenFile === null,
      'iam.bootstrap.tokenFile',
      `is set, but iam.bootstrap.mode is ${mode ?? 'not set'}. Only mode token has a secret: set iam.bootstrap.mode to token, or remove the file.`,
    ),
  ];
}

function keyProblems(settings: Settings): readonly ConfigProblem[] {
  const {
    'keys.publishSeconds': publish,
    'keys.retiredSeconds': retired,
    'keys.rotationSeconds': rotation,
  } = settings;
  if (settings['keys.allowShortTimes']) return [];
  // The id token of a session comes back as id_token_hint, expired, for as long as the session lasts.
  const longestUse = Math.max(
    settings['lifetimes.accessTokenSeconds'],
    settings['lifetimes.idTokenSeconds'],
    settings['lifetimes.sessionSeconds'],
  );
  const leastRetired = Math.max(shortestRetiredSeconds, longestUse);
  const lift = 'In a test set keys.allowShortTimes to true.';
  return [
    ...rule(
      publish >= shortestPublishSeconds,
      'keys.publishSeconds',
      `is ${publish}, below ${shortestPublishSeconds}: clients that cache our keys would refuse the first tokens of a new one. ${lift}`,
    ),
    ...rule(
      retired >= leastRetired,
      'keys.retiredSeconds',
      `is ${retired}, below ${leastRetired}: tokens or sessions would outlive the key that verifies them. ${lift}`,
    ),
    ...rule(
      rotation > publish,
      'keys.rotationSeconds',
      `is ${rotation}, not more than keys.publishSeconds (${publish}): a key would be replaced before its successor may sign. ${lift}`,
    ),
  ];
}

/** A Node that was built on another OpenSSL may lack what its version has. */
function featureProblems(settings: Settings): readonly ConfigProblem[] {
  return rule(
    !settings['features.mlDsa'] || canMakeMlDsaKeys(),
    'features.mlDsa',
    `is on, but this Node (${process.version}, OpenSSL ${process.versions.openssl}) has no ML-DSA. Use the Node that comes with Countersign, or switch it off.`,
  );
}

function canMakeMlDsaKeys(): boolean {
  try {
    generateKeyPairSync('ml-dsa-44');
    return true;
  } catch {
    return false;
  }
}

function rule(holds: boolean, path: SettingPath, message: string): readonly ConfigProblem[] {
  return holds ? [] : [{ path, message }];
}

function isLoopbackListen(listen: ListenAddress): boolean {
  return isLoopbackHost(listen.host) || /^127(?:\.[0-9]{1,3}){3}$/.test(listen.host);
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Object.isFrozen(member)) deepFreeze(member);
  }
  return Object.freeze(value);
}
