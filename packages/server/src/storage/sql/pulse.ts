import { type identifyProcess, isDead } from '../process-identity.ts';
import type { Engine } from './engine.ts';
import { beat, bury } from './processes.ts';

const beatMs = 5000;

/** Signs of life of each writer of this process, and the audit chains of those who give none any more. */
export class Pulse {
  readonly #beat: () => Promise<void>;
  readonly #onProblem: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    engine: Engine,
    writers: readonly ReturnType<typeof identifyProcess>[],
    clock: () => number,
    onProblem: (error: unknown) => void,
  ) {
    const sign = engine.bind(beat);
    const recover = engine.bind(bury);
    const own = new Set(writers.map(({ id }) => id));
    this.#onProblem = onProblem;
    this.#beat = async () => {
      for (const self of writers) {
        for (const other of await sign(self)) {
          if (own.has(other.id) || !isDead(other, self, clock())) continue;
          while ((await recover(other)) === 'more');
        }
      }
    };
  }

  async start(): Promise<void> {
    await this.#beat();
    this.#timer = setInterval(() => {
      this.#beat().catch(this.#onProblem);
    }, beatMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
