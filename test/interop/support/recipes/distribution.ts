import type { Peer } from '../../../../scripts/lib/peers.ts';
import type { Installed } from './npm.ts';
import { MissingTool, requireTool, runTool } from './tool.ts';

/** Installs packages of the distribution; the last one is the one whose version counts, without the distribution's part of it. */
export async function installFromDistribution(peer: Peer): Promise<Installed & { readonly program: string }> {
  const program = await requireTool(peer);
  const subject = peer.distributionPackages.at(-1) ?? '';
  const status = await runTool('dpkg-query', ['--status', subject]).catch(() => {
    throw new MissingTool(`${peer.name} is not from a package ${subject}: its version cannot be told`);
  });
  const version = /^Version: (?:\d+:)?(\S+?)(?:-[^-\s]*)?$/m.exec(status)?.[1] ?? '';
  return { version, folder: '', program };
}
