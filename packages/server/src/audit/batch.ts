/**
 * Audit records on their way to the store, 20 ms at a time. A record that was taken is never dropped in silence: what the
 * store refuses goes on waiting and is tried again, and until it is written no further record is taken, so that nothing
 * more is issued than the log can tell of. A crash loses the records of one batch at most.
 */
import { StorageError } from '../storage/error.ts';
import type { Logger } from '../telemetry/log.ts';
import type { AuditEntry, AuditStore } from './record.ts';

export interface AuditBatch {
  /**
   * Undefined: taken, and written within 20 ms. A promise: the store is slow or away, and the record is taken when it
   * resolves.
   * @throws {StorageError} by the promise: the record was not taken
   */
  add(entry: AuditEntry): Promise<void> | undefined;
  /** @throws {StorageError} when the store does not take what is waiting; it goes on waiting */
  flush(): Promise<void>;
  /** Ends the batch. What the store does not take now is written to the log instead. Does not throw. */
  close(): Promise<void>;
}

const batchMs = 20;
const retryMs = 1000;
/** Of one transaction: it must not hold the store's lock for long. */
const chunk = 1000;
/** With so many waiting whoever brings one more waits with it: memory stays bounded when the store is slow. */
const maxWaiting = 20_000;

export function createAuditBatch(parts: {
  readonly store: Pick<AuditStore, 'append'>;
  readonly log: Logger;
}): AuditBatch {
  const { store, log } = parts;
  let waiting: AuditEntry[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  /** The last write failed: what waits has been refused once. */
  let failing = false;

  /** Writes until nothing waits; one at a time, and whoever comes meanwhile is served too. */
  function flush(): Promise<void> {
    if (writing === undefined && waiting.length === 0) return Promise.resolve();
    writing ??= write();
    return writing;
  }

  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    try {
      while (waiting.length > 0) {
        const entries = waiting.slice(0, chunk);
        await append(entries);
        waiting = waiting.slice(entries.length);
      }
      if (failing) log.info('audit records are written again');
      failing = false;
    } catch (error) {
      if (!failing)
        log.error({ err: error, waiting: waiting.length }, 'audit records cannot be written; they wait');
      failing = true;
      schedule(retryMs);
      throw error;
    } finally {
      writing = undefined;
    }
  }

  /** An entry that no store can take must not hold up the others for ever: it is found by halving, and logged. */
  async function append(entries: readonly AuditEntry[]): Promise<void> {
    try {
      await store.append(entries);
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'internal') throw error;
      const [first, second] = entries;
      if (first !== undefined && second === undefined) {
        logLost(first, error);
        return;
      }
      const middle = Math.ceil(entries.length / 2);
      await append(entries.slice(0, middle));
      await append(entries.slice(middle));
    }
  }

  function schedule(delayMs: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush().catch(() => undefined);
    }, delayMs);
  }

  function logLost(entry: AuditEntry, error: unknown): void {
    log.error({ err: error, audit: entry }, 'an audit record is not in the store; this line stands for it');
  }

  async function addLate(entry: AuditEntry): Promise<void> {
    await flush();
    await append([entry]);
  }

  return {
    add(entry) {
      if (failing || waiting.length >= maxWaiting) return addLate(entry);
      waiting.push(entry);
      schedule(batchMs);
      return undefined;
    },

    flush,

    async close() {
      try {
        await flush();
      } catch (error) {
        for (const entry of waiting) logLost(entry, error);
        waiting = [];
      }
      clearTimeout(timer);
    },
  };
}
