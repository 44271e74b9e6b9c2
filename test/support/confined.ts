/** A server on a disk that is full or read-only, also where the tests run as root, for whom modes mean nothing. */
import { spawn, spawnSync } from 'node:child_process';
import { bin, countersignEnvironment, type Ended, endOf } from './countersign.ts';

/** In a mount namespace of its own, what is mounted ends with the process. Without root a user namespace gives the right to it. */
const namespace = [['unshare', '--mount'], ['unshare', '--user', '--map-root-user', '--mount']].find(
  ([command = '', ...parameters]) => {
    const probe = [...parameters, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'];
    return spawnSync(command, probe, { stdio: 'ignore' }).status === 0;
  },
);

/** How the world is changed before the server starts; `$1` is the data directory. */
const plantings = {
  /** A disk of 48 KiB, made for the data directory alone. */
  full: {
    mounted: 'mkdir -p "$1" && mount -t tmpfs -o size=48k,mode=700 tmpfs "$1"',
    // Where nothing may be mounted, no file grows beyond 24 KiB: to a program that is a disk which takes no more.
    otherwise: 'ulimit -f 24',
  },
  /** The data directory as it is, on a disk that takes no write. */
  'read-only': {
    mounted: 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"',
    otherwise: 'chmod -R a-w "$1"',
  },
} as const;

/** Runs `countersign PARAMETERS` on a data directory whose disk is like that; answers when it has ended. */
export async function runOnDisk(
  kind: keyof typeof plantings,
  dataDirectory: string,
  parameters: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const { mounted, otherwise } = plantings[kind];
  const script = `${namespace === undefined ? otherwise : mounted} && shift && exec "$@"`;
  const command = [...(namespace ?? []), 'bash', '-c', script, 'bash', dataDirectory, process.execPath, bin];
  const [program = '', ...rest] = [...command, ...parameters];
  const child = spawn(program, rest, {
    env: countersignEnvironment({ COUNTERSIGN_DATA_DIR: dataDirectory, ...env }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return endOf(child);
}
