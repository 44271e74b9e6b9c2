import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the kernel's own tick is. */
const ticksPerSecond = 100;

/** Processor time that these processes have used so far, all threads; null where there is no /proc. */
export function cpuSeconds(pids: readonly number[]): number | null {
  try {
    return pids.reduce((total, pid) => total + cpuSecondsOf(pid), 0);
  } catch {
    return null;
  }
}

function cpuSecondsOf(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may hold spaces; what follows is state, then numbered fields from 4 on.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
