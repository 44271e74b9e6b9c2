/** Puts the layers together: file over defaults, environment over file, flags over all. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from './config.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type Environment, readEnvironment } from './read-environment.ts';
import { type RawSettings, readConfigFile, unknownSetting } from './read-file.ts';
import { resolveConfig } from './resolve.ts';
import {
  isSettingPath,
  type Setting,
  type SettingPath,
  type Settings,
  schema,
  settingPaths,
  variableName,
} from './schema.ts';
import { ValueError } from './values.ts';

export type Origin = 'default' | 'file' | 'environment' | 'flag';

export interface ConfigSources {
  /** `--config`. Without it COUNTERSIGN_CONFIG, else `countersign.yaml` in the data directory if there is one. */
  readonly file?: string | undefined;
  readonly env: Environment;
  /** Setting path to text, from `--set` and the shorthands. */
  readonly flags?: Readonly<Record<string, string>> | undefined;
  /** `--data-dir`. Without it COUNTERSIGN_DATA_DIR, else `storage.directory`. */
  readonly dataDirectory?: string | undefined;
  /** What a command puts in the place of a default (`dev`). */
  readonly defaults?: Partial<Settings> | undefined;
  /** `dev`: a PORT variable stands for the port of `server.listen`. */
  readonly honourPort?: boolean | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: ReadonlyMap<SettingPath, Origin>;
  /** The single settings, for `config show`. */
  readonly settings: Settings;
  /** Absolute path of the file that was read, or null. */
  readonly file: string | null;
}

interface Layer {
  readonly origin: Origin;
  readonly raw: RawSettings;
  /** What relative paths in this layer are relative to. */
  readonly base: string;
}

export const configFileName = 'countersign.yaml';

/**
 * Reads, parses and checks everything; what comes back needs no further check. Does not open the files that settings name, and
 * does not touch the data directory beyond looking for the configuration file.
 * @throws {ConfigError} with all problems of the first layer that has any, or of the rules over all
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const working = process.cwd();
  const flags = readFlags(sources);
  const environment = withDataDirectory(readEnvironment(sources.env), sources);
  const directory =
    flags.get('storage.directory') ??
    environment.get('storage.directory') ??
    sources.defaults?.['storage.directory'] ??
    schema['storage.directory'].default;
  const file = findFile(sources, String(directory));
  const layers: readonly Layer[] = [
    { origin: 'flag', raw: flags, base: working },
    { origin: 'environment', raw: environment, base: working },
    ...(file === null ? [] : [{ origin: 'file' as const, raw: readConfigFile(file), base: dirname(file) }]),
  ];
  const { settings, origins } = merge(layers, sources.defaults ?? {}, working);
  return { config: resolveConfig(settings), origins, settings, file };
}

function readFlags(sources: ConfigSources): Map<SettingPath, unknown> {
  const values = new Map<SettingPath, unknown>();
  for (const [path, text] of Object.entries(sources.flags ?? {})) {
    if (!isSettingPath(path)) throw new ConfigError([{ path, message: unknownSetting(path) }]);
    values.set(path, text);
  }
  if (sources.dataDirectory !== undefined) values.set('storage.directory', sources.dataDirectory);
  return values;
}

function withDataDirectory(raw: RawSettings, sources: ConfigSources): RawSettings {
  const values = new Map(raw);
  const alias = sources.env.COUNTERSIGN_DATA_DIR;
  if (alias !== undefined) {
    const other = values.get('storage.directory');
    if (other !== undefined && other !== alias) {
      throw new ConfigError([
        {
          path: 'COUNTERSIGN_DATA_DIR',
          message: `and ${variableName('storage.directory')} name different directories. Unset one.`,
        },
      ]);
    }
    values.set('storage.directory', alias);
  }
  const port = sources.env.PORT;
  if (sources.honourPort === true && port !== undefined && !values.has('server.listen')) {
    if (!/^[0-9]{1,5}$/.test(port))
      throw new ConfigError([{ path: 'PORT', message: 'must be a port number.' }]);
    values.set('server.listen', `127.0.0.1:${port}`);
  }
  return values;
}

function findFile(sources: ConfigSources, directory: string): string | null {
  const named = sources.file ?? sources.env.COUNTERSIGN_CONFIG;
  if (named !== undefined) return resolve(named);
  const usual = resolve(directory, configFileName);
  return existsSync(usual) ? usual : null;
}

function merge(
  layers: readonly Layer[],
  defaults: Partial<Settings>,
  working: string,
): { settings: Settings; origins: Map<SettingPath, Origin> } {
  const values: Partial<Record<SettingPath, unknown>> = {};
  const origins = new Map<SettingPath, Origin>();
  const problems: ConfigProblem[] = [];
  for (const path of settingPaths) {
    const setting: Setting<unknown> = schema[path];
    const layer = layers.find(({ raw }) => raw.has(path));
    origins.set(path, layer?.origin ?? 'default');
    if (layer === undefined) {
      values[path] = place(setting, defaults[path] ?? setting.default, working);
      continue;
    }
    try {
      values[path] = place(setting, setting.kind.parse(layer.raw.get(path)), layer.base);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      problems.push({
        path: layer.origin === 'environment' ? `${path} (${variableName(path)})` : path,
        message: `${error.message}.`,
      });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  // Every path of the schema has been parsed by the kind of its own setting.
  return { settings: values as unknown as Settings, origins };
}

function place(setting: Setting<unknown>, value: unknown, base: string): unknown {
  return setting.path && typeof value === 'string' ? resolve(base, value) : value;
}

/** Where the secrets of a data directory lie. */
export function secretsDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'secrets');
}
