import { hash, randomBytes } from 'node:crypto';
import { type Contestant, compare, find } from '../compare.ts';
import type { FlowUser, JobResult } from '../load/job.ts';
import { type Bench, type Row, speedMeasure } from '../row.ts';
import { installCountersign, serveCountersign } from '../subjects/countersign.ts';
import { names, redirectUri, webScope } from '../subjects/names.ts';
import { startOidcProvider } from '../subjects/oidc-provider.ts';
import type { Provider } from '../subjects/subject.ts';
import { fetchJwks, issuerOf, member, tokenCheck } from './verify.ts';

export const refresh: Row = {
  id: 'refresh',
  title: 'refresh token rotations per second, on SQLite on disk',
  async run(bench) {
    const users = bench.options.connections;
    const installation = await installCountersign({ users, signedIn: users });
    bench.defer(installation.remove);
    const ours = await serveCountersign(installation);
    bench.defer(ours.stop);
    const theirs = await startOidcProvider({ users });
    bench.defer(theirs.stop);
    const standings = await compare(
      [await contestant(bench, ours), await contestant(bench, theirs)],
      bench.options,
    );
    return {
      standings,
      measures: [
        speedMeasure(
          'refresh with rotation on the same database, against node-oidc-provider',
          null,
          find(standings, ours.name),
          find(standings, theirs.name),
        ),
      ],
      notes: [
        'Each connection rotates its own token; the answer holds an access, an ID and a refresh token.',
      ],
    };
  },
};

async function contestant(bench: Bench, provider: Provider): Promise<Contestant> {
  let tokens: readonly string[] = await Promise.all(provider.users.map((user) => signIn(provider, user)));
  const check = tokenCheck(await fetchJwks(provider), {
    issuer: issuerOf(provider),
    audience: names.web,
    member: 'id_token',
  });
  const { id, secret } = provider.client(names.web);
  return {
    name: provider.name,
    ports: [provider.port],
    pids: [provider.pid],
    generator: bench.generator,
    plan: () => ({ kind: 'refresh', clientId: id, clientSecret: secret, tokens }),
    async check(result: JobResult) {
      tokens = result.tokens;
      await check(result);
    },
  };
}

/** A first refresh token, by the whole code flow. */
async function signIn(provider: Provider, user: FlowUser): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: user.clientId,
    redirect_uri: redirectUri,
    scope: webScope,
    state: 'first',
    nonce: 'first',
    code_challenge: hash('sha256', verifier, 'base64url'),
    code_challenge_method: 'S256',
  });
  const approved = await fetch(`${issuerOf(provider)}/oauth2/authorize?${query}`, {
    headers: { cookie: user.cookie },
    redirect: 'manual',
  });
  const code = new URL(approved.headers.get('location') ?? '', redirectUri).searchParams.get('code') ?? '';
  const redeemed = await fetch(`${issuerOf(provider)}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${user.clientId}:${user.clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  });
  return member(await redeemed.text(), 'refresh_token');
}
