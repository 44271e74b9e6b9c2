import { StorageError } from '../error.ts';
import type { WriteVerb } from '../sql/engine.ts';
import type { Lane, LaneAnswer } from './lane.ts';

type AnyVerb = WriteVerb<readonly never[], unknown>;

interface Waiting {
  readonly verb: AnyVerb;
  readonly args: readonly unknown[];
  readonly now: number;
  readonly queuedAtMs: number;
  readonly resolve: (answer: LaneAnswer) => void;
  readonly reject: (error: unknown) => void;
}

export interface LanesOptions {
  readonly maxWaiting: number;
  /** How long a write waits for its turn, and how long it may be repeated. */
  readonly patienceMs: number;
}

/** Hands each write to a lane that is free, in the order they came; bounded. */
export class Lanes {
  readonly #lanes: readonly Lane[];
  readonly #free: Lane[];
  readonly #options: LanesOptions;
  #waiting: Waiting[] = [];
  #ended: StorageError | undefined;
  #drained: (() => void) | undefined;

  constructor(lanes: readonly Lane[], options: LanesOptions) {
    this.#lanes = lanes;
    this.#free = [...lanes];
    this.#options = options;
  }

  call(verb: AnyVerb, args: readonly unknown[], now: number): Promise<LaneAnswer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.#waiting.length >= this.#options.maxWaiting) {
      return Promise.reject(new StorageError('unavailable', 'too many writes are waiting'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ verb, args, now, queuedAtMs: performance.now(), resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#free.length > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        if (this.#free.length === this.#lanes.length) this.#drained?.();
        return;
      }
      const deadline = next.queuedAtMs + this.#options.patienceMs;
      if (performance.now() > deadline) {
        next.reject(
          new StorageError('unavailable', 'the database is too slow: this write did not get its turn'),
        );
        continue;
      }
      const lane = this.#free.pop();
      if (lane === undefined) return;
      lane
        .run(next.verb, next.args, next.now, deadline)
        .then(next.resolve, next.reject)
        .finally(() => {
          this.#free.push(lane);
          this.#dispatch();
        });
    }
  }

  /** From here on {@link call} gets `unavailable`; resolves when what was accepted has run. */
  async drain(): Promise<void> {
    this.#ended ??= new StorageError('unavailable', 'the store is closed');
    if (this.#waiting.length === 0 && this.#free.length === this.#lanes.length) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  /** After {@link drain}: each lane's last words, then its connection. */
  async close(lastWords: (lane: Lane) => Promise<void>): Promise<void> {
    const ended = await Promise.allSettled(this.#lanes.map(lastWords));
    await Promise.all(this.#lanes.map((lane) => lane.close()));
    const failed = ended.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
