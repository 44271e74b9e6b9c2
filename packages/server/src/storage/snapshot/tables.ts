/** Every table once, with what becomes of it when a store is copied. A table without an entry here does not compile. */
import type { Tables } from '../sql/tables.ts';

export type TableName = keyof Tables & string;

/**
 * `durable`, `temporary` and `grant` rows are copied. `process` too: they name the writers whose audit chains are still open, for the next
 * program to end. A restore leaves `grant` rows out: the copy would revive what was spent or revoked since. `own` rows are of the place where a store lies, and every store has its own.
 */
export type Nature = 'durable' | 'temporary' | 'grant' | 'process' | 'own';

export interface TableEntry {
  readonly nature: Nature;
  /** The primary key: rows are read, compared and hashed in its order, which is that of the bytes in every store. */
  readonly key: readonly string[];
}

export const tableEntries: Readonly<Record<TableName, TableEntry>> = {
  schema: { nature: 'own', key: ['id'] },
  process: { nature: 'process', key: ['id'] },
  tenant: { nature: 'durable', key: ['id'] },
  client: { nature: 'durable', key: ['tenant', 'id'] },
  client_secret: { nature: 'durable', key: ['tenant', 'client', 'id'] },
  subject: { nature: 'durable', key: ['tenant', 'id'] },
  pairwise_subject: { nature: 'durable', key: ['tenant', 'subject', 'sector'] },
  person_group: { nature: 'durable', key: ['tenant', 'id'] },
  group_member: { nature: 'durable', key: ['tenant', 'group_id', 'subject'] },
  role_grant: { nature: 'durable', key: ['tenant', 'subject', 'role', 'workspace', 'home'] },
  session: { nature: 'grant', key: ['tenant', 'id'] },
  session_client: { nature: 'grant', key: ['tenant', 'session', 'client'] },
  logout_delivery: { nature: 'temporary', key: ['tenant', 'session', 'client'] },
  consent: { nature: 'durable', key: ['tenant', 'subject', 'client'] },
  pushed_request: { nature: 'grant', key: ['tenant', 'hash'] },
  code: { nature: 'grant', key: ['tenant', 'hash'] },
  device_code: { nature: 'grant', key: ['tenant', 'hash'] },
  refresh_family: { nature: 'grant', key: ['tenant', 'id'] },
  access_token: { nature: 'grant', key: ['tenant', 'hash'] },
  revocation: { nature: 'temporary', key: ['seq'] },
  signing_key: { nature: 'durable', key: ['tenant', 'kid'] },
  one_time_token: { nature: 'grant', key: ['tenant', 'purpose', 'hash'] },
  initial_access_token: { nature: 'grant', key: ['tenant', 'id'] },
  audit_chain: { nature: 'durable', key: ['tenant', 'id'] },
  audit_record: { nature: 'durable', key: ['tenant', 'chain', 'sequence'] },
  outbox: { nature: 'temporary', key: ['seq'] },
  // Who reads the feed stands at a place of its own store.
  change: { nature: 'own', key: ['seq'] },
  change_floor: { nature: 'own', key: ['id'] },
  ephemeral: { nature: 'temporary', key: ['key'] },
  bucket: { nature: 'temporary', key: ['key'] },
};

export const copiedTables: readonly TableName[] = (
  Object.entries(tableEntries) as [TableName, TableEntry][]
).flatMap(([table, { nature }]) => (nature === 'own' ? [] : [table]));

/** Tables whose key the database counts up. */
export const countingTables = copiedTables.filter((table) => tableEntries[table].key[0] === 'seq');
