import { type Contestant, compare, find } from '../compare.ts';
import type { FlowUser } from '../load/job.ts';
import { type Bench, type Row, speedMeasure } from '../row.ts';
import { installCountersign, serveCountersign } from '../subjects/countersign.ts';
import { names, redirectUri, webScope } from '../subjects/names.ts';
import { startOidcProvider } from '../subjects/oidc-provider.ts';
import type { Provider } from '../subjects/subject.ts';
import { fetchJwks, issuerOf, tokenCheck } from './verify.ts';

const people = 128;

export const codeFlow: Row = {
  id: 'code-flow',
  title: 'authorize, code, token, refresh, userinfo, on SQLite on disk',
  async run(bench) {
    const installation = await installCountersign({ users: people, signedIn: people });
    bench.defer(installation.remove);
    const ours = await serveCountersign(installation);
    bench.defer(ours.stop);
    const theirs = await startOidcProvider({ users: people });
    bench.defer(theirs.stop);
    const opaque = ours.client(names.opaqueWeb);
    const opaqueUsers = ours.users.map((user) => ({
      ...user,
      clientId: opaque.id,
      clientSecret: opaque.secret,
    }));

    const standings = await compare(
      [
        await flowContestant(bench, 'countersign', ours, ours.users, names.web),
        await flowContestant(bench, 'node-oidc-provider', theirs, theirs.users, names.web),
        await flowContestant(bench, 'countersign, opaque tokens', ours, opaqueUsers, names.opaqueWeb),
      ],
      bench.options,
    );
    const provider = find(standings, 'node-oidc-provider');
    const goal = { budget: 1.5, aim: 3, better: 'higher' } as const;
    return {
      standings,
      measures: [
        speedMeasure(
          'code flow on the same database, against node-oidc-provider',
          goal,
          find(standings, 'countersign'),
          provider,
        ),
        speedMeasure(
          'the same with opaque access tokens on both sides',
          goal,
          find(standings, 'countersign, opaque tokens'),
          provider,
        ),
      ],
      notes: [
        'One unit is four requests: authorize by a person who is signed in to a first-party client, code with PKCE, refresh with rotation, userinfo. Both keep their state in SQLite in WAL mode with synchronous=FULL: Countersign in its embedded store, node-oidc-provider through an adapter of one table whose statements commit one by one. Its access tokens are opaque, since its userinfo takes no others. Countersign also writes audit records.',
      ],
    };
  },
};

export async function flowContestant(
  bench: Bench,
  name: string,
  provider: Provider,
  users: readonly FlowUser[],
  audience: string,
): Promise<Contestant> {
  const basePath = users[0]?.basePath ?? '';
  return {
    name,
    ports: [provider.port],
    pids: [provider.pid],
    generator: bench.generator,
    plan: () => ({ kind: 'code-flow', users, redirectUri, scope: webScope }),
    // With several tenants the samples come from several issuers; the script itself has checked every answer.
    ...(users.every((user) => user.basePath === basePath) && {
      check: tokenCheck(await fetchJwks(provider, basePath), {
        issuer: `${issuerOf(provider)}${basePath}`,
        audience,
        member: 'id_token',
      }),
    }),
  };
}
