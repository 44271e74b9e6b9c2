/** Child processes of the bench: pinned to processors where that is possible, and ended with the runner. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));
export const binPath = fileURLToPath(new URL('../../packages/server/bin/countersign.js', import.meta.url));

/** Of util-linux; without it nothing is pinned, and the report says so. */
const pinner = 'taskset';
const canPin = process.platform === 'linux' && spawnSync(pinner, ['-c', '0', 'true']).status === 0;
export const pinning = canPin ? pinner : 'none';
export const cores = availableParallelism();

/** Where servers run, one core each, and where the generator does. */
export const serverCore = 0;
export const secondServerCore = 1;
export const generatorCore = cores - 1;

export interface SpawnOptions {
  /** One processor, or null for all. */
  readonly core: number | null;
  readonly ipc?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** Options of node itself. */
  readonly nodeOptions?: readonly string[];
}

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Runs a script of ours with node. Its errors go to our stderr. */
export function spawnNode(script: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const command = [
    ...(canPin && options.core !== null ? [pinner, '-c', String(options.core)] : []),
    process.execPath,
    ...(options.nodeOptions ?? []),
    script,
    ...args,
  ];
  const child = spawn(command[0] ?? '', command.slice(1), {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'inherit', ...(options.ipc === true ? (['ipc'] as const) : [])],
    env: { ...cleanEnvironment(), ...options.environment },
  });
  living.add(child);
  child.once('exit', () => living.delete(child));
  return child;
}

/** The first JSON object on stdout, on one line or on several. Rejects when the child ends before it. */
export function firstJson(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const object = /^\{(?:.*\}$|\n[\s\S]*?^\}$)/m.exec(text)?.[0];
      if (object !== undefined) resolve(JSON.parse(object));
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}\n${text}`)),
    );
  });
}

/** Runs to its end and answers stdout. */
export async function runNode(
  script: string,
  args: readonly string[],
  options: Omit<SpawnOptions, 'core'> = {},
): Promise<string> {
  const child = spawnNode(script, args, { core: null, ...options });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}\n${text}`);
  return text;
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(hard);
}

export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the process did not start');
  return child.pid;
}

/** A loopback port that was free a moment ago: issuers must be known before the server listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Nothing of the caller's shell may change what is measured. */
function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !name.startsWith('COUNTERSIGN_') && name !== 'NODE_OPTIONS',
  );
  return Object.fromEntries(kept) as Record<string, string>;
}
