/** Runs what installs and builds peers: at low priority, quietly, and with its last words when it fails. */
import { type Peer, providePeer } from '../../../../scripts/lib/peers.ts';
import { run } from '../../../../scripts/lib/run.ts';

/** Something is not on this machine and cannot be installed here: the peer's tests are skipped, which CI refuses. */
export class MissingTool extends Error {
  override readonly name = 'MissingTool';
}

/** @throws {MissingTool} with what a person can do about it */
export async function requireTool(tool: Peer): Promise<string> {
  const { path, note } = await providePeer(tool);
  if (path === undefined) throw new MissingTool(note);
  return path;
}

const lastLines = 30;

/** Answers the standard output. @throws with the last lines of everything it said when it fails */
export async function runTool(
  command: string,
  parameters: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<string> {
  const { status, text, output } = await run('nice', ['-n', '10', command, ...parameters], {
    ...options,
    env: { NODE_OPTIONS: undefined, NODE_TEST_CONTEXT: undefined, ...options.env },
  });
  if (status === 0) return output;
  const said = text.trimEnd().split('\n').slice(-lastLines).join('\n');
  throw new Error(`${command} ${parameters.join(' ')} failed with status ${status}:\n${said}`);
}
