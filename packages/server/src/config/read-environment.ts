/** Reads `COUNTERSIGN_…` variables into raw values by path. */
import { ConfigError } from './config-error.ts';
import { nearest } from './nearest.ts';
import type { RawSettings } from './read-file.ts';
import { type SettingPath, settingPaths, variableName } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of ours that are no settings: where to find the instance, and the remote commands' own. */
const otherVariables: ReadonlySet<string> = new Set([
  'COUNTERSIGN_URL',
  'COUNTERSIGN_TOKEN',
  'COUNTERSIGN_DATA_DIR',
  'COUNTERSIGN_CONFIG',
]);

/** What Kubernetes puts into every pod beside a service of the name `countersign`. */
const serviceLink =
  /^COUNTERSIGN_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_[0-9]+_(?:TCP|UDP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/** @throws {ConfigError} naming each variable that starts with COUNTERSIGN_ and is none of ours */
export function readEnvironment(environment: Environment): RawSettings {
  const paths = new Map(settingPaths.map((path) => [variableName(path), path]));
  const names = Object.keys(environment).filter(
    (name) => name.startsWith('COUNTERSIGN_') && environment[name] !== undefined,
  );
  const unknown = names.filter(
    (name) => !paths.has(name) && !otherVariables.has(name) && !isServiceLink(name, environment),
  );
  if (unknown.length > 0) {
    throw new ConfigError(
      unknown.map((name) => ({
        path: name,
        message: `is not a setting; the nearest variable is ${nearest(name, [...paths.keys(), ...otherVariables])}. Correct it or unset it.`,
      })),
    );
  }
  const values = new Map<SettingPath, unknown>();
  for (const [name, path] of paths) {
    if (environment[name] !== undefined) values.set(path, environment[name]);
  }
  return values;
}

/** COUNTERSIGN_PORT=9500 is somebody's mistake and must be told; tcp://10.0.0.1:9400 is a service link. */
function isServiceLink(name: string, environment: Environment): boolean {
  return (
    serviceLink.test(name) &&
    (name !== 'COUNTERSIGN_PORT' || /^(?:tcp|udp):\/\//.test(environment[name] ?? ''))
  );
}
