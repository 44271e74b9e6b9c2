/** Whether the clock of this machine goes with that of the database, which every other node is compared with as well. */
import type { Clock } from './ports.ts';
import type { Store } from './storage/ports.ts';
import type { Logger } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface ClockWatch {
  /**
   * Asks the database for its time and judges this machine by it, until the next call: over 2 s apart is logged, over 10 s is a problem.
   * Clocks are apart by what is certain: half of the round trip is taken off. Does nothing where the database has no clock of its own.
   * @throws {StorageError} and leaves the judgement as it was
   */
  compare(): Promise<void>;
  /** Why this node must not be given work; null when its clock is right. */
  readonly problem: () => string | null;
}

const warnOverMs = 2_000;
const unreadyOverMs = 10_000;

export function createClockWatch(parts: {
  readonly store: Pick<Store, 'databaseTimeMs'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'clockOffset'>;
}): ClockWatch {
  const { store, clock, log, metrics } = parts;
  let problem: string | null = null;

  return {
    async compare() {
      // The round trip by a clock that nobody sets.
      const started = performance.now();
      const databaseMs = await store.databaseTimeMs();
      const halfRoundTripMs = (performance.now() - started) / 2;
      if (databaseMs === null) return;
      const offsetMs = clock.nowMs() - halfRoundTripMs - databaseMs;
      const certainMs = Math.max(0, Math.abs(offsetMs) - halfRoundTripMs);
      const offsetSeconds = Math.round(offsetMs) / 1000;
      metrics.clockOffset.set(offsetSeconds);
      const sentence = `the clock of this machine is ${Math.abs(offsetSeconds).toFixed(1)} s ${offsetMs > 0 ? 'ahead of' : 'behind'} that of the database; set it by NTP`;
      problem = certainMs > unreadyOverMs ? sentence : null;
      if (problem !== null) log.error({ offsetSeconds }, `not ready: ${sentence}`);
      else if (certainMs > warnOverMs) log.warn({ offsetSeconds }, sentence);
    },
    problem: () => problem,
  };
}
