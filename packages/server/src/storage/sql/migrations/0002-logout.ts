import type { Kysely } from 'kysely';
import { type Migration, runStatements, type SchemaDialect } from './migration.ts';

/** Which clients took part in a session, and whom its end is still to be told. */
export const logout: Migration = {
  version: 2,
  readableFrom: 1,
  name: '0002-logout',
  summary: 'adds the clients of a session and the logouts they are told of',
  up: async (db: Kysely<never>, dialect: SchemaDialect) => {
    const { integer, table, clustered } = dialect;
    await runStatements(db, dialect, [
      `create table session_client (tenant text not null, session text not null, client text not null,
        created_at ${integer} not null, expires_at ${integer} not null,
        primary key (tenant, session, client))${clustered}`,
      `create index session_client_client on session_client (tenant, client)`,
      `create index session_client_expires_at on session_client (expires_at)`,
      `create table logout_delivery (tenant text not null, session text not null, client text not null,
        subject text not null, state text not null, attempts ${integer} not null, due_at ${integer} not null,
        reason text, created_at ${integer} not null, expires_at ${integer} not null,
        primary key (tenant, session, client))${table}`,
      `create index logout_delivery_due_at on logout_delivery (due_at) where state <> 'dead'`,
      `create index logout_delivery_client on logout_delivery (tenant, client)`,
      `create index logout_delivery_expires_at on logout_delivery (expires_at)`,
    ]);
  },
};
