import { Worker } from 'node:worker_threads';
import { StorageError } from '../error.ts';
import { receiveError } from './errors.ts';
import type { FromWriter, SentAnswer, SentCall, ToWriter, WriterOptions } from './protocol.ts';

/** Verbs of one transaction. More would hold the lock longer than another process should wait. */
const groupLimit = 256;
/** Rows of one transaction, for the same reason; a single verb may go beyond it. */
const groupRowLimit = 1000;
/** Groups handed over: one runs, the next is ready when it ends. */
const groupsAhead = 2;

interface Waiting extends SentCall {
  readonly queuedAtMs: number;
  readonly rows: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StorageError) => void;
}

export interface WriteQueueOptions extends WriterOptions {
  readonly maxWaiting: number;
  /** Called before the callers of a group hear that it ended. */
  readonly onGroupEnd: () => void;
  readonly onProblem: (error: StorageError) => void;
}

/** The main thread's side of the writer: bounded, in order, never blocking. */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  #taken = 0;
  readonly #groups: (readonly Waiting[])[] = [];
  #scheduled = false;
  /** Why no call is accepted any more. */
  #ended: StorageError | undefined;
  #drained: (() => void) | undefined;
  #exited = false;
  readonly #exit: Promise<void>;

  private constructor(options: WriteQueueOptions, worker: Worker, exit: Promise<void>) {
    this.#options = options;
    this.#worker = worker;
    this.#exit = exit;
  }

  /** Resolves when the writer has opened and migrated the file; throws what it refused with. */
  static async open(options: WriteQueueOptions): Promise<WriteQueue> {
    const { file, process, patienceMs, maxPages } = options;
    const data: WriterOptions = {
      file,
      process,
      patienceMs,
      ...(maxPages === undefined ? {} : { maxPages }),
    };
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
      workerData: data,
      execArgv: [],
      name: 'countersign-store',
    });
    const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const first = await firstMessage(worker);
    if (first.kind === 'refused') throw receiveError(first.error);
    const queue = new WriteQueue(options, worker, exit);
    queue.#listen();
    return queue;
  }

  #listen(): void {
    this.#worker.on('message', (message: FromWriter) => {
      if (message.kind === 'answers') this.#settle(message.answers);
    });
    this.#worker.on('error', (error) => this.#fail(`the writer thread failed: ${String(error)}`));
    this.#worker.on('exit', () => {
      this.#exited = true;
      this.#fail('the writer thread ended');
    });
    this.#worker.unref();
  }

  /** `rows`: about how many the verb writes. */
  call(verb: string, args: readonly unknown[], now: number, rows = 1): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.#waiting.length - this.#taken >= this.#options.maxWaiting) {
      return Promise.reject(new StorageError('unavailable', 'too many writes are waiting'));
    }
    return this.#accept(verb, args, now, rows);
  }

  /** From here on {@link call} gets `unavailable`; what was accepted runs. */
  refuseMore(): void {
    this.#ended ??= new StorageError('unavailable', 'the store is closed');
  }

  /** For what has to be written after the last call; refused only when the writer thread is gone. */
  callLast(verb: string, args: readonly unknown[], now: number): Promise<unknown> {
    if (this.#exited) return Promise.reject(this.#ended);
    return this.#accept(verb, args, now, 1);
  }

  #accept(verb: string, args: readonly unknown[], now: number, rows: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ verb, args, now, rows, queuedAtMs: performance.now(), resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#groups.length >= groupsAhead) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#hand();
    });
  }

  /** Hands over as many groups as the writer may have ahead. */
  #hand(): void {
    while (this.#groups.length < groupsAhead && this.#taken < this.#waiting.length) {
      const group = this.#nextGroup();
      this.#taken += group.length;
      if (this.#taken === this.#waiting.length) {
        this.#waiting = [];
        this.#taken = 0;
      } else if (this.#taken > 4096) {
        this.#waiting = this.#waiting.slice(this.#taken);
        this.#taken = 0;
      }
      this.#post(group);
    }
    if (this.#groups.length === 0) {
      this.#worker.unref();
      if (this.#waiting.length === this.#taken) this.#drained?.();
    }
  }

  #nextGroup(): readonly Waiting[] {
    let end = this.#taken;
    let rows = 0;
    for (; end < this.#waiting.length && end - this.#taken < groupLimit; end += 1) {
      rows += this.#waiting[end]?.rows ?? 0;
      if (rows > groupRowLimit && end > this.#taken) break;
    }
    return this.#waiting.slice(this.#taken, end);
  }

  #post(group: readonly Waiting[]): void {
    const [oldest] = group;
    if (oldest === undefined) return;
    const message: ToWriter = {
      kind: 'group',
      calls: group.map(({ verb, args, now }) => ({ verb, args, now })),
      waitedMs: performance.now() - oldest.queuedAtMs,
    };
    try {
      this.#worker.postMessage(message);
    } catch (error) {
      this.#refuseUncloneable(group, error);
      return;
    }
    this.#groups.push(group);
    this.#worker.ref();
  }

  /** One call that cannot be sent must not fail its neighbours. */
  #refuseUncloneable(group: readonly Waiting[], cause: unknown): void {
    const [only, second] = group;
    if (only !== undefined && second === undefined) {
      only.reject(new StorageError('internal', `the arguments of ${only.verb} cannot be sent`, { cause }));
      return;
    }
    const sendable = group.filter((call) => {
      try {
        structuredClone(call.args);
        return true;
      } catch (error) {
        call.reject(
          new StorageError('internal', `the arguments of ${call.verb} cannot be sent`, { cause: error }),
        );
        return false;
      }
    });
    this.#post(sendable);
  }

  #settle(answers: readonly SentAnswer[]): void {
    const group = this.#groups.shift() ?? [];
    this.#hand();
    this.#options.onGroupEnd();
    group.forEach((call, index) => {
      const answer = answers[index];
      if (answer === undefined) call.reject(new StorageError('internal', 'the writer thread gave no answer'));
      else if (answer.ok) call.resolve(answer.value);
      else call.reject(receiveError(answer.error));
    });
  }

  #fail(detail: string): void {
    if (this.#ended === undefined) {
      this.#ended = new StorageError('unavailable', detail);
      this.#options.onProblem(this.#ended);
    }
    const lost = [...this.#groups.splice(0).flat(), ...this.#waiting.slice(this.#taken)];
    this.#waiting = [];
    this.#taken = 0;
    for (const call of lost) {
      call.reject(new StorageError('unavailable', `${detail}; whether this write was kept is not known`));
    }
    this.#drained?.();
  }

  /**
   * Runs what was accepted, then `atEnd`, closes the file and ends the thread. Later calls get `unavailable`.
   * The writer closes last: it alone can fold the log into the file.
   */
  async close(atEnd: () => void = () => {}): Promise<void> {
    this.refuseMore();
    if (!this.#exited && (this.#groups.length > 0 || this.#waiting.length > this.#taken)) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    atEnd();
    if (this.#exited) return;
    this.#worker.ref();
    this.#worker.postMessage({ kind: 'close' } satisfies ToWriter);
    await this.#exit;
  }
}

function firstMessage(worker: Worker): Promise<FromWriter> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void => {
      leave();
      reject(
        new StorageError('unavailable', `the writer thread did not start: ${String(error)}`, {
          cause: error,
        }),
      );
    };
    const ended = (): void => failed('it ended');
    const told = (message: FromWriter): void => {
      leave();
      resolve(message);
    };
    const leave = (): void => {
      worker.off('error', failed);
      worker.off('exit', ended);
      worker.off('message', told);
    };
    worker.on('error', failed);
    worker.on('exit', ended);
    worker.on('message', told);
  });
}
