import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { normaliseEntry } from '../../audit/chain.ts';
import type { AuditEntry } from '../../audit/record.ts';
import { StorageError } from '../error.ts';
import { appendAudit } from '../sql/audit-chains.ts';
import type { Prepared, WriteScope, WriteVerb } from '../sql/engine.ts';
import { HeadMemory } from '../sql/head-memory.ts';
import type { Tables } from '../sql/tables.ts';
import { kyselyOver, only } from './dialect.ts';
import { isConnectionLost, isRepeatable, toStorageError } from './errors.ts';

/** Tries of one transaction: each failure left nothing behind. */
const maxTries = 6;
/** Tenants whose chain is remembered. */
const rememberedHeads = 5000;

export interface LaneOptions {
  /** Owner of the audit chains that this lane appends to. */
  readonly process: string;
  readonly connect: (onLost: () => void) => Promise<Client>;
  readonly prepare: boolean;
}

export interface LaneAnswer {
  readonly value: unknown;
  /** Whether the change feed has something new. */
  readonly changed: boolean;
}

type AnyVerb = WriteVerb<readonly never[], unknown>;

/**
 * One connection that writes: runs one transaction at a time, with an audit chain of its own for each tenant, so that
 * lanes never wait for each other's chains.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #heads = new HeadMemory(rememberedHeads);
  #client: Client | undefined;
  #prepared: Prepared | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get process(): string {
    return this.#options.process;
  }

  /** Runs the verb in a transaction and answers after its commit; what may be repeated is, within `deadline`. */
  async run(verb: AnyVerb, args: readonly unknown[], now: number, deadline: number): Promise<LaneAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(verb, args, now);
      } catch (error) {
        const lost = isConnectionLost(error);
        if (lost) this.#forgetConnection();
        const again = attempt < maxTries && performance.now() < deadline;
        if (!again || !(lost ? attempt === 1 : isRepeatable(error) || error instanceof StaleHead)) {
          throw toStorageError(error instanceof StaleHead ? error.cause : error);
        }
        await sleep(Math.random() * 5 * attempt);
      }
    }
  }

  async #attempt(verb: AnyVerb, args: readonly unknown[], now: number): Promise<LaneAnswer> {
    const { client, prepared } = await this.#open();
    const audited: AuditEntry[] = [];
    let changed = false;
    const scope: WriteScope = {
      ...prepared,
      now,
      process: this.#options.process,
      heads: this.#heads,
      audit: async (entries) => {
        for (const entry of entries) audited.push(normaliseEntry(entry));
      },
      noteChange: () => {
        changed = true;
      },
    };
    let value: unknown;
    try {
      await client.query('begin');
      value = await verb.run(scope, ...(args as readonly never[]));
      if (audited.length > 0) await this.#append(scope, audited);
    } catch (error) {
      this.#heads.clear();
      if (!isConnectionLost(error)) await this.#rollBack(client);
      throw error;
    }
    await this.#commit(client);
    return { value, changed };
  }

  /** Another process may have taken this one for dead and ended its chains: then a remembered head is wrong, once. */
  async #append(scope: WriteScope, entries: readonly AuditEntry[]): Promise<void> {
    const wasRemembered = entries.some(({ tenant }) => this.#heads.find(tenant) !== undefined);
    try {
      await appendAudit(scope, entries);
    } catch (error) {
      if (wasRemembered && error instanceof StorageError && error.code === 'internal') {
        throw new StaleHead('a remembered audit chain moved', { cause: error });
      }
      throw error;
    }
  }

  async #commit(client: Client): Promise<void> {
    try {
      const { command } = await client.query('commit');
      // A transaction that had failed answers ROLLBACK to a commit, and no error.
      if (command !== 'COMMIT')
        throw new StorageError('internal', 'a transaction that had failed was committed');
      this.#heads.commit();
    } catch (error) {
      this.#heads.clear();
      if (!isConnectionLost(error)) throw error;
      this.#forgetConnection();
      throw new StorageError(
        'unavailable',
        'the connection was lost at a commit: whether it was kept is not known',
        {
          cause: error,
        },
      );
    }
  }

  async #rollBack(client: Client): Promise<void> {
    try {
      await client.query('rollback');
    } catch {
      this.#forgetConnection();
    }
  }

  async #open(): Promise<{ readonly client: Client; readonly prepared: Prepared }> {
    if (this.#client !== undefined && this.#prepared !== undefined) {
      return { client: this.#client, prepared: this.#prepared };
    }
    let opened: Client | undefined;
    opened = await this.#options.connect(() => {
      if (this.#client === opened) this.#forgetConnection();
    });
    this.#client = opened;
    this.#prepared = { trx: kyselyOver<Tables>(only(opened), this.#options.prepare), compiled: new Map() };
    return { client: opened, prepared: this.#prepared };
  }

  #forgetConnection(): void {
    const client = this.#client;
    this.#client = undefined;
    this.#prepared = undefined;
    this.#heads.clear();
    client?.end().catch(() => {});
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }
}

class StaleHead extends Error {
  override readonly name = 'StaleHead';
}
