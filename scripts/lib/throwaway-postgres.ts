/** A PostgreSQL server for one test run: an own process on a free port, in a folder that goes away with it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ThrowawayPostgres {
  /** Of the `postgres` database, as the superuser, password included. */
  readonly url: string;
  readonly passwordFile: string;
  /** Ends the server as an operator would; what it holds stays. */
  pause(): Promise<void>;
  /** SIGKILL to the first process: the others notice, and nothing is written at the end. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** The server refuses root, so that it runs as the distribution's own user then. */
function serverUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** `program`: the path of `postgres`; its companions lie beside it. */
export async function startPostgres(program: string): Promise<ThrowawayPostgres> {
  // It may be a link into the folder of its version.
  const bin = dirname(realpathSync(program));
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'countersign-postgres-'));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${password}\n`);
  const port = await freePort();
  execFileSync(
    join(bin, 'initdb'),
    [
      ...['-D', data, '-U', 'postgres', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
      ...['--auth=scram-sha-256', '--pwfile', passwordFile],
    ],
    { ...user, cwd: folder, stdio: 'ignore' },
  );
  // The machine does not fail during a test run; processes do, and for those the page cache is enough.
  const settings = ['fsync=off', 'full_page_writes=off', 'max_connections=300', 'shared_buffers=64MB'];
  const place = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
  const parameters = [...place, ...settings.flatMap((setting) => ['-c', setting])];

  async function run(): Promise<(signal: NodeJS.Signals) => Promise<void>> {
    const child = spawn(join(bin, 'postgres'), parameters, {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4000);
    });
    const exited = once(child, 'exit');
    await untilReady(bin, port, child, () => said);
    return async (signal) => {
      child.kill(signal);
      await exited;
    };
  }

  let end = await run();
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    passwordFile,
    // Fast shutdown: whoever is still connected is cut off.
    pause: () => end('SIGINT'),
    kill: () => end('SIGKILL'),
    async resume() {
      // The processes of a server that was killed hold its memory until they have noticed.
      for (let attempt = 0; ; attempt += 1) {
        try {
          end = await run();
          return;
        } catch (error) {
          if (attempt === 20) throw error;
          await sleep(100);
        }
      }
    },
    async stop() {
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(bin: string, port: number, child: ChildProcess, said: () => string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) break;
    try {
      execFileSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error(`the PostgreSQL server for the tests did not start:\n${said()}`);
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
