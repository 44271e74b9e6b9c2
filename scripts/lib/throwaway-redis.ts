/** A Redis server for one test run: an own process on a free port, in a folder that goes away with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ThrowawayRedis {
  readonly host: string;
  readonly port: number;
  /** Of the user named `default`. */
  readonly password: string;
  readonly passwordFile: string;
  /** Goes away with the server. */
  readonly folder: string;
  /** One command as the default user; the whole answer as it came. */
  ask(...command: readonly string[]): Promise<string>;
  /** SIGKILL: nothing is written at the end, and what was held is gone. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  resume(): Promise<void>;
  /** Takes connections and answers nothing (SIGSTOP), until `thaw`. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** `program`: the path of `redis-server` or `valkey-server`. `settings`: more lines of its file. */
export async function startRedis(
  program: string,
  settings: readonly string[] = [],
  password: string = randomBytes(12).toString('hex'),
): Promise<ThrowawayRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-redis-'));
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${password}\n`);
  const host = '127.0.0.1';
  const port = await freePort();
  // A file, since the command line of a process is there for all to read.
  const settingsFile = join(folder, 'redis.conf');
  writeFileSync(
    settingsFile,
    [
      ...[`bind ${host}`, `port ${port}`, `dir ${folder}`],
      ...[`requirepass ${password}`, `masterauth ${password}`],
      ...['save ""', 'appendonly no', 'maxmemory 64mb', 'maxmemory-policy noeviction'],
      ...settings,
    ].join('\n'),
  );
  let child: ChildProcess;
  const run = async (): Promise<void> => {
    child = spawn(program, [settingsFile], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4000);
    });
    const deadline = Date.now() + 20_000;
    while (child.exitCode === null && Date.now() < deadline) {
      const answer = await ask('PING').catch(() => '');
      if (answer.includes('PONG')) return;
      await sleep(20);
    }
    throw new Error(`the Redis server for the tests did not start:\n${said}`);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };

  async function ask(...command: readonly string[]): Promise<string> {
    const socket = connect(port, host);
    socket.setTimeout(2000, () => socket.destroy(new Error('no answer')));
    try {
      await once(socket, 'connect');
      const lines = [['AUTH', password], command];
      socket.end(lines.map(encode).join(''));
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk);
      const answers = Buffer.concat(chunks).toString();
      return answers.replace(/^\+OK\r\n/, '');
    } finally {
      socket.destroy();
    }
  }

  await run();
  return {
    host,
    port,
    password,
    passwordFile,
    folder,
    ask,
    kill: () => end('SIGKILL'),
    resume: run,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
