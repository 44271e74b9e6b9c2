import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type Config,
  type LoadedConfig,
  loadConfig,
  type SettingPath,
  schema,
  settingPaths,
  variableName,
} from '../config/index.ts';
import { loadEnvelopeKeys } from '../keys/envelope.ts';
import { type CommonOptions, present } from './command.ts';
import { CommandError } from './command-error.ts';
import { configSources, requireDataDirectory } from './instance.ts';
import { table } from './table.ts';
import { paint, printable, type Terminal } from './terminal.ts';

export async function showConfig(
  terminal: Terminal,
  options: CommonOptions & { explain?: boolean },
): Promise<void> {
  const loaded = loadConfig(configSources(terminal, options));
  present(terminal, options, toJson(loaded), () => [
    loaded.file === null
      ? 'No configuration file; defaults, environment and flags.'
      : `Configuration of ${loaded.file}, environment and flags.`,
    ...(options.explain === true
      ? settingPaths.flatMap((path) => explain(loaded, path))
      : settingsTable(loaded)),
  ]);
}

/** Opens what `serve` would open, and changes nothing. */
export async function checkConfig(terminal: Terminal, options: CommonOptions): Promise<void> {
  const loaded = loadConfig(configSources(terminal, options));
  requireDataDirectory(loaded);
  loadEnvelopeKeys(loaded.config.secrets.envelopeKeyFile);
  checkFiles(loaded.config);
  present(
    terminal,
    options,
    { valid: true, file: loaded.file, issuer: loaded.config.server.publicUrl },
    () => [
      `${paint(terminal, 'ok', 'Valid')}: ${loaded.config.server.publicUrl} from ${loaded.config.storage.directory}.`,
      ...(loaded.config.iam.bootstrap.mode === null
        ? ['  While there is no administrator, serve also needs iam.bootstrap.mode.']
        : []),
    ],
  );
}

function checkFiles({ rateLimits, iam, server }: Config): void {
  if (rateLimits.enabled && readFileSync(rateLimits.secretFile).length < 16) {
    throw new CommandError(
      'weak_secret',
      `${rateLimits.secretFile} has less than 16 bytes.`,
      `Remove it and run: countersign init`,
    );
  }
  if (iam.bootstrap.tokenFile !== null && readFileSync(iam.bootstrap.tokenFile, 'utf8').trim().length < 16) {
    throw new CommandError(
      'weak_secret',
      `${iam.bootstrap.tokenFile} holds less than 16 characters.`,
      'Fill it with a random token: openssl rand -hex 32',
    );
  }
  if (server.tls === null) return;
  const { certFile, keyFile } = server.tls;
  const certificate = readWith(certFile, 'a certificate in PEM form', (bytes) => new X509Certificate(bytes));
  const key = readWith(keyFile, 'a private key in PEM form without passphrase', (bytes) =>
    createPrivateKey(bytes),
  );
  if (!certificate.checkPrivateKey(key)) {
    throw new CommandError(
      'tls_mismatch',
      `${keyFile} is not the key of ${certFile}.`,
      'Name the two files that belong together.',
    );
  }
}

function readWith<Value>(path: string, what: string, parse: (bytes: Buffer) => Value): Value {
  const bytes = readFileSync(path);
  try {
    return parse(bytes);
  } catch (error) {
    throw new CommandError(
      'unreadable',
      `${path} holds no ${what}.`.replace('no a ', 'no '),
      'Correct server.tls.',
      { cause: error },
    );
  }
}

function toJson(loaded: LoadedConfig): Record<string, unknown> {
  const { origins, file } = loaded;
  const values = settingPaths.map((path) => [
    path,
    {
      value: effective(loaded, path),
      origin: origins.get(path),
      variable: variableName(path),
      unit: schema[path].unit,
      help: schema[path].help,
    },
  ]);
  return { file, settings: Object.fromEntries(values) };
}

function settingsTable(loaded: LoadedConfig): readonly string[] {
  return table(
    ['SETTING', 'VALUE', 'FROM'],
    settingPaths.map((path) => [
      path,
      valueText(path, effective(loaded, path)),
      loaded.origins.get(path) ?? 'default',
    ]),
  );
}

function explain(loaded: LoadedConfig, path: SettingPath): readonly string[] {
  const { help, unit, kind, secretFile } = schema[path];
  const notes = [
    kind.describes,
    ...(unit === null ? [] : [unit]),
    ...(secretFile ? ['file with a secret'] : []),
  ];
  return [
    '',
    `${path} = ${valueText(path, effective(loaded, path))}  (${loaded.origins.get(path)})`,
    `  ${help}`,
    `  ${notes.join('; ')}. Default ${defaultText(path)}. ${variableName(path)}`,
  ];
}

/** What applies: where a setting is derived from others, the result. */
function effective({ config, settings }: LoadedConfig, path: SettingPath): unknown {
  const { server, rateLimits, secrets, lifetimes } = config;
  const derived: Partial<Record<SettingPath, unknown>> = {
    'server.publicUrl': server.publicUrl,
    'server.internalListen': { host: server.internalListen.host, port: server.internalListen.port },
    'rateLimits.secretFile': rateLimits.secretFile,
    'secrets.envelopeKeyFile': secrets.envelopeKeyFile,
    'lifetimes.refreshIdleSeconds': lifetimes.refreshIdleSeconds,
    'lifetimes.sessionIdleSeconds': lifetimes.sessionIdleSeconds,
  };
  return derived[path] ?? settings[path];
}

function defaultText(path: SettingPath): string {
  return schema[path].defaultText ?? valueText(path, schema[path].default);
}

function valueText(path: SettingPath, value: unknown): string {
  if (value === null) return schema[path].defaultText ?? '-';
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (typeof value === 'object' && 'host' in value && 'port' in value) return `${value.host}:${value.port}`;
  return printable(String(value));
}
