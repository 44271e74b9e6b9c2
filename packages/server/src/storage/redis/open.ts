import { setTimeout as sleep } from 'node:timers/promises';
import type { StorageError } from '../error.ts';
import type { EphemeralStore } from '../ports.ts';
import { Breaker } from './breaker.ts';
import { openLink, type RedisAccess, type RedisLink } from './connection.ts';
import { RedisEphemeralStore } from './ephemeral.ts';
import { toStorageError } from './errors.ts';

export interface RedisOptions extends RedisAccess {
  readonly prefix: string;
  readonly commandTimeoutMs: number;
  /** Epoch seconds. */
  readonly clock: () => number;
  /** Redis is away: once, when that is known; by default it is dropped. */
  readonly onProblem?: ((error: StorageError) => void) | undefined;
  /** For the operator: that Redis is back, and what is wrong with its settings. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

const failuresInARow = 5;
const restMs = 500;
/** For the first connection; a start is not held up for longer. */
const longestWaitMs = 5000;
const noticeTimeoutMs = 3000;

/**
 * Resolves when Redis is there or the first attempt to reach it has failed: then it goes on trying, and until it gets there every
 * call fails as `unavailable`.
 * @throws {StorageError} `unavailable` where a file cannot be read
 */
export async function openRedisEphemeralStore(options: RedisOptions): Promise<EphemeralStore> {
  const { onProblem = () => {}, onNotice = () => {} } = options;
  let isAway = false;
  const tell = (cause: StorageError | undefined): void => {
    if (isAway === (cause !== undefined)) return;
    isAway = cause !== undefined;
    if (cause === undefined) onNotice('Redis answers again');
    else onProblem(cause);
  };
  const { promise: tried, resolve } = Promise.withResolvers<void>();
  const link = openLink(options, {
    onReady: () => {
      resolve();
      tell(undefined);
      void noticePolicy(link, onNotice);
    },
    onLost: (error) => {
      resolve();
      tell(toStorageError(error));
    },
  });
  const breaker = new Breaker({
    failures: failuresInARow,
    restMs,
    nowMs: () => performance.now(),
    onTurn: tell,
  });
  await Promise.race([tried, sleep(longestWaitMs, undefined, { ref: false })]);
  return new RedisEphemeralStore({ ...options, link, breaker });
}

/** A Redis that makes room by forgetting would forget claims, and what was used once could be used again. */
async function noticePolicy(link: RedisLink, onNotice: (text: string) => void): Promise<void> {
  let text: string;
  try {
    text = String(await link.send('', ['INFO', 'memory'], AbortSignal.timeout(noticeTimeoutMs)));
  } catch (error) {
    onNotice(
      `Redis does not tell its maxmemory-policy (${toStorageError(error).message}): see to it that it is noeviction`,
    );
    return;
  }
  const policy = /^maxmemory_policy:(.*?)\r?$/m.exec(text)?.[1] ?? 'unknown';
  if (policy === 'noeviction') return;
  onNotice(
    `the maxmemory-policy of Redis is ${policy}: when it is full it forgets claims, and what was used once could be used again. Set it to noeviction`,
  );
}
