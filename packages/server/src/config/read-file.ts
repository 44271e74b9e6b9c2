/** Reads `countersign.yaml` into raw values by path. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { nearest } from './nearest.ts';
import { isSettingPath, type SettingPath, sectionPaths, settingPaths } from './schema.ts';

export type RawSettings = ReadonlyMap<SettingPath, unknown>;

/** @throws {ConfigError} when the file cannot be read, is not YAML, or holds a key that is no setting */
export function readConfigFile(path: string): RawSettings {
  const document = parseDocument(readText(path), { uniqueKeys: true, strict: true, merge: false });
  const [broken] = [...document.errors, ...document.warnings];
  if (broken !== undefined)
    throw new ConfigError([{ path, message: `is not valid YAML: ${broken.message.trim()}` }]);
  const content: unknown = document.toJS({ maxAliasCount: 0 });
  if (content === null || content === undefined) return new Map();
  const values = new Map<SettingPath, unknown>();
  const problems: ConfigProblem[] = [];
  collect('', content, values, problems);
  if (problems.length > 0)
    throw new ConfigError(
      problems.map((problem) => ({ ...problem, message: `${problem.message} (${path})` })),
    );
  return values;
}

function collect(
  prefix: string,
  content: unknown,
  values: Map<SettingPath, unknown>,
  problems: ConfigProblem[],
): void {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push({ path: prefix === '' ? 'the file' : prefix, message: 'must be a mapping of settings.' });
    return;
  }
  for (const [key, value] of Object.entries(content)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (isSettingPath(path)) {
      values.set(path, value);
    } else if (!sectionPaths.has(path)) {
      problems.push({ path, message: unknownSetting(path) });
    } else if (value !== null) {
      collect(path, value, values, problems);
    }
  }
}

export function unknownSetting(path: string): string {
  const known = nearest(path, [...settingPaths, ...sectionPaths]);
  return `is not a setting; the nearest one is ${known}. See: countersign config show --explain`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const reason =
      code === 'ENOENT'
        ? 'does not exist. Name another with --config, or make one: countersign init'
        : `cannot be read (${code}).`;
    throw new ConfigError([{ path, message: reason }]);
  }
}
