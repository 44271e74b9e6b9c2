import { accessSync, constants, existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.ts';

/** A program that tests need and that is no package of ours. */
export interface Peer {
  readonly name: string;
  /** Environment variable that names the program to the tests. */
  readonly variable: string;
  readonly programs: readonly string[];
  /** Where to look beside PATH; a pattern, of whose folders the last in order of names comes first. */
  readonly folders?: string;
  /** Of what the program needs beside itself: it counts as missing without them. */
  readonly files?: readonly string[];
  /** Packages of a Debian-like distribution. */
  readonly distributionPackages: readonly string[];
}

export const chromium: Peer = {
  name: 'Chromium',
  variable: 'CHROMIUM_PATH',
  programs: ['chromium', 'chromium-browser', 'google-chrome'],
  distributionPackages: ['chromium'],
};

/** Debian keeps its programs out of PATH, a folder for each version. */
export const postgresql: Peer = {
  name: 'PostgreSQL',
  variable: 'POSTGRES_PATH',
  programs: ['postgres'],
  folders: '/usr/lib/postgresql/*/bin',
  distributionPackages: ['postgresql'],
};

/** Or Valkey, which is named by the variable. */
export const redis: Peer = {
  name: 'Redis',
  variable: 'REDIS_PATH',
  programs: ['redis-server', 'valkey-server'],
  distributionPackages: ['redis-server'],
};

/** Shows which addresses a process speaks to. */
export const strace: Peer = {
  name: 'strace',
  variable: 'STRACE_PATH',
  programs: ['strace'],
  distributionPackages: ['strace'],
};

/** What the main tests need. */
export const peers: readonly Peer[] = [chromium, postgresql, redis, strace];

export interface PeerResult {
  /** Path of the program; undefined when it is missing and could not be installed. */
  readonly path: string | undefined;
  /** For a person: where it was found, or why it is missing. */
  readonly note: string;
}

/** Finds a peer, or installs it from the distribution where that is possible (root and apt-get). */
export async function providePeer(peer: Peer): Promise<PeerResult> {
  const found = process.env[peer.variable] ?? findPeer(peer);
  if (found !== undefined) return { path: found, note: `${peer.name}: ${found}` };
  const missing = `${peer.name} is missing`;
  if (process.getuid?.() !== 0 || findProgram(['apt-get']) === undefined) {
    return {
      path: undefined,
      note: `${missing}; install it or set ${peer.variable}: the tests that need it are skipped`,
    };
  }
  const failure = await install(peer.distributionPackages);
  const path = findPeer(peer);
  return path === undefined
    ? { path, note: `${missing} and apt-get could not install it: ${failure}` }
    : { path, note: `${peer.name}: ${path}, installed now` };
}

/** Installs without recommendations; refreshes the package list only when the first attempt fails. */
async function install(names: readonly string[]): Promise<string> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // Another installation may be under way on this machine: wait for it.
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  const parameters = [...wait, 'install', '-y', '-q', '--no-install-recommends', ...names];
  if ((await run('apt-get', parameters, { env })).status === 0) return '';
  await run('apt-get', ['update', '-q'], { env });
  const { status, text } = await run('apt-get', parameters, { env });
  return status === 0 ? '' : text.trim().split('\n').slice(-3).join(' ');
}

export function findPeer({ programs, folders, files = [] }: Peer): string | undefined {
  const others = folders === undefined ? [] : globSync(folders).sort().reverse();
  return files.every((file) => existsSync(file)) ? findProgram(programs, others) : undefined;
}

function findProgram(names: readonly string[], folders: readonly string[] = []): string | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...folders]) {
    for (const name of names) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {}
    }
  }
  return undefined;
}
