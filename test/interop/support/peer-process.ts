/** A peer as a process of its own, which answers on a loopback port. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findLeaks } from '../../../scripts/canaries.ts';

export interface PeerProgram {
  readonly command: string;
  readonly parameters: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Answers below 500 when the peer is ready. */
  readonly readyUrl: string;
  /** Where it writes what it does not print. */
  readonly logFile?: string;
  /** Of the user that it runs as, where the tests are root and the peer should not be. */
  readonly ids?: { readonly uid: number; readonly gid: number };
}

export interface PeerProcess {
  /** What it printed, without the lines that hold a secret or a personal value. */
  output(): string;
  /** SIGTERM, and SIGKILL for one that does not listen. Idempotent. */
  stop(): Promise<void>;
}

const readyWithinMs = 120_000;
const stoppedWithinMs = 10_000;

/** Of the environment of the tests: nothing that steers the runner, trust or the way out. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'JAVA_HOME'];

/** Resolves when it answers. Disposing of the stack stops it. */
export async function startPeer(
  cleaning: AsyncDisposableStack,
  { command, parameters, cwd, env, readyUrl, logFile, ids }: PeerProgram,
): Promise<PeerProcess> {
  const kept = inherited.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const child = spawn(command, [...parameters], {
    ...(cwd !== undefined && { cwd }),
    ...ids,
    env: { ...Object.fromEntries(kept), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
  const logged = (): string =>
    logFile !== undefined && existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
  const output = (): string => withoutLeaks(said + logged());
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const hasEnded = (): boolean =>
    failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    if (hasEnded()) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), stoppedWithinMs);
    await exited;
    clearTimeout(late);
  };
  cleaning.defer(stop);
  const deadline = performance.now() + readyWithinMs;
  while (!(await answers(readyUrl))) {
    if (hasEnded()) throw new Error(`${command} ended at its start: ${failure?.message ?? ''}\n${output()}`);
    if (performance.now() > deadline) throw new Error(`${command} was not ready in time:\n${output()}`);
    await sleep(100);
  }
  return { output, stop };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5000) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.status < 500;
    },
    () => false,
  );
}

/** Without the lines that hold a secret or a personal value. */
export function withoutLeaks(text: string): string {
  const leaking = new Map(findLeaks(text).map(({ lineNumber, what }) => [lineNumber, what]));
  return text
    .split('\n')
    .map((line, index) => (leaking.has(index + 1) ? `(a line with ${leaking.get(index + 1)})` : line))
    .join('\n');
}
