/**
 * The set of what was revoked and could still be presented, held in memory by every process and kept current by the
 * change feed. When it cannot be kept current, the check fails closed.
 */

import type { Clock } from '../ports.ts';
import type { ChangeFeed, Revocation, RevocationStore } from '../storage/ports.ts';

/** What a token says about where it came from. */
export interface TokenOrigin {
  readonly tenant: string;
  readonly jti: string;
  readonly clientId: string;
  readonly subject: string;
  readonly grantId: string | undefined;
  readonly sessionId: string | undefined;
  /** Epoch seconds. */
  readonly issuedAt: number;
}

export interface Revocations {
  /** Loads what is live; call before serving. */
  start(): Promise<void>;
  /** Throws what the store threw when the set is not current: an unknown answer is never `false`. */
  covers(origin: TokenOrigin): Promise<boolean>;
  size(): number;
  close(): void;
}

const pageSize = 1000;
const purgeMs = 60_000;

export function createRevocations(parts: {
  readonly store: RevocationStore;
  readonly changes: ChangeFeed;
  readonly clock: Clock;
}): Revocations {
  const { store, changes, clock } = parts;
  const revoked = new Map<string, Revocation>();
  let cursor = 0;
  /** A gap in the feed: what was missed is anywhere. */
  let fromStart = false;
  /** Settles when everything the feed has announced is loaded; rejects while the store does not answer. */
  let current: Promise<void> = Promise.resolve();
  /** A load that waits for the one under way, and has read nothing yet: it will see all that is announced until then. */
  let queued = false;

  async function load(): Promise<void> {
    queued = false;
    if (fromStart) cursor = 0;
    fromStart = false;
    for (;;) {
      const page = await store.listAfter(cursor, clock.now(), pageSize);
      for (const revocation of page.revocations) {
        const key = keyOf(revocation.tenant, revocation.kind, revocation.id);
        const known = revoked.get(key);
        revoked.set(key, known === undefined ? revocation : latest(known, revocation));
      }
      cursor = page.cursor;
      if (page.revocations.length < pageSize) return;
    }
  }

  function reload(): void {
    if (queued) return;
    queued = true;
    current = current.then(load, load);
    current.catch(() => undefined);
  }

  const unsubscribe = changes.subscribe((change) => {
    if (change !== null && change.topic !== 'revocation') return;
    fromStart ||= change === null;
    // A number may come late: it was given out before one that was committed earlier.
    if (change !== null) cursor = Math.min(cursor, Number(change.id) - 1);
    reload();
  });

  const purge = setInterval(() => {
    const now = clock.now();
    for (const [key, revocation] of revoked) if (revocation.expiresAt <= now) revoked.delete(key);
  }, purgeMs);
  purge.unref();

  return {
    async start() {
      reload();
      await current;
    },

    async covers(origin) {
      try {
        await current;
      } catch {
        reload();
        await current;
      }
      if (revoked.size === 0) return false;
      const { tenant, issuedAt } = origin;
      const hit = (kind: Revocation['kind'], id: string | undefined): boolean => {
        if (id === undefined) return false;
        const revocation = revoked.get(keyOf(tenant, kind, id));
        return revocation !== undefined && (isFinal(kind) || issuedAt <= revocation.revokedAt);
      };
      return (
        hit('token', origin.jti) ||
        hit('grant', origin.grantId) ||
        hit('session', origin.sessionId) ||
        hit('subject', origin.subject) ||
        hit('client', origin.clientId) ||
        hit('tenant', tenant)
      );
    },

    size: () => revoked.size,

    close() {
      clearInterval(purge);
      unsubscribe();
    },
  };
}

/**
 * A token or grant that ended does not come back, so its times are not compared: of two requests the one that arrived in
 * the later second may have committed first, and its token would seem younger than the revocation. A subject or client
 * may be enabled again, and an offline grant outlives its session: what they are given from then on lives.
 */
function isFinal(kind: Revocation['kind']): boolean {
  return kind === 'token' || kind === 'grant';
}

function keyOf(tenant: string, kind: Revocation['kind'], id: string): string {
  return `${tenant} ${kind} ${id}`;
}

function latest(a: Revocation, b: Revocation): Revocation {
  return {
    ...b,
    revokedAt: Math.max(a.revokedAt, b.revokedAt),
    expiresAt: Math.max(a.expiresAt, b.expiresAt),
  };
}
