/** Builds what is published: `dist/` of each package with types and assets, without tests, and its license. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { run } from './lib/run.ts';
import { listFiles, repositoryRoot } from './lib/tree.ts';

/** In the order in which they need each other's types. */
const packages = ['packages/protocol', 'packages/server'];

for (const folder of packages) {
  const root = join(repositoryRoot, folder);
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const { status, text } = await run('tsc', ['-p', join(root, 'tsconfig.build.json')]);
  if (status !== 0) {
    console.error(text);
    process.exit(1);
  }
  const assets = listFiles(`${folder}/src`, (path) => extname(path) !== '.ts');
  for (const path of assets) {
    const target = join(repositoryRoot, path.replace(`${folder}/src/`, `${folder}/dist/`));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(repositoryRoot, path), target);
  }
  copyFileSync(join(repositoryRoot, 'LICENSE'), join(root, 'LICENSE'));
  for (const name of Object.values(readBin(root))) chmodSync(join(root, name), 0o755);
  console.log(`built ${folder}: ${assets.length} assets beside the compiled files`);
}

function readBin(root: string): Readonly<Record<string, string>> {
  const manifest: { readonly bin?: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  return manifest.bin ?? {};
}
