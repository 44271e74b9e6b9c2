/** When a client was last given a token: noted beside the issuing path, written later and at most once a day. */
import type { ClientRecord, ClientStore, TenantRecord } from '../storage/ports.ts';

export interface ClientUses {
  /** Remembers that the client was given a token. Never waits and never throws. */
  note(tenant: TenantRecord, client: ClientRecord, now: number): void;
  /** Writes what waits. @throws {StorageError}; what was not written goes on waiting */
  flush(): Promise<void>;
}

interface Use {
  readonly tenant: string;
  readonly id: string;
  readonly usedAt: number;
  readonly dueAt: number;
}

const daySeconds = 86_400;
const defaultLimit = 10_000;
const writtenTogether = 250;

/**
 * A cached record goes on telling an older time, so this process remembers which uses it has noted. Where that memory is full it
 * starts anew: a use noted twice is written once. What a crash takes is noted again by the next use.
 */
export function createClientUses(parts: {
  readonly store: Pick<ClientStore, 'noteUse'>;
  /** Clients remembered, and writes that may wait. */
  readonly limit?: number;
}): ClientUses {
  const { store, limit = defaultLimit } = parts;
  const noted = new Map<string, number>();
  const waiting = new Map<string, Use>();

  return {
    note(tenant, client, now) {
      if (now < client.lastUsedAt + daySeconds) return;
      const key = `${tenant.id} ${client.id}`;
      if (now < (noted.get(key) ?? 0) + daySeconds || waiting.size >= limit) return;
      if (noted.size >= limit) noted.clear();
      noted.set(key, now);
      const { unusedSeconds } = tenant.settings.dynamicClients;
      const dueAt = client.selfRegistration === null ? 0 : now + unusedSeconds;
      waiting.set(key, { tenant: tenant.id, id: client.id, usedAt: now, dueAt });
    },

    async flush() {
      while (waiting.size > 0) {
        const together = [...waiting].slice(0, writtenTogether);
        await Promise.all(
          together.map(async ([key, use]) => {
            await store.noteUse(use.tenant, use.id, use.usedAt, use.dueAt);
            if (waiting.get(key) === use) waiting.delete(key);
          }),
        );
      }
    },
  };
}
