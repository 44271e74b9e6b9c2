export type { Config } from './config.ts';
export { ConfigError } from './config-error.ts';
export {
  type ConfigSources,
  configFileName,
  type LoadedConfig,
  loadConfig,
  secretsDirectory,
} from './load.ts';
export { nearest } from './nearest.ts';
export {
  type SettingPath,
  schema,
  settingPaths,
  variableName,
} from './schema.ts';
