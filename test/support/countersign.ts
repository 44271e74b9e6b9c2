/** A server process as an operator runs it: from the bin, on a data directory whose path holds a space. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepLog } from '../../scripts/canaries.ts';
import { repositoryRoot } from '../../scripts/lib/tree.ts';
import { storeSettings } from './shared-store.ts';

export const bin = join(repositoryRoot, 'packages/server/bin/countersign.js');

export interface StartOptions {
  /** Names the kept log. */
  readonly name: string;
  readonly command?: 'dev' | 'serve';
  /** Absent: a new one, removed at the end. */
  readonly dataDirectory?: string;
  readonly port?: number;
  readonly parameters?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command that is given the server's to become it, as `env` does. */
  readonly wrapper?: readonly string[];
}

export interface Countersign {
  readonly issuer: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly setupLink: string;
  /** From spawn to the line that says it is ready. */
  readonly readyAfterMs: number;
  /** What it has printed and logged so far. */
  output(): string;
  /** Runs a command on the data directory, beside the server, with `--json`. */
  cli<Answer>(parameters: readonly string[], input?: string): Promise<Answer>;
  /** SIGTERM; asserts exit 0 and that no log line leaks. Idempotent. */
  stop(): Promise<void>;
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>;
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const readyWithinMs = 60_000;
const stoppedWithinMs = 60_000;

/** A new folder with a space in its name, removed when the stack is disposed of. */
export function temporaryFolder(cleaning: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign e2e '));
  cleaning.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Resolves when the server answers. Disposing of the stack stops it, which may throw as `stop` does. */
export async function startCountersign(
  cleaning: AsyncDisposableStack,
  options: StartOptions,
): Promise<Countersign> {
  const dataDirectory = options.dataDirectory ?? join(temporaryFolder(cleaning), 'data');
  const port = options.port ?? (await findFreePort());
  const command = options.command ?? 'dev';
  const store = await storeSettings(dataDirectory);
  const startedAt = performance.now();
  const child = spawnCountersign(
    [command, '--json', ...(options.parameters ?? [])],
    {
      COUNTERSIGN_DATA_DIR: dataDirectory,
      ...store,
      ...(command === 'dev' ? { PORT: String(port) } : { COUNTERSIGN_SERVER__LISTEN: `127.0.0.1:${port}` }),
      ...options.env,
    },
    options.wrapper,
  );
  const printed = collect(child);
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const output = (): string => printed.stdout() + printed.stderr();
  let ending: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    ending ??= (async () => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), stoppedWithinMs);
      const [status, signal] = await exited;
      clearTimeout(late);
      assert.deepEqual({ status, signal }, { status: 0, signal: null }, output());
      keepLog(options.name, output());
    })();
    return ending;
  };
  const kill = (): Promise<void> => {
    ending ??= (async () => {
      child.kill('SIGKILL');
      await exited;
      keepLog(options.name, output());
    })();
    return ending;
  };
  cleaning.defer(stop);
  const ready = await waitForReady(child, printed);
  return {
    issuer: ready.issuer,
    port,
    dataDirectory,
    setupLink: ready.setup_link ?? '',
    readyAfterMs: performance.now() - startedAt,
    output,
    async cli<Answer>(parameters: readonly string[], input = '') {
      const env = { COUNTERSIGN_DATA_DIR: dataDirectory, ...store, ...options.env };
      const ended = await runCountersign([...parameters, '--json'], { env, input });
      assert.equal(ended.status, 0, `countersign ${parameters.join(' ')} failed:\n${ended.stderr}`);
      return JSON.parse(ended.stdout) as Answer;
    },
    stop,
    kill,
  };
}

/** Runs a command to its end; what the command answers is for the caller to judge. */
export async function runCountersign(
  parameters: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Ended> {
  return endOf(spawnCountersign(parameters, options.env ?? {}), options.input);
}

/** Everything a child printed, once it has ended by itself. */
export async function endOf(child: ChildProcess, input = ''): Promise<Ended> {
  const printed = collect(child);
  child.stdin?.end(input);
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { status, signal, stdout: printed.stdout(), stderr: printed.stderr() };
}

export function spawnCountersign(
  parameters: readonly string[],
  env: Readonly<Record<string, string>>,
  wrapper: readonly string[] = [],
): ChildProcess {
  const [program = '', ...rest] = [...wrapper, process.execPath, bin, ...parameters];
  return spawn(program, rest, {
    env: countersignEnvironment(env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** The environment of this process without what steers the test runner or belongs to another instance. */
export function countersignEnvironment(more: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || /^(?:NODE_TEST_CONTEXT|NODE_OPTIONS|PORT|COUNTERSIGN_.*)$/.test(name)
      ? []
      : [[name, value] as const],
  );
  return { ...Object.fromEntries(kept), ...more };
}

export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

interface Printed {
  stdout(): string;
  stderr(): string;
}

function collect(child: ChildProcess): Printed {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  return { stdout: () => text.stdout, stderr: () => text.stderr };
}

interface Ready {
  readonly issuer: string;
  readonly setup_link: string | null;
}

/** Resolves with what the process printed when it began to answer. */
async function waitForReady(child: ChildProcess, printed: Printed): Promise<Ready> {
  const { promise, resolve, reject } = Promise.withResolvers<Ready>();
  const fail = (why: string): void => reject(new Error(`${why}:\n${printed.stdout()}${printed.stderr()}`));
  const look = (): void => {
    const text = printed.stdout();
    if (text.trimEnd().endsWith('}')) resolve(JSON.parse(text) as Ready);
  };
  const onClose = (): void => fail('the server ended instead of starting');
  const timer = setTimeout(() => fail('the server did not start in time'), readyWithinMs);
  child.stdout?.on('data', look);
  child.once('close', onClose);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    child.stdout?.off('data', look);
    child.off('close', onClose);
  }
}
