import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');

const skippedFolders = new Set(['node_modules', 'dist', 'coverage']);

/** Paths of all files below `folder`, relative to the repository, with `/`, sorted. An absent folder has none. */
export function listFiles(folder: string, matches: (path: string) => boolean): readonly string[] {
  const found: string[] = [];
  const visit = (absolute: string): void => {
    for (const entry of readDirectory(absolute)) {
      const path = join(absolute, entry.name);
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name) && !entry.name.startsWith('.')) visit(path);
        continue;
      }
      const name = toRepositoryPath(path);
      if (entry.isFile() && matches(name)) found.push(name);
    }
  };
  visit(join(repositoryRoot, folder));
  return found.sort();
}

export function toRepositoryPath(absolute: string): string {
  return relative(repositoryRoot, absolute).split(sep).join('/');
}

function readDirectory(absolute: string) {
  try {
    return readdirSync(absolute, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
