/**
 * What a driver gives the aggregates, and what an aggregate gives a driver. A write verb is a plain function over
 * one transaction; the driver decides where it runs (a worker thread's grouped transaction, or a pool).
 */
import type { CompiledQuery, Kysely } from 'kysely';
import type { AuditEntry } from '../../audit/record.ts';
import type { ChainHeads } from './audit-heads.ts';
import type { Tables } from './tables.ts';

/** A connection, or one transaction on it, with the statements compiled for it. */
export interface Prepared {
  readonly trx: Kysely<Tables>;
  /** Statements compiled once per connection; the key names the statement. */
  readonly compiled: Map<string, CompiledQuery>;
}

/** `trx` is the verb's transaction: a verb that throws leaves nothing. */
export interface WriteScope extends Prepared {
  /** The store's clock when the verb was asked for, for verbs that are not told the time. */
  readonly now: number;
  /** Identifier of the writing process: owner of the audit chains it appends to. */
  readonly process: string;
  /**
   * Appends in this transaction, in order, at the latest right before its commit: a driver that groups verbs
   * writes the entries of a whole group at once, and those of a verb that threw not at all.
   */
  readonly audit: (entries: readonly AuditEntry[]) => Promise<void>;
  readonly heads: ChainHeads;
  /** Told that this transaction writes to the change feed, for a driver that reads it after the commit. */
  readonly noteChange: () => void;
}

export interface WriteVerb<Args extends readonly unknown[], Result> {
  /** `aggregate.verb`, unique: what travels to the worker thread. */
  readonly name: string;
  /** Arguments and result are structured-cloneable. */
  readonly run: (scope: WriteScope, ...args: Args) => Promise<Result>;
  /** About how many rows it writes, where that depends on the arguments: a driver that groups verbs adds them up. */
  readonly weigh?: (...args: Args) => number;
}

export type Read = Kysely<Tables>;

export interface Engine {
  /** One or more statements outside a transaction; each sees all that was acknowledged before. */
  read<T>(query: (db: Read, now: number, prepared: Prepared) => Promise<T>): Promise<T>;
  /** A function that runs the verb in a transaction and answers after its commit. */
  bind<Args extends readonly unknown[], Result>(
    verb: WriteVerb<Args, Result>,
  ): (...args: Args) => Promise<Result>;
}

export function writeVerb<Args extends readonly unknown[], Result>(
  name: string,
  run: (scope: WriteScope, ...args: Args) => Promise<Result>,
  weigh?: (...args: Args) => number,
): WriteVerb<Args, Result> {
  return weigh === undefined ? { name, run } : { name, run, weigh };
}
