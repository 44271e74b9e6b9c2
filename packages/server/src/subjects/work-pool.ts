import { OverloadError } from '../overload.ts';

/** As many hashes run and wait as are allowed. */
export class HasherBusyError extends OverloadError {
  override readonly name = 'HasherBusyError';
  readonly code = 'hasher_busy';
  readonly retryAfterSeconds = 1;

  constructor() {
    super('too many passwords are being checked');
  }
}

export interface WorkPool {
  /** Runs `work` when its turn comes, first come first served. @throws {HasherBusyError} at once when the queue is full */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** At most `concurrency` pieces of work at once and `queue` waiting. */
export function createWorkPool(concurrency: number, queue: number): WorkPool {
  const waiting: (() => void)[] = [];
  let running = 0;

  function release(): void {
    const next = waiting.shift();
    // The place passes on to the next in line, so that nobody slips in between.
    if (next === undefined) running -= 1;
    else next();
  }

  return {
    async run(work) {
      if (running < concurrency) {
        running += 1;
      } else {
        if (waiting.length >= queue) throw new HasherBusyError();
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.push(resolve);
        await promise;
      }
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}
