/** The files of an `apply`, read whole and within bounds. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DeclarationError } from './declaration-error.ts';

export interface Source {
  /** As it was named. */
  readonly name: string;
  readonly text: string;
  /** What relative paths in it start from; absolute. */
  readonly directory: string;
}

export const maxFileBytes = 16 * 1024 * 1024;
const maxFiles = 1000;

/**
 * Each path is a file, or a directory whose `.yaml` and `.yml` files are meant, by name and not those further down. Symbolic links
 * are followed: a mounted ConfigMap is made of them.
 * @throws {DeclarationError} when there is nothing, or too much
 */
export function readSources(paths: readonly string[]): readonly Source[] {
  const files = paths.flatMap((path) => (statSync(path).isDirectory() ? yamlFilesOf(path) : [path]));
  if (files.length > maxFiles) {
    throw new DeclarationError([{ path: paths.join(', '), message: `holds more than ${maxFiles} files.` }]);
  }
  return files.map((file) => {
    const { size } = statSync(file);
    if (size > maxFileBytes) {
      throw new DeclarationError([{ path: file, message: `is larger than ${maxFileBytes} bytes.` }]);
    }
    return { name: file, text: readFileSync(file, 'utf8'), directory: dirname(resolve(file)) };
  });
}

function yamlFilesOf(directory: string): readonly string[] {
  const files = readdirSync(directory)
    .filter((name) => /^[^.].*\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
  if (files.length > 0) return files;
  throw new DeclarationError([{ path: directory, message: 'holds no .yaml file.' }]);
}
