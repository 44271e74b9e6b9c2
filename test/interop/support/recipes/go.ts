import { join } from 'node:path';
import { buildOnce, peersFolder } from '../cache.ts';
import type { Installed } from './npm.ts';
import { MissingTool, requireTool, runTool } from './tool.ts';

const go = {
  name: 'Go',
  variable: 'GO_PATH',
  programs: ['go'],
  distributionPackages: ['golang-go'],
} as const;

/** Builds one program of the peer's module; `subject` is the module whose version counts. */
export async function buildGo(peer: string, program: string, subject: string): Promise<Installed> {
  const path = await requireTool(go);
  const cwd = join(peersFolder, peer);
  const env = { GOFLAGS: '-mod=readonly -buildvcs=false', CGO_ENABLED: '0', GOWORK: 'off' };
  await runTool(path, ['list', '-m'], { cwd, env }).catch(refuseOldGo);
  const toolchain = (await runTool(path, ['env', 'GOVERSION'], { cwd, env })).trim();
  const folder = await buildOnce({
    peer,
    toolchain,
    async build(target) {
      await runTool(path, ['build', '-trimpath', '-o', join(target, 'peer'), program], { cwd, env });
    },
  });
  const modules = await runTool(path, ['version', '-m', join(folder, 'peer')], { cwd, env });
  const version = new RegExp(`\\s(?:mod|dep)\\s+${subject}\\s+v(\\S+)`).exec(modules)?.[1] ?? '';
  return { version, folder };
}

/** A Go that is older than the module asks for can do nothing in its folder. */
function refuseOldGo(error: unknown): never {
  throw new MissingTool(error instanceof Error ? error.message : String(error));
}
