export type { BootstrapMode, Config, ListenAddress, LogLevelSetting, TrustedProxies } from './config.ts';
export { ConfigError, type ConfigProblem } from './config-error.ts';
export {
  type ConfigSources,
  configFileName,
  type LoadedConfig,
  loadConfig,
  type Origin,
  secretsDirectory,
} from './load.ts';
export { nearest } from './nearest.ts';
export {
  type Setting,
  type SettingPath,
  type Settings,
  schema,
  settingPaths,
  variableName,
} from './schema.ts';
