import type { Kysely } from 'kysely';
import { type Migration, runStatements, type SchemaDialect } from './migration.ts';

/** Clients that register themselves, and what allows them to. A program that does not know them writes declared clients. */
export const registration: Migration = {
  version: 4,
  readableFrom: 1,
  name: '0004-registration',
  summary: 'adds initial access tokens, and to clients where they come from and when they were last used',
  up: async (db: Kysely<never>, dialect: SchemaDialect) => {
    const { integer, table } = dialect;
    await runStatements(db, dialect, [
      `alter table client add column source text not null default 'declared'`,
      `alter table client add column registration_token text`,
      `alter table client add column initial_token text`,
      `alter table client add column software_statement text`,
      `alter table client add column last_used_at ${integer} not null default 0`,
      `alter table client add column due_at ${integer} not null default 0`,
      `create index client_dynamic on client (tenant) where source = 'dynamic'`,
      `create index client_due_at on client (due_at) where due_at > 0`,
      `create table initial_access_token (tenant text not null, id text not null, hash text not null,
        uses_left ${integer} not null, created_at ${integer} not null, expires_at ${integer} not null,
        primary key (tenant, id), unique (tenant, hash))${table}`,
      `create index initial_access_token_expires_at on initial_access_token (expires_at)`,
    ]);
  },
};
