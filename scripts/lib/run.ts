import { spawn } from 'node:child_process';
import { repositoryRoot } from './tree.ts';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `show` passes the output through as it comes; `keep` (default) only collects it. */
  readonly output?: 'show' | 'keep';
}

export interface RunResult {
  /** Exit status; 128 when a signal ended it. */
  readonly status: number;
  /** Standard output and standard error in the order they came; empty with `show`. */
  readonly text: string;
  /** Standard output alone; empty with `show`. */
  readonly output: string;
}

/** Runs a program to its end. Never throws for a failing program; throws when it cannot be started. */
export function run(
  command: string,
  parameters: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const shown = options.output === 'show';
    const child = spawn(command, [...parameters], {
      cwd: options.cwd ?? repositoryRoot,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
    });
    const chunks: Buffer[] = [];
    const outputChunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      outputChunks.push(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({
        status: code ?? 128,
        text: Buffer.concat(chunks).toString('utf8'),
        output: Buffer.concat(outputChunks).toString('utf8'),
      }),
    );
  });
}
