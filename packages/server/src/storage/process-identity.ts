/** Who writes, and whether another writer still lives. Judged outside of any transaction. */
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProcessRow } from './sql/processes.ts';

/** How old the last sign of life of a process on another host may be. */
const silentAfterSeconds = 30;

export function identifyProcess(name: string): Omit<ProcessRow, 'beat_at'> {
  const { pid } = process;
  return {
    id: `${name}-${randomBytes(9).toString('base64url')}`,
    name,
    host: identifyHost(),
    pid,
    started: startMark(pid) ?? '',
  };
}

/**
 * On the same host the system knows: dead when the pid is gone or was given to another program. Elsewhere silence
 * is all there is. A stopped or sleeping process of this host is therefore never taken for dead.
 */
export function isDead(other: ProcessRow, self: Omit<ProcessRow, 'beat_at'>, now: number): boolean {
  if (other.host !== self.host) return now - other.beat_at > silentAfterSeconds;
  if (!isRunning(other.pid)) return true;
  const mark = startMark(other.pid);
  return mark !== undefined && other.started !== '' && mark !== other.started;
}

/** Two containers of one name, or one host before and after a boot, are different hosts. */
function identifyHost(): string {
  const boot = quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const space = quietly(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot ?? '', space ?? ''].join('/');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat: ticks from boot to start. The name in field 2 may hold blanks and brackets. */
function startMark(pid: number): string | undefined {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
