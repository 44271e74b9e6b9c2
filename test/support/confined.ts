/** A server on a disk that is full or read-only, also where the tests run as root, for whom modes mean nothing. */
import { spawn, spawnSync } from 'node:child_process';
import { bin, countersignEnvironment, type Ended, endOf } from './countersign.ts';

/** In a mount namespace of its own, what is mounted ends with the process. Without root a user namespace gives the right to it. */
const namespace = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--mount'],
].find(([command = '', ...parameters]) => {
  const probe = [...parameters, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'];
  return spawnSync(command, probe, { stdio: 'ignore' }).status === 0;
});

/** Without it a limit on the size of files stands in for a full disk, and modes for a read-only one. */
export const canMount = namespace !== undefined;

/** Takes from root what makes modes mean nothing to it, so that the ones planted below hold. */
const obeyingModes =
  canMount || process.getuid?.() !== 0 ? [] : ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];

export type Disk = 'read-only' | { readonly sizeKib: number };

/**
 * Runs `countersign PARAMETERS` to its end on a data directory that lies on a disk of its own: of `sizeKib`, empty and made for it,
 * or the directory as it is on a disk that takes no write.
 */
export async function runOnDisk(
  disk: Disk,
  dataDirectory: string,
  parameters: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const script = `${plant(disk)} && shift && exec "$@"`;
  const command = [...obeyingModes, process.execPath, bin, ...parameters];
  const [program = '', ...rest] = [
    ...(namespace ?? []),
    ...['bash', '-c', script, 'bash', dataDirectory],
    ...command,
  ];
  const child = spawn(program, rest, {
    env: countersignEnvironment({ COUNTERSIGN_DATA_DIR: dataDirectory, ...env }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = await endOf(child);
  if (disk === 'read-only' && !canMount) spawnSync('chmod', ['-R', 'u+w', dataDirectory]);
  return ended;
}

/** How the world is changed before the server starts; `$1` is the data directory. */
function plant(disk: Disk): string {
  if (disk === 'read-only') {
    return canMount ? 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"' : 'chmod -R a-w "$1"';
  }
  const { sizeKib } = disk;
  return canMount
    ? `mkdir -p "$1" && mount -t tmpfs -o size=${sizeKib}k,mode=700 tmpfs "$1"`
    : `ulimit -f ${sizeKib}`;
}
