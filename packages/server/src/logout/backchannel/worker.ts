/**
 * Pays what is owed: tells clients of ended sessions, at least once each, by whichever process claims the debt first. The
 * ordinary run is the one that repairs a crash: whatever is due is claimed, whoever left it.
 */
import { auditEntry } from '../../audit/index.ts';
import type { Clock, Random } from '../../ports.ts';
import type { ChangeFeed, LogoutDeliveryRecord, LogoutDeliveryStore, Trail } from '../../storage/ports.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Attempt, Delivery } from './delivery.ts';
import { deadSeconds, leaseSeconds, maxAttempts, retryDelay } from './schedule.ts';
import { createSlots, type Slots } from './slots.ts';

export interface LogoutWorker {
  /** Begins with what is due, and goes on with what the change feed and the clock bring. */
  start(): Promise<void>;
  /** Begins nothing more, and resolves when what is under way has ended: within the time of one attempt. */
  stop(): Promise<void>;
}

export interface LogoutWorkerParts {
  readonly store: LogoutDeliveryStore;
  readonly changes: ChangeFeed;
  readonly delivery: Delivery;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'logoutDeliveries'>;
  /** `outbound.sealed`: everything waits. */
  readonly sealed: boolean;
  readonly slots?: Slots;
  readonly pollMs?: number;
}

const defaultPollMs = 5000;
const batch = 64;

export function createLogoutWorker(parts: LogoutWorkerParts): LogoutWorker {
  const { store, changes, delivery, clock, random, log, metrics } = parts;
  const slots = parts.slots ?? createSlots();
  const underWay = new Map<string, Promise<void>>();
  let isEnding = false;
  let round: Promise<void> = Promise.resolve();
  /** A round that waits for the one that looks, and will see all that is due until then. */
  let isQueued = false;
  let release: (() => void) | undefined;

  function wake(): void {
    if (isQueued || isEnding) return;
    isQueued = true;
    round = round.then(look);
  }

  async function look(): Promise<void> {
    isQueued = false;
    try {
      while (await beginDue());
    } catch (error) {
      log.error({ err: error }, 'owed logouts could not be read; the next round tries again');
    }
  }

  /** Answers whether there may be more that can begin now. */
  async function beginDue(): Promise<boolean> {
    if (isEnding || slots.isFull()) return false;
    const due = await store.listDue(clock.now(), batch, slots.full());
    let begun = 0;
    for (const owed of due) {
      const name = `${owed.tenant} ${owed.sessionId} ${owed.clientId}`;
      const leave = isEnding || underWay.has(name) ? undefined : slots.admit(owed);
      if (leave === undefined) continue;
      begun += 1;
      underWay.set(
        name,
        pay(owed).then((end) => {
          underWay.delete(name);
          leave(end === 'silent' ? 'silent' : 'answered');
          // What could not even be written is left to the next poll, so that nothing spins.
          if (end !== 'error') wake();
        }),
      );
    }
    return begun > 0 && due.length === batch;
  }

  async function pay(owed: LogoutDeliveryRecord): Promise<'done' | 'silent' | 'error'> {
    try {
      const address = await delivery.addressOf(owed);
      if (address === undefined) {
        await store.finish(owed.tenant, owed, owed.dueAt);
        return 'done';
      }
      const leaseEndsAt = clock.now() + leaseSeconds;
      if (!(await store.claim(owed.tenant, owed, owed.dueAt, leaseEndsAt))) return 'done';
      // Attempts that no process survived count: what kills processes is not tried for ever.
      const attempt: Attempt =
        owed.attempts >= maxAttempts
          ? { outcome: 'failed', reason: owed.reason ?? 'interrupted', isFinal: true, isSilent: false }
          : await delivery.attempt(owed, address);
      await settle(owed, leaseEndsAt, attempt);
      return attempt.outcome === 'failed' && attempt.isSilent ? 'silent' : 'done';
    } catch (error) {
      log.error(
        { err: error, tenant: owed.tenant, client: owed.clientId },
        'an owed logout could not be dealt with; it stays owed',
      );
      return 'error';
    }
  }

  async function settle(owed: LogoutDeliveryRecord, leaseEndsAt: number, attempt: Attempt): Promise<void> {
    const { tenant, clientId, attempts: before } = owed;
    if (attempt.outcome === 'delivered') {
      metrics.logoutDeliveries.inc({ result: 'delivered' });
      await store.finish(tenant, owed, leaseEndsAt);
      return;
    }
    const { reason } = attempt;
    const attempts = Math.min(before + 1, maxAttempts);
    const delay = attempt.isFinal ? undefined : retryDelay(attempts, chance());
    const now = clock.now();
    if (delay !== undefined) {
      metrics.logoutDeliveries.inc({ result: 'failed' });
      log.info(
        { tenant, client: clientId, reason, attempts },
        'a client could not be told of a logout; tried again',
      );
      await store.postpone(tenant, owed, leaseEndsAt, { dueAt: now + delay, reason });
      return;
    }
    metrics.logoutDeliveries.inc({ result: 'dead' });
    log.warn({ tenant, client: clientId, reason, attempts }, 'a client was not told of a logout; given up');
    const burial = { reason, expiresAt: now + deadSeconds };
    await store.bury(tenant, owed, leaseEndsAt, burial, burialTrail(owed, reason, attempts, now));
  }

  function burialTrail(owed: LogoutDeliveryRecord, reason: string, attempts: number, now: number): Trail {
    const { tenant, clientId, sessionId, subject } = owed;
    return {
      audit: [
        auditEntry(
          { tenant, at: now, traceId: '' },
          {
            action: 'logout.undelivered',
            actor: { kind: 'system', id: 'logout' },
            target: { kind: 'client', id: clientId },
            failed: reason,
            details: { session: sessionId, attempts },
          },
        ),
      ],
      events: [
        {
          id: random.token(16),
          tenant,
          type: 'logout.undelivered',
          at: now,
          subject,
          data: { client: clientId, session: sessionId, reason, attempts },
        },
      ],
    };
  }

  const chance = (): number => (random.bytes(1)[0] ?? 0) / 255;

  return {
    async start() {
      if (parts.sealed) {
        const { waiting } = await store.count();
        log.warn(
          { waiting },
          'outbound.sealed is set: clients are not told of logouts, which wait for 30 days',
        );
        return;
      }
      const leave = changes.subscribe((change) => {
        if (change === null || change.topic === 'logout') wake();
      });
      const timer = setInterval(wake, parts.pollMs ?? defaultPollMs).unref();
      release = () => {
        leave();
        clearInterval(timer);
      };
      wake();
    },

    async stop() {
      isEnding = true;
      release?.();
      await round;
      await Promise.all(underWay.values());
    },
  };
}
