import { type Contestant, compare, find, type Standing } from '../compare.ts';
import { startGenerator } from '../load/generator-client.ts';
import { type Bench, type Measure, type Row, speedMeasure } from '../row.ts';
import { cores, secondServerCore, serverCore } from '../subjects/child.ts';
import { installCountersign, serveCountersign } from '../subjects/countersign.ts';
import { redirectUri, webScope } from '../subjects/names.ts';
import type { Provider } from '../subjects/subject.ts';
import { tokenRequest } from './client-credentials.ts';
import { fetchJwks, issuerOf, tokenCheck } from './verify.ts';

const people = 128;

export const twoProcesses: Row = {
  id: 'two-processes',
  title: 'two processes that share one SQLite file against one',
  async run(bench) {
    const installation = await installCountersign({ users: people, signedIn: people });
    bench.defer(installation.remove);
    const first = await serveCountersign(installation, { name: 'first', core: serverCore });
    bench.defer(first.stop);
    const second = await serveCountersign(installation, {
      name: 'second',
      core: secondServerCore,
      publicPort: first.port,
    });
    bench.defer(second.stop);
    // With two cores only, the generator has to share them with the two servers.
    const roaming = cores > 2 ? bench.generator : startGenerator(null);
    if (roaming !== bench.generator) bench.defer(roaming.stop);

    const one = { name: 'one process', ports: [first.port], pids: [first.pid], generator: bench.generator };
    const two = {
      name: 'two processes',
      ports: [first.port, second.port],
      pids: [first.pid, second.pid],
      generator: roaming,
    };
    const tokens = await compare(await tokenContestants(first, [one, two]), bench.options);
    const flows = await compare(flowContestants(first, [one, two]), bench.options);
    const goal = { budget: 1.7, aim: 1.9, better: 'higher' } as const;
    return {
      standings: [...rename(tokens, 'tokens'), ...rename(flows, 'code flow')],
      measures: [
        ...scaling('client-credentials tokens/s, two processes against one', goal, tokens),
        ...scaling('code flow, two processes against one', null, flows),
      ],
      notes: [sharing(bench)],
    };
  },
};

type Place = Omit<Contestant, 'plan' | 'check'>;

async function tokenContestants(first: Provider, places: readonly Place[]): Promise<readonly Contestant[]> {
  const check = tokenCheck(await fetchJwks(first), {
    issuer: issuerOf(first),
    audience: 'https://api.example/',
    member: 'access_token',
  });
  const plan = { kind: 'repeat', requests: [tokenRequest(first)], contains: '"access_token":"' } as const;
  return places.map((place) => ({ ...place, plan: () => plan, check }));
}

function flowContestants(first: Provider, places: readonly Place[]): readonly Contestant[] {
  const plan = { kind: 'code-flow', users: first.users, redirectUri, scope: webScope } as const;
  return places.map((place) => ({ ...place, plan: () => plan }));
}

/** By the clock, and by work per processor second: the latter leaves out what the generator takes from the servers. */
function scaling(
  what: string,
  target: Measure['target'],
  standings: readonly Standing[],
): readonly Measure[] {
  const measured = speedMeasure(
    what,
    target,
    find(standings, 'two processes'),
    find(standings, 'one process'),
  );
  if (measured.cpuRatio === null) return [measured];
  const estimate = 2 * measured.cpuRatio;
  return [
    { ...measured, cpuRatio: null, target: cores > 2 ? target : null },
    {
      what: `${what}: twice the work per processor second`,
      target: cores > 2 ? null : target,
      unit: 'times',
      value: estimate,
      values: [estimate],
      cpuRatio: null,
    },
  ];
}

function rename(standings: readonly Standing[], what: string): readonly Standing[] {
  return standings.map((standing) => ({ ...standing, name: `${standing.name}, ${what}` }));
}

function sharing(bench: Bench): string {
  return cores > 2
    ? 'Each process has a core of its own, and so has the generator.'
    : `This machine has two cores: while both run a server, the generator (${bench.options.connections} connections) takes its share of the same two, so the ratio by the clock understates. The second line divides by the processor time that the servers used instead: it shows what sharing the store costs, not waiting for it.`;
}
