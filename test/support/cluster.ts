/** Server processes started from the bin on one store, as an operator would. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type DatabaseServer, databaseSettings, storeSettings } from './shared-store.ts';

const bin = fileURLToPath(new URL('../../packages/server/bin/countersign.js', import.meta.url));

export interface Node {
  readonly url: string;
  readonly port: number;
  /** Everything the process wrote. */
  readonly output: () => string;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL: nothing is flushed. */
  kill(): Promise<void>;
}

export interface Cluster {
  readonly directory: string;
  /** Environment of every process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly issuer: string;
  /** Starts one more process; all have one issuer. `port` to start one again where it was. */
  start(port?: number): Promise<Node>;
  /** Runs a command on the data directory and answers its JSON. */
  cli(...args: readonly string[]): Promise<Record<string, unknown>>;
  cliWithInput(input: string, ...args: readonly string[]): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export interface ClusterOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** A server of the test's own; without it the store is the one that the run is on. */
  readonly postgres?: DatabaseServer;
}

export async function openCluster({ settings = {}, postgres }: ClusterOptions = {}): Promise<Cluster> {
  const directory = join(mkdtempSync(join(tmpdir(), 'countersign-cluster-')), 'data');
  const firstPort = await freePort();
  const issuer = `http://localhost:${firstPort}`;
  const environment = {
    ...cleanEnvironment(),
    COUNTERSIGN_DATA_DIR: directory,
    COUNTERSIGN_SERVER__PUBLIC_URL: issuer,
    COUNTERSIGN_IAM__BOOTSTRAP__MODE: 'link',
    COUNTERSIGN_RATE_LIMITS__ENABLED: 'false',
    COUNTERSIGN_LOG__LEVEL: 'warn',
    ...(await (postgres === undefined ? storeSettings(directory) : databaseSettings(postgres, directory))),
    ...settings,
  };
  const nodes = new Set<Node>();
  const unused = [firstPort];

  async function run(args: readonly string[], input = ''): Promise<Record<string, unknown>> {
    const { stdout } = await new Promise<{ stdout: string }>((resolve, reject) => {
      const child = execFile(
        process.execPath,
        [bin, ...args, '--json'],
        { env: environment, maxBuffer: 64 * 1024 * 1024 },
        (error, out, err) => {
          if (error === null) resolve({ stdout: out });
          else reject(new Error(`countersign ${args.join(' ')}: ${error.message}\n${out}${err}`));
        },
      );
      child.stdin?.end(input);
    });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  await run(['init']);

  return {
    directory,
    environment,
    issuer,
    cli: (...args) => run(args),
    cliWithInput: (input, ...args) => run(args, input),

    async start(wanted) {
      const port = wanted ?? unused.pop() ?? (await freePort());
      const internal = await freePort();
      const child = spawn(process.execPath, [bin, 'serve'], {
        env: {
          ...environment,
          COUNTERSIGN_SERVER__LISTEN: `127.0.0.1:${port}`,
          COUNTERSIGN_SERVER__INTERNAL_LISTEN: `127.0.0.1:${internal}`,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const node = controls(child, port);
      nodes.add(node);
      await untilReady(node, child);
      return node;
    },

    async close() {
      await Promise.all([...nodes].map((node) => node.kill()));
      rmSync(join(directory, '..'), { recursive: true, force: true });
    },
  };
}

function controls(child: ChildProcess, port: number): Node {
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const exited = once(child, 'exit');
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (hasEnded()) return;
    child.kill(signal);
    await exited;
  };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    async stop() {
      await end('SIGTERM');
      return child.exitCode;
    },
    kill: () => end('SIGKILL'),
  };
}

async function untilReady(node: Node, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended at start:\n${node.output()}`);
    const ready = await fetch(`${node.url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await sleep(25);
  }
  throw new Error(`the server was not ready in 30 s:\n${node.output()}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Without settings of the shell that runs the tests. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('COUNTERSIGN_') && name !== 'PORT'),
  );
}
