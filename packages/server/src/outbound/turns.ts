/** How many calls are under way at once: in all, and to one host, so that a slow one takes no turn from the others. */
import { OutboundError } from '../ports.ts';

export interface Turns {
  /**
   * Runs `work` when there is room. Waiting ends with `signal`.
   * @throws {OutboundError} `timeout` when it ended while waiting, `unreachable` when too many wait already
   */
  run<Value>(host: string, signal: AbortSignal, work: () => Promise<Value>): Promise<Value>;
}

export interface TurnLimits {
  readonly total: number;
  readonly perHost: number;
  readonly waitingPerHost: number;
}

interface Waiter {
  readonly host: string;
  readonly begin: () => void;
}

export function createTurns(limits: TurnLimits): Turns {
  const underWay = new Map<string, number>();
  /** In order of arrival. */
  const waiters = new Set<Waiter>();
  let total = 0;

  const hasRoom = (host: string): boolean =>
    total < limits.total && (underWay.get(host) ?? 0) < limits.perHost;

  function take(host: string): void {
    total += 1;
    underWay.set(host, (underWay.get(host) ?? 0) + 1);
  }

  function giveBack(host: string): void {
    total -= 1;
    const left = (underWay.get(host) ?? 1) - 1;
    if (left === 0) underWay.delete(host);
    else underWay.set(host, left);
    const next = waiters.values().find((waiter) => hasRoom(waiter.host));
    if (next === undefined) return;
    waiters.delete(next);
    take(next.host);
    next.begin();
  }

  function wait(host: string, signal: AbortSignal): Promise<void> {
    const waiting = waiters.values().reduce((sum, waiter) => sum + Number(waiter.host === host), 0);
    if (waiting >= limits.waitingPerHost) {
      throw new OutboundError('unreachable', `too many calls to ${host} wait`);
    }
    return new Promise((resolve, reject) => {
      const give = (): void => {
        waiters.delete(waiter);
        reject(new OutboundError('timeout', `no turn to call ${host} in time`));
      };
      const waiter: Waiter = {
        host,
        begin() {
          signal.removeEventListener('abort', give);
          resolve();
        },
      };
      waiters.add(waiter);
      signal.addEventListener('abort', give, { once: true });
    });
  }

  return {
    async run(host, signal, work) {
      if (hasRoom(host)) take(host);
      else await wait(host, signal);
      try {
        return await work();
      } finally {
        giveBack(host);
      }
    },
  };
}
