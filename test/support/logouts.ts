/** Sessions of one person at one client, and the client's own server that is told when they end. */
import assert from 'node:assert/strict';
import {
  claimsOf,
  openRelyingParty,
  type RelyingParty,
} from '../../packages/server/src/logout/relying-party.test-support.ts';
import type { Cluster, Node } from './cluster.ts';
import { createPerson, type TestClient } from './person.ts';

export { eventually } from '../../packages/server/src/logout/relying-party.test-support.ts';

const password = 'a password for signing out';
const redirectUri = 'http://localhost/callback';

/** The setting that lets a server call a client on this machine. */
export const loopbackAllowed = { COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8,::1/128' };

export interface SignOuts {
  readonly party: RelyingParty;
  /** So many sign-ins in browsers of their own, each used for the client; answers their `sid`s. */
  signIn(node: Node, count: number): Promise<readonly string[]>;
  /** Ends all that are live; resolves when it is committed. */
  endAll(): Promise<void>;
  /** How often each `sid` was told. */
  told(): ReadonlyMap<string, number>;
  /** Logouts that no client was told of yet. */
  countOwed(): Promise<number>;
}

export async function openSignOuts(cluster: Cluster): Promise<SignOuts> {
  const party = await openRelyingParty();
  const options = ['--redirect-uri', redirectUri, '--backchannel-logout-uri', `${party.origin}/bcl`];
  const made = await cluster.cli('client', 'add', '--id', 'web', '--first-party', ...options);
  const client: TestClient = { id: 'web', secret: String(made.client_secret), redirectUri };
  await cluster.cliWithInput(password, 'user', 'add', '--username', 'leaver', '--password-stdin');
  return {
    party,
    async signIn(node, count) {
      for (let index = 0; index < count; index += 1) {
        await createPerson('leaver', password).authorize(node, client, 'openid');
      }
      const { sessions } = (await cluster.cli('session', 'list', 'leaver')) as {
        readonly sessions: readonly { readonly id: string }[];
      };
      assert.equal(sessions.length, count);
      return sessions.map(({ id }) => id);
    },
    async endAll() {
      await cluster.cli('session', 'end', '--user', 'leaver');
    },
    told() {
      const counts = new Map<string, number>();
      for (const call of party.calls) {
        const sid = String(claimsOf(call).sid);
        counts.set(sid, (counts.get(sid) ?? 0) + 1);
      }
      return counts;
    },
    async countOwed() {
      const { undelivered } = await cluster.cli('session', 'undelivered', 'list');
      assert.ok(Array.isArray(undelivered));
      return undelivered.length;
    },
  };
}
