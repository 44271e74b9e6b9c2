import { type Contestant, compare, find } from '../compare.ts';
import { formPost } from '../load/requests.ts';
import { type Bench, type Measure, type Row, speedMeasure } from '../row.ts';
import { type Installation, installCountersign, serveCountersign } from '../subjects/countersign.ts';
import { resource, serviceScope } from '../subjects/names.ts';
import type { Provider } from '../subjects/subject.ts';
import { flowContestant } from './code-flow.ts';

const sizes = {
  small: { tenants: 1, users: 100, signedIn: 100 },
  large: { tenants: 1000, users: 10_000, signedIn: 2000 },
} as const;
/** Every tenant's signing key is made when its first token is asked for: that is not what is measured. */
const keyMakingMs = 120_000;

export const scale: Row = {
  id: 'scale',
  title: 'cost of issuing with 10 000 users and 1 000 tenants against 100 users and 1 tenant',
  async run(bench) {
    const small = await start(bench, 'small', sizes.small);
    const large = await start(bench, 'large', sizes.large);
    const tokens = await compare([issuing(bench, small), issuing(bench, large)], bench.options);
    const flows = await compare(
      [
        await flowContestant(bench, 'small', small.provider, small.provider.users, 'bench-web'),
        await flowContestant(bench, 'large', large.provider, large.provider.users, 'bench-web'),
      ],
      bench.options,
    );
    const goal = { budget: 1.2, aim: 1.05, better: 'lower' } as const;
    return {
      standings: [
        ...tokens.map((standing) => ({ ...standing, name: `${standing.name}, tokens` })),
        ...flows.map((standing) => ({ ...standing, name: `${standing.name}, code flow` })),
      ],
      measures: [
        cost(
          'cost of a client-credentials token, 10 000 users and 1 000 tenants against 100 and 1',
          goal,
          tokens,
        ),
        cost('cost of a code flow, the same', null, flows),
      ],
      notes: [
        'Requests go round all tenants, each with its own client, secret and signing key; code flows are those of 2 000 people in 1 000 tenants. The budget is set for 1 000 000 users and 10 000 tenants, a later issue.',
      ],
    };
  },
};

interface Site {
  readonly name: string;
  readonly installation: Installation;
  readonly provider: Provider;
}

async function start(bench: Bench, name: string, size: (typeof sizes)[keyof typeof sizes]): Promise<Site> {
  bench.say(`  seeding ${size.users} users in ${size.tenants} tenants`);
  const installation = await installCountersign(size);
  bench.defer(installation.remove);
  const provider = await serveCountersign(installation, { name });
  bench.defer(provider.stop);
  const site = { name, installation, provider };
  // Once round all tenants, so that each has its key.
  const made = await bench.generator.run({
    ports: [provider.port],
    pids: [],
    connections: 8,
    warmupMs: 0,
    measureMs: keyMakingMs,
    maxUnits: size.tenants * 2,
    plan: issuing(bench, site).plan(),
  });
  if (made.wrong > 0) throw new Error(`making keys: ${made.complaints.join('; ')}`);
  return site;
}

function issuing(bench: Bench, { name, installation, provider }: Site): Contestant {
  const form = { grant_type: 'client_credentials', scope: serviceScope, resource };
  const requests = installation.seeded.services.map(({ tenant, id, secret }) =>
    formPost(`/t/${tenant}/oauth2/token`, provider.port, form, { id, secret }),
  );
  return {
    name,
    ports: [provider.port],
    pids: [provider.pid],
    generator: bench.generator,
    plan: () => ({ kind: 'repeat', requests, contains: '"access_token":"' }),
  };
}

/** How many times as much one unit costs in the large installation. */
function cost(what: string, target: Measure['target'], standings: Parameters<typeof find>[0]): Measure {
  return speedMeasure(what, target, find(standings, 'small'), find(standings, 'large'));
}
