import { cpSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './run.ts';
import { repositoryRoot } from './tree.ts';

/** Copies the working tree without what git ignores; installed packages are linked, our own point into the copy. */
export async function copyTree(target: string): Promise<void> {
  const { status, text } = await run('git', [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
    '-z',
  ]);
  if (status !== 0) throw new Error(`git ls-files failed: ${text}`);
  for (const name of text.split('\0').filter((path) => path !== '')) {
    mkdirSync(dirname(join(target, name)), { recursive: true });
    cpSync(join(repositoryRoot, name), join(target, name), { force: true });
  }
  linkModules(join(repositoryRoot, 'node_modules'), join(target, 'node_modules'));
}

function linkModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const link = join(to, entry.name);
    // A relative link (a workspace, a program in .bin) means the same place inside the copy.
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), link);
    else if (entry.name === '.bin' || entry.name === '@countersign') linkModules(source, link);
    else symlinkSync(source, link);
  }
}
