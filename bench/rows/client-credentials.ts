import { fileURLToPath } from 'node:url';
import { type Contestant, compare, find } from '../compare.ts';
import { formPost } from '../load/requests.ts';
import { type Bench, plainMeasure, type Row, speedMeasure } from '../row.ts';
import { startBareSigner } from '../subjects/bare-signer.ts';
import { runNode } from '../subjects/child.ts';
import { type Installation, installCountersign, serveCountersign } from '../subjects/countersign.ts';
import { names, resource, serviceScope } from '../subjects/names.ts';
import { startOidcProvider } from '../subjects/oidc-provider.ts';
import type { Provider, Subject } from '../subjects/subject.ts';
import { fetchJwks, issuerOf, member, tokenCheck } from './verify.ts';

const disableScript = fileURLToPath(new URL('../seed/disable-client.ts', import.meta.url));

export const clientCredentials: Row = {
  id: 'client-credentials',
  title: 'client-credentials ES256 tokens per second and core',
  async run(bench) {
    const installation = await installCountersign();
    bench.defer(installation.remove);
    const ours = await serveCountersign(installation);
    bench.defer(ours.stop);
    const theirs = await startOidcProvider();
    bench.defer(theirs.stop);
    const bare = await startBareSigner(await claimsLength(ours));
    bench.defer(bare.stop);

    const standings = await compare(
      [
        await contestant(bench, ours, await fetchJwks(ours)),
        await contestant(bench, theirs, await fetchJwks(theirs)),
        {
          ...target(bench, bare),
          plan: () => ({ kind: 'repeat', requests: [tokenRequest(ours, bare.port)], contains }),
          check: tokenCheck(bare.jwks, {
            issuer: issuerOf(bare),
            audience: resource,
            member: 'access_token',
          }),
        },
      ],
      bench.options,
    );
    const visibleSeconds = await changeVisibleUnderLoad(bench, installation, ours);
    const [countersign, provider, signer] = [ours, theirs, bare].map(({ name }) => find(standings, name));
    if (countersign === undefined || provider === undefined || signer === undefined)
      throw new Error('unreachable');
    return {
      standings,
      measures: [
        speedMeasure(
          'client-credentials tokens/s per core, against node-oidc-provider',
          { budget: 1.5, aim: 2, better: 'higher' },
          countersign,
          provider,
        ),
        speedMeasure(
          'client-credentials tokens/s per core, against a bare handler that signs',
          { budget: 0.6, aim: 0.8, better: 'higher' },
          countersign,
          signer,
        ),
        plainMeasure(
          'a client disabled by another process is refused, under load',
          { budget: 1, aim: 0.25, better: 'lower' },
          's',
          [visibleSeconds],
        ),
      ],
      notes: [
        'Both authorization servers verify the client secret for each token and return the same claims. Countersign also writes an audit record for each (in batches of 20 ms, on the same core) and keeps rate limits and metrics.',
      ],
    };
  },
};

const contains = '"access_token":"';

export function tokenRequest(provider: Provider, port: number = provider.port): string {
  const form = { grant_type: 'client_credentials', scope: serviceScope, resource };
  return formPost('/oauth2/token', port, form, provider.client(names.service));
}

function target(bench: Bench, subject: Subject) {
  return { name: subject.name, ports: [subject.port], pids: [subject.pid], generator: bench.generator };
}

async function contestant(
  bench: Bench,
  provider: Provider,
  jwks: Awaited<ReturnType<typeof fetchJwks>>,
): Promise<Contestant> {
  return {
    ...target(bench, provider),
    plan: () => ({ kind: 'repeat', requests: [tokenRequest(provider)], contains }),
    check: tokenCheck(jwks, { issuer: issuerOf(provider), audience: resource, member: 'access_token' }),
  };
}

/** Bytes of the claims that one of our tokens has, so that the bare handler signs as much. */
async function claimsLength(provider: Provider): Promise<number> {
  const { id, secret } = provider.client(names.service);
  const response = await fetch(`${issuerOf(provider)}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: serviceScope, resource }),
  });
  const token = member(await response.text(), 'access_token');
  return Buffer.from(token.split('.')[1] ?? '', 'base64url').length;
}

/** Fair play: what makes issuing cheap must not make it stale. Seconds from the commit of a change to the first refusal. */
async function changeVisibleUnderLoad(
  bench: Bench,
  installation: Installation,
  ours: Provider,
): Promise<number> {
  const load = bench.generator.run({
    ports: [ours.port],
    pids: [],
    connections: bench.options.connections,
    warmupMs: 0,
    measureMs: 4000,
    maxUnits: 2_000_000,
    plan: { kind: 'repeat', requests: [tokenRequest(ours)], contains },
  });
  if ((await askAsCanary(ours)) !== 200)
    throw new Error('the canary client was not served before it was disabled');
  const change = runNode(
    disableScript,
    [JSON.stringify({ directory: installation.directory, id: names.canary })],
    {
      nodeOptions: ['--conditions=source'],
    },
  );
  let refusedAt: number | undefined;
  for (let asked = 0; refusedAt === undefined && asked < 1000; asked += 1) {
    if ((await askAsCanary(ours)) === 401) refusedAt = Date.now();
    else await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { committedAt } = JSON.parse(await change) as { committedAt: number };
  await load;
  if (refusedAt === undefined) throw new Error('a disabled client went on being served');
  return Math.max(0, refusedAt - committedAt) / 1000;
}

async function askAsCanary(ours: Provider): Promise<number> {
  const { id, secret } = ours.client(names.canary);
  const response = await fetch(`${issuerOf(ours)}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  await response.text();
  return response.status;
}
