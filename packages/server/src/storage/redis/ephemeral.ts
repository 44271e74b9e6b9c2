import { createHash } from 'node:crypto';
import { StorageError } from '../error.ts';
import type { BucketRule, EphemeralStore, SpendOutcome } from '../ports.ts';
import type { Breaker } from './breaker.ts';
import type { RedisLink, Reply } from './connection.ts';
import { isUnknownScript, toStorageError } from './errors.ts';
import { claimScript, replaceScript, type Script, spendScript, takeScript } from './scripts.ts';

/** Redis forgets so much later than asked: processes whose clocks differ by less see the same claim until it expires. */
const marginSeconds = 60;
const maxValueLength = 524_288;

export interface RedisEphemeralParts {
  readonly link: RedisLink;
  readonly breaker: Breaker;
  /** Before every key. */
  readonly prefix: string;
  /** Epoch seconds. */
  readonly clock: () => number;
  /** What came later than this never came. */
  readonly commandTimeoutMs: number;
}

/**
 * Every verb is one command or one script, sent once: after a failure it is unknown whether it was done, and a claim or a value that
 * may have been taken counts as taken. Keys are hashed, so that no caller chooses their length.
 */
export class RedisEphemeralStore implements EphemeralStore {
  readonly #parts: RedisEphemeralParts;

  constructor(parts: RedisEphemeralParts) {
    this.#parts = parts;
  }

  async putIfAbsent(key: string, expiresAt: number): Promise<boolean> {
    const { entry, lifeMs } = this.#entry('', expiresAt);
    return (await this.#run(claimScript, this.#key('e', key), [this.#now(), entry, lifeMs])) === 1;
  }

  async put(key: string, value: string, expiresAt: number): Promise<void> {
    const { entry, lifeMs } = this.#entry(value, expiresAt);
    const place = this.#key('e', key);
    await this.#send(place, ['SET', place, entry, 'PX', lifeMs]);
  }

  async find(key: string, now: number): Promise<string | undefined> {
    const place = this.#key('e', key);
    const kept = await this.#send(place, ['GET', place]);
    return typeof kept === 'string' && expiryOf(kept) > now ? textOf(kept) : undefined;
  }

  async replace(key: string, expected: string, next: string): Promise<boolean> {
    requireRoom(next);
    return (await this.#run(replaceScript, this.#key('e', key), [this.#now(), expected, next])) === 1;
  }

  async take(key: string, now: number): Promise<string | undefined> {
    const kept = await this.#run(takeScript, this.#key('e', key), [String(now)]);
    return typeof kept === 'string' ? textOf(kept) : undefined;
  }

  async spend(bucket: string, cost: number, rule: BucketRule, nowMs: number): Promise<SpendOutcome> {
    const numbers = [cost, rule.capacity, rule.refillPerSecond, nowMs];
    const answer = await this.#run(spendScript, this.#key('b', bucket), numbers.map(String));
    const [allowed, wait] = Array.isArray(answer) ? answer : [];
    return { allowed: allowed === 1, retryAfterSeconds: Number(wait) };
  }

  async check(): Promise<void> {
    await this.#send('', ['PING']);
  }

  async close(): Promise<void> {
    this.#parts.link.close();
  }

  #now(): string {
    return String(this.#parts.clock());
  }

  #key(kind: 'e' | 'b', name: string): string {
    return `${this.#parts.prefix}${kind}:${createHash('sha256').update(name).digest('base64url')}`;
  }

  #entry(value: string, expiresAt: number): { readonly entry: string; readonly lifeMs: string } {
    requireRoom(value);
    const seconds = Math.max(0, expiresAt - this.#parts.clock()) + marginSeconds;
    return { entry: `${expiresAt} ${value}`, lifeMs: String(Math.ceil(seconds * 1000)) };
  }

  async #run({ sha1, text }: Script, key: string, values: readonly string[]): Promise<Reply> {
    const rest = ['1', key, ...values];
    return this.#guarded((signal) =>
      this.#parts.link.send(key, ['EVALSHA', sha1, ...rest], signal).catch((error: unknown) => {
        // Nothing was done: a Redis that was started anew has not seen it yet.
        if (!isUnknownScript(error)) throw error;
        return this.#parts.link.send(key, ['EVAL', text, ...rest], signal);
      }),
    );
  }

  #send(key: string, command: readonly string[]): Promise<Reply> {
    return this.#guarded((signal) => this.#parts.link.send(key, command, signal));
  }

  #guarded(send: (signal: AbortSignal) => Promise<Reply>): Promise<Reply> {
    const { breaker, commandTimeoutMs } = this.#parts;
    return breaker.run(() =>
      within(commandTimeoutMs, send).catch((error: unknown) => {
        throw toStorageError(error);
      }),
    );
  }
}

function expiryOf(kept: string): number {
  return Number(kept.slice(0, kept.indexOf(' ')));
}

function textOf(kept: string): string {
  return kept.slice(kept.indexOf(' ') + 1);
}

function requireRoom(value: string): void {
  if (value.length > maxValueLength) {
    throw new StorageError('full', `a value of ${value.length} characters is more than Redis is given`);
  }
}

function within<T>(timeoutMs: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const giveUp = (): void => {
      reject(new StorageError('unavailable', `Redis did not answer within ${timeoutMs} ms`));
      controller.abort();
    };
    // An answer that lies in the socket already, because this process was busy, is no failure of Redis.
    const late = setTimeout(() => setImmediate(giveUp), timeoutMs);
    ask(controller.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(late));
  });
}
