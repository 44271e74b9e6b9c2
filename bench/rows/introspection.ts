import { type Contestant, compare, find } from '../compare.ts';
import { collect } from '../load/collect.ts';
import { formPost } from '../load/requests.ts';
import { type Bench, type Row, speedMeasure } from '../row.ts';
import { installCountersign, serveCountersign } from '../subjects/countersign.ts';
import { names, opaqueResource, resource, serviceScope } from '../subjects/names.ts';
import { startOidcProvider } from '../subjects/oidc-provider.ts';
import type { Provider } from '../subjects/subject.ts';
import { activeCheck, member } from './verify.ts';

/** More than the server keeps of any record (10 000): a cache of what was seen last cannot answer. */
const manyTokens = 12_000;

export const introspection: Row = {
  id: 'introspection',
  title: 'introspections per second and core',
  async run(bench) {
    const installation = await installCountersign();
    bench.defer(installation.remove);
    const ours = await serveCountersign(installation);
    bench.defer(ours.stop);
    const theirs = await startOidcProvider();
    bench.defer(theirs.stop);

    const standings = await compare(
      [
        await contestant(
          bench,
          'node-oidc-provider, opaque',
          theirs,
          names.opaqueService,
          opaqueResource,
          manyTokens,
        ),
        await contestant(bench, 'countersign, opaque', ours, names.opaqueService, opaqueResource, manyTokens),
        await contestant(bench, 'countersign, many JWTs', ours, names.service, resource, manyTokens),
        await contestant(bench, 'countersign, one JWT', ours, names.service, resource, 1),
      ],
      bench.options,
    );
    const provider = find(standings, 'node-oidc-provider, opaque');
    const goal = { budget: 1.5, aim: 3, better: 'higher' } as const;
    return {
      standings,
      measures: [
        speedMeasure(
          `introspections/s of ${manyTokens} opaque tokens on disk, both sides, against node-oidc-provider`,
          goal,
          find(standings, 'countersign, opaque'),
          provider,
        ),
        speedMeasure(
          `introspections/s of ${manyTokens} different JWTs, against node-oidc-provider on opaque tokens`,
          goal,
          find(standings, 'countersign, many JWTs'),
          provider,
        ),
        speedMeasure(
          'introspections/s of one JWT again and again, against the same',
          goal,
          find(standings, 'countersign, one JWT'),
          provider,
        ),
      ],
      notes: [
        'node-oidc-provider refuses to introspect JWTs, so its tokens are opaque: a lookup, where a JWT costs the verification of an ES256 signature. Both verify the caller’s secret each time.',
      ],
    };
  },
};

async function contestant(
  bench: Bench,
  name: string,
  provider: Provider,
  clientId: string,
  audience: string,
  tokens: number,
): Promise<Contestant> {
  const form = { grant_type: 'client_credentials', scope: serviceScope, resource: audience };
  const request = formPost('/oauth2/token', provider.port, form, provider.client(clientId));
  const bodies = await collect(provider.port, request, tokens);
  const requests = bodies.map((body) =>
    formPost(
      '/oauth2/introspect',
      provider.port,
      { token: member(body, 'access_token') },
      provider.client(names.resourceServer),
    ),
  );
  return {
    name,
    ports: [provider.port],
    pids: [provider.pid],
    generator: bench.generator,
    plan: () => ({ kind: 'repeat', requests, contains: '"active":true' }),
    check: activeCheck(clientId),
  };
}
