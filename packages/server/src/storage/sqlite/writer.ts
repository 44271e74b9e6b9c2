import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CompiledQuery, Kysely } from 'kysely';
import { normaliseEntry } from '../../audit/chain.ts';
import type { AuditEntry } from '../../audit/record.ts';
import { StorageError } from '../error.ts';
import { appendAudit } from '../sql/audit-chains.ts';
import type { ChainHeads } from '../sql/audit-heads.ts';
import type { WriteScope } from '../sql/engine.ts';
import { forgetful, HeadMemory } from '../sql/head-memory.ts';
import { migrate, requireReadable, type SchemaVersion } from '../sql/migrations/run.ts';
import type { Tables } from '../sql/tables.ts';
import { writeVerbs } from '../sql/verbs.ts';
import { enterWal, openWriter, patiently } from './connection.ts';
import { kyselyOver, sqliteSchema } from './dialect.ts';
import { sendError } from './errors.ts';
import type { SentAnswer, SentCall, WriterOptions } from './protocol.ts';

/** Tenants whose chain is remembered: about 3 MB. */
const rememberedHeads = 20_000;

/** The one connection of a process that writes: runs groups of verbs, each group one transaction. */
export class Writer {
  readonly #database: DatabaseSync;
  readonly #trx: Kysely<Tables>;
  readonly #process: string;
  readonly #patienceMs: number;
  readonly #compiled = new Map<string, CompiledQuery>();
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #rollBackTo: StatementSync;
  readonly #heads: HeadMemory;
  readonly #verbHeads: ChainHeads;
  /** Entries of the verbs of this group that went well. */
  #audited: AuditEntry[] = [];

  private constructor(database: DatabaseSync, options: WriterOptions) {
    this.#database = database;
    this.#trx = kyselyOver<Tables>(database);
    this.#process = options.process;
    this.#patienceMs = options.patienceMs;
    this.#heads = new HeadMemory(options.rememberedHeads ?? rememberedHeads);
    this.#verbHeads = forgetful(this.#heads);
    this.#savepoint = database.prepare('SAVEPOINT verb');
    this.#release = database.prepare('RELEASE verb');
    this.#rollBackTo = database.prepare('ROLLBACK TO verb');
  }

  /** Opens and migrates. Of many starting processes one migrates while the others wait. */
  static async open(options: WriterOptions): Promise<Writer> {
    const database = openWriter(options.file, options.maxPages);
    try {
      const deadline = performance.now() + options.patienceMs;
      const found = await patiently(deadline, () => readSchema(database));
      if (found !== undefined) requireReadable(found);
      await patiently(deadline, () => enterWal(database));
      await migrateUnderLock(database, deadline);
      return new Writer(database, options);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /**
   * Answers in the order of the calls, after the commit. A verb that throws is rolled back alone; a transaction
   * that cannot begin or commit fails every verb of the group.
   */
  async run(calls: readonly SentCall[], waitedMs: number): Promise<readonly SentAnswer[]> {
    try {
      const deadline = performance.now() + Math.max(0, this.#patienceMs - waitedMs);
      await patiently(deadline, () => this.#database.exec('BEGIN IMMEDIATE'));
      const answers: SentAnswer[] = [];
      this.#audited = [];
      for (const call of calls) answers.push(await this.#runOne(call));
      if (this.#audited.length > 0) await this.#appendAudited(calls.at(-1)?.now ?? 0);
      this.#database.exec('COMMIT');
      this.#heads.commit();
      return answers;
    } catch (error) {
      // Also when the commit's own outcome is in doubt: the next group reads what the database kept.
      this.#heads.clear();
      this.#rollBack();
      const sent = sendError(error);
      return calls.map(() => ({ ok: false, error: sent }));
    }
  }

  async #runOne(call: SentCall): Promise<SentAnswer> {
    const verb = writeVerbs.get(call.verb);
    if (verb === undefined) {
      return { ok: false, error: sendError(new StorageError('internal', `no write verb ${call.verb}`)) };
    }
    const audited: AuditEntry[] = [];
    this.#savepoint.run();
    try {
      const value = await verb(this.#scope(call.now, audited), call.args);
      this.#release.run();
      this.#audited.push(...audited);
      return { ok: true, value };
    } catch (error) {
      // A full disk or an I/O error may have ended the whole transaction: then the group is lost, not this verb.
      if (!this.#database.isTransaction) throw error;
      this.#rollBackTo.run();
      this.#release.run();
      return { ok: false, error: sendError(error) };
    }
  }

  /** A memory that proves wrong (another process took this one for dead and ended its chains) is read anew, once. */
  async #appendAudited(now: number): Promise<void> {
    const scope = { ...this.#scope(now, []), heads: this.#heads };
    this.#savepoint.run();
    try {
      await appendAudit(scope, this.#audited);
    } catch (error) {
      if (!this.#database.isTransaction) throw error;
      this.#rollBackTo.run();
      this.#heads.clear();
      await appendAudit(scope, this.#audited);
    }
    this.#release.run();
  }

  #scope(now: number, audited: AuditEntry[]): WriteScope {
    return {
      trx: this.#trx,
      now,
      process: this.#process,
      compiled: this.#compiled,
      heads: this.#verbHeads,
      // The feed reads after every group.
      noteChange: () => {},
      // Checked while the verb can still be undone, written once for the group.
      audit: async (entries) => {
        for (const entry of entries) audited.push(normaliseEntry(entry));
      },
    };
  }

  #rollBack(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch {
      // The commit's own error is what the callers hear; BEGIN of the next group finds what is left.
    }
  }

  close(): void {
    this.#database.close();
  }
}

function readSchema(database: DatabaseSync): SchemaVersion | undefined {
  const table = database
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema'")
    .get();
  if (table === undefined) {
    const foreign = database.prepare('SELECT name FROM sqlite_schema LIMIT 1').get();
    if (foreign !== undefined)
      throw new StorageError('corrupt', 'this SQLite file belongs to another program');
    return undefined;
  }
  const row = database.prepare('SELECT version, readable_from FROM schema WHERE id = 1').get();
  const version = row?.version;
  const readableFrom = row?.readable_from;
  if (typeof version !== 'number' || typeof readableFrom !== 'number') {
    throw new StorageError('corrupt', 'the schema row is missing');
  }
  return { version, readableFrom };
}

async function migrateUnderLock(database: DatabaseSync, deadline: number): Promise<void> {
  await patiently(deadline, () => database.exec('BEGIN IMMEDIATE'));
  try {
    await migrate(kyselyOver<never>(database), sqliteSchema, readSchema(database));
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
