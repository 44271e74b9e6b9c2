import { StorageError } from '../error.ts';

export interface BreakerOptions {
  /** Failures in a row after which nothing is asked any more. */
  readonly failures: number;
  /** How long nothing is asked; then one call tries. */
  readonly restMs: number;
  /** Milliseconds that only go forward. */
  readonly nowMs: () => number;
  /** Told once when it opens, with the cause, and once when it closes (undefined). */
  readonly onTurn: (cause: StorageError | undefined) => void;
}

/**
 * Calls to a peer that does not answer fail at once instead of waiting, each for itself, for a deadline. Only
 * `unavailable` counts: a peer that refuses is there.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #failures = 0;
  #restsUntil = 0;
  #isTrying = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get #isOpen(): boolean {
    return this.#failures >= this.#options.failures;
  }

  /** Throws what `work` throws, or `unavailable` without calling it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const tries = this.#isOpen;
    if (tries) {
      if (this.#isTrying || this.#options.nowMs() < this.#restsUntil)
        throw new StorageError('unavailable', 'Redis has not answered lately and is not asked');
      this.#isTrying = true;
    }
    try {
      const value = await work();
      this.#answered();
      return value;
    } catch (error) {
      if (error instanceof StorageError && error.code === 'unavailable') this.#failed(error);
      else this.#answered();
      throw error;
    } finally {
      if (tries) this.#isTrying = false;
    }
  }

  #answered(): void {
    const wasOpen = this.#isOpen;
    this.#failures = 0;
    if (wasOpen) this.#options.onTurn(undefined);
  }

  #failed(cause: StorageError): void {
    const wasOpen = this.#isOpen;
    this.#failures += 1;
    if (!this.#isOpen) return;
    this.#restsUntil = this.#options.nowMs() + this.#options.restMs;
    if (!wasOpen) this.#options.onTurn(cause);
  }
}
