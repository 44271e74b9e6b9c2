import { readFileSync } from 'node:fs';
import { plainMeasure, type Row } from '../row.ts';
import { freePort, pidOf, stopChild } from '../subjects/child.ts';
import { type Installation, installCountersign, spawnCountersign } from '../subjects/countersign.ts';
import { names } from '../subjects/names.ts';

const starts = 5;
const idleMs = 3000;
const giveUpMs = 20_000;

export const footprint: Row = {
  id: 'footprint',
  title: 'idle memory and time from start to first token, embedded store',
  async run(bench) {
    const seconds: number[] = [];
    const megabytes: number[] = [];
    const firstStarts: number[] = [];
    for (let start = 0; start < starts; start += 1) {
      const installation = await installCountersign();
      bench.defer(installation.remove);
      // The first start on a directory makes signing keys and has no compile cache of its own; both count.
      firstStarts.push((await startOnce(installation, 0)).seconds);
      const again = await startOnce(installation, idleMs);
      seconds.push(again.seconds);
      if (again.megabytes !== null) megabytes.push(again.megabytes);
    }
    const startGoal = { budget: 1, aim: 0.5, better: 'lower' } as const;
    return {
      standings: [],
      measures: [
        plainMeasure('idle memory (resident)', { budget: 130, aim: 90, better: 'lower' }, 'MB', megabytes),
        plainMeasure('start to first token', startGoal, 's', seconds),
        plainMeasure(
          'start to first token on a new data directory (makes the signing key)',
          startGoal,
          's',
          firstStarts,
        ),
      ],
      notes: [
        'From the spawn of `countersign serve` to the last byte of a token answer, on all cores; median of several starts with a warm file cache. Memory is read three seconds after the first token.',
      ],
    };
  },
};

async function startOnce(
  installation: Installation,
  idle: number,
): Promise<{ readonly seconds: number; readonly megabytes: number | null }> {
  const port = await freePort();
  const started = performance.now();
  const child = spawnCountersign(installation, port, { core: null });
  try {
    await firstToken(port, installation.seeded.secrets[names.service] ?? '', started);
    const seconds = (performance.now() - started) / 1000;
    await new Promise((resolve) => setTimeout(resolve, idle));
    return { seconds, megabytes: residentMegabytes(pidOf(child)) };
  } finally {
    await stopChild(child);
  }
}

async function firstToken(port: number, secret: string, started: number): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/oauth2/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${names.service}:${secret}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
      const body = await response.text();
      if (response.status === 200 && body.includes('"access_token"')) return;
      throw new Error(`no token: ${response.status} ${body}`);
    } catch (error) {
      const refused = error instanceof TypeError;
      if (!refused || performance.now() - started > giveUpMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function residentMegabytes(pid: number): number | null {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kibibytes === undefined ? null : (Number(kibibytes) * 1024) / 1e6;
  } catch {
    return null;
  }
}
