/** The end of clients that registered themselves and that nobody uses (RFC 7591 §5): quietly, in small steps, by whichever process comes first. */
import type { Random } from '../ports.ts';
import type { ClientStore, DueClient, DynamicClientSettings, TenantRecord } from '../storage/ports.ts';
import { createClientTrail } from './trail.ts';

export interface UnusedClients {
  /** Removes those whose time is over, with their grants and tokens; answers how many. */
  sweep(now: number, isEnding: () => boolean): Promise<number>;
}

const batch = 50;
/** A use is written within this time: nobody is removed who was used meanwhile. */
const marginSeconds = 300;

export function createUnusedClients(parts: {
  readonly store: Pick<ClientStore, 'listDue' | 'defer' | 'removeUnused'>;
  readonly findTenant: (id: string) => Promise<TenantRecord | undefined>;
  readonly random: Random;
  readonly revocationSeconds: number;
  readonly onRemoved: () => void;
}): UnusedClients {
  const { store, findTenant, random, revocationSeconds, onRemoved } = parts;
  const trail = createClientTrail(random);

  /** False when another process was first, or the client was used meanwhile. */
  async function remove(client: DueClient, now: number): Promise<boolean> {
    const { tenant, id, lastUsedAt } = client;
    const requester = { actor: { kind: 'system' as const, id: 'unused-clients' }, traceId: '', now };
    const details = { source: 'dynamic', by: 'expiry', lastUsedAt };
    return store.removeUnused(
      tenant,
      id,
      lastUsedAt,
      { tenant, kind: 'client', id, revokedAt: now, expiresAt: now + revocationSeconds },
      trail(requester, tenant, id, 'client.removed', details),
    );
  }

  /** The settings may have changed since the time was set: what counts is what they say today. */
  async function look(client: DueClient, now: number): Promise<'removed' | 'kept' | 'stuck'> {
    const tenant = await findTenant(client.tenant);
    if (tenant === undefined) return 'stuck';
    const endsAt = endOfUnused(client, tenant.settings.dynamicClients);
    if (endsAt + marginSeconds <= now) return (await remove(client, now)) ? 'removed' : 'kept';
    await store.defer(client.tenant, client.id, client.dueAt, endsAt);
    return 'kept';
  }

  return {
    async sweep(now, isEnding) {
      let removed = 0;
      while (!isEnding()) {
        const due = await store.listDue(now - marginSeconds, batch);
        let settled = 0;
        for (const client of due) {
          const outcome = await look(client, now);
          if (outcome === 'removed') {
            onRemoved();
            removed += 1;
          }
          if (outcome !== 'stuck') settled += 1;
        }
        if (due.length < batch || settled === 0) break;
      }
      return removed;
    },
  };
}

/** Who was admitted has more time to begin: somebody here knows of it. */
export function endOfUnused(
  { createdAt, lastUsedAt, admitted }: Pick<DueClient, 'createdAt' | 'lastUsedAt' | 'admitted'>,
  settings: DynamicClientSettings,
): number {
  if (lastUsedAt !== 0) return lastUsedAt + settings.unusedSeconds;
  return createdAt + (admitted ? settings.unusedSeconds : settings.neverUsedSeconds);
}
