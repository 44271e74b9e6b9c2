import { cpSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnce, peersFolder } from '../cache.ts';
import type { Installed } from './npm.ts';
import { requireTool, runTool } from './tool.ts';

const python = {
  name: 'Python',
  variable: 'PYTHON_PATH',
  programs: ['python3'],
  distributionPackages: ['python3', 'python3-venv'],
} as const;

/** Installs the peer's hashed requirements into a virtual environment; `subject` is the package whose version counts. */
export async function installPython(peer: string, subject: string): Promise<Installed> {
  const path = await requireTool(python);
  const folder = await buildOnce({
    peer,
    toolchain: (await runTool(path, ['--version'])).trim(),
    async build(target) {
      cpSync(join(peersFolder, peer), target, { recursive: true });
      await runTool(path, ['-m', 'venv', join(target, 'venv')]);
      const pip = [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--only-binary',
        ':all:',
      ];
      await runTool(join(target, 'venv/bin/python'), [
        ...pip,
        ...['--require-hashes', '--requirement', join(target, 'requirements.txt')],
      ]);
    },
  });
  const [information = ''] = globSync(`venv/lib/python3*/site-packages/${subject}-*.dist-info`, {
    cwd: folder,
  });
  return { version: /-([^-/]+)\.dist-info$/.exec(information)?.[1] ?? '', folder };
}
