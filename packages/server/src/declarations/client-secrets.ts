/** The secret that a file refers to, beside those that a client has. */
import type { Clients, VerifyClientSecret } from '../clients/index.ts';
import type { ClientRecord, ClientSecretRecord } from '../storage/ports.ts';
import type { Requester } from '../tenants/index.ts';
import type { MemberChange } from './kind.ts';
import type { SecretReference } from './secret-reference.ts';

export interface SecretPlan {
  readonly members: readonly MemberChange[];
  apply(requester: Requester): Promise<void>;
}

const liveSecretLimit = 2;

/**
 * Afterwards the secret of the reference works, and any other ends within `graceSeconds`. The presented secret is compared with each
 * stored hash as a sign-in would, and kept nowhere.
 */
export async function planSecret(
  parts: { readonly clients: Clients; readonly verifySecret: VerifyClientSecret; readonly now: number },
  client: ClientRecord,
  wanted: { readonly reference: SecretReference; readonly secret: string; readonly graceSeconds: number },
): Promise<SecretPlan> {
  const { clients, verifySecret, now } = parts;
  const { reference, secret, graceSeconds } = wanted;
  const matches: ClientSecretRecord[] = [];
  for (const candidate of client.secrets) {
    if (await verifySecret({ ...client, secrets: [candidate] }, secret, now)) matches.push(candidate);
  }
  const [kept] = matches;
  const others = client.secrets.filter((candidate) => candidate !== kept);
  const endless = others.filter(({ expiresAt }) => expiresAt === 0);
  const surplus = kept === undefined ? others.slice(liveSecretLimit - 1) : [];
  const members: MemberChange[] = [];
  if (kept === undefined) members.push({ member: 'secret', after: `the one of ${reference.describes}` });
  for (const { id } of endless) {
    members.push({
      member: `secret ${id}`,
      before: 'without end',
      after: graceSeconds === 0 ? 'ends now' : `ends in ${graceSeconds} s`,
    });
  }
  return {
    members,
    async apply(requester) {
      const end = (id: string, at: number) =>
        clients.expireSecret(requester, client.tenant, client.id, id, at);
      // Room first; a run that stops after it is completed by the next one.
      for (const { id } of surplus) await end(id, requester.now);
      if (kept === undefined)
        await clients.addSecret(requester, client.tenant, client.id, { chosen: secret });
      for (const other of endless.filter((candidate) => !surplus.includes(candidate)))
        await end(other.id, requester.now + graceSeconds);
    },
  };
}
