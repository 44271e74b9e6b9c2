/** Where a secret is. Files that are applied hold none. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Entry } from './entry.ts';

export interface SecretReference {
  /** `secretFile web.secret`, for people. */
  readonly describes: string;
  /** The secret itself; a line end at its end does not count. @throws {DeclarationError} */
  read(env: Readonly<Record<string, string | undefined>>): string;
}

export const secretMembers: readonly string[] = ['secretFile', 'secretEnv'];
const maxBytes = 4096;

export function readSecretReference(entry: Entry): SecretReference | undefined {
  const [file, variable] = [entry.text('secretFile'), entry.text('secretEnv')];
  if (file !== undefined && variable !== undefined)
    throw entry.refusal('secretEnv', 'and secretFile exclude each other');
  if (file !== undefined) {
    if (file === '' || file.includes('\0')) throw entry.refusal('secretFile', 'must be a path');
    const path = resolve(entry.source.directory, file);
    return { describes: `secretFile ${file}`, read: () => readFile(entry, path) };
  }
  if (variable === undefined) return undefined;
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(variable))
    throw entry.refusal('secretEnv', 'must be the name of a variable');
  return {
    describes: `secretEnv ${variable}`,
    read(env) {
      const value = env[variable];
      if (value === undefined || value === '')
        throw entry.refusal('secretEnv', `names ${variable}, which is not set`);
      return value;
    },
  };
}

function readFile(entry: Entry, path: string): string {
  const problem = (text: string, cause?: unknown) =>
    entry.refusal('secretFile', `(${path}) ${text}`, { cause });
  try {
    const found = statSync(path);
    if (!found.isFile()) throw problem('is no file');
    if (found.size > maxBytes) throw problem(`is larger than ${maxBytes} bytes`);
    const secret = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (secret === '') throw problem('is empty');
    return secret;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!/^E[A-Z]+$/.test(code)) throw error;
    throw problem(code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`, error);
  }
}
