/** Runs the command line as its own process, in a directory that goes away with the test. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../bin/countersign.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:COUNTERSIGN_|NODE_|PORT$)/.test(name),
  );
  return spawn(process.execPath, [launcher, ...args], { env: { ...Object.fromEntries(inherited), ...env } });
}

export async function run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = start(args, options.env);
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  return finish(child);
}

export async function finish(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

/** Resolves with the text so far when standard output has matched. Rejects when the process ends before. */
export function waitForOutput(child: ChildProcessWithoutNullStreams, pattern: RegExp): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (pattern.test(text)) resolve(text);
  });
  child.once('close', () => reject(new Error(`ended before ${pattern}: ${text}`)));
  return promise;
}

/** A port that was free, with the one after it free too. */
export async function freePort(): Promise<number> {
  for (;;) {
    const first = await listen(0);
    const { port } = first;
    const second = port < 65_535 ? await listen(port + 1).catch(() => undefined) : undefined;
    await Promise.all([first.close(), second?.close()]);
    if (second !== undefined) return port;
  }
}

async function listen(port: number): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
