import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnce, peersFolder } from '../cache.ts';
import { runTool } from './tool.ts';

export interface Installed {
  /** Of the library or program that is tested, as it is installed. */
  readonly version: string;
  /** Where the recipe put it; empty when that is the machine itself. */
  readonly folder: string;
}

/** Installs the peer's lockfile; `subject` is the package whose version counts. No install script runs. */
export async function installNpm(
  peer: string,
  subject: string,
  files: readonly string[] = [],
): Promise<Installed> {
  const folder = await buildOnce({
    peer,
    toolchain: `node ${process.version}`,
    async build(target) {
      for (const file of ['package.json', 'package-lock.json', 'app.mjs', ...files])
        copyFileSync(join(peersFolder, peer, file), join(target, file));
      await runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: target });
    },
  });
  return { version: readVersion(join(folder, 'node_modules', subject)), folder };
}

/** @param folder of an installed npm package */
export function readVersion(folder: string): string {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  return version;
}
