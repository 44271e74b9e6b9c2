import type { Kysely } from 'kysely';
import { type Migration, runStatements, type SchemaDialect } from './migration.ts';

/** What clients are told about people: pairwise identifiers, groups and attributes. */
export const claims: Migration = {
  version: 5,
  readableFrom: 1,
  name: '0005-claims',
  summary: 'adds pairwise identifiers, groups and attributes of people',
  up: async (db: Kysely<never>, dialect: SchemaDialect) => {
    const { integer, table, clustered } = dialect;
    await runStatements(db, dialect, [
      `create table pairwise_subject (tenant text not null, sector text not null, subject text not null,
        sub text not null, created_at ${integer} not null,
        primary key (tenant, subject, sector), unique (tenant, sub))${table}`,
      `alter table subject add column attributes text not null default '{}'`,
      // The parent is for groups within groups: no group has one yet.
      `create table person_group (tenant text not null, id text not null, name text not null,
        name_key text not null, parent text, created_at ${integer} not null, primary key (tenant, id), unique (tenant, name_key))${table}`,
      `create table group_member (tenant text not null, group_id text not null, subject text not null,
        created_at ${integer} not null, primary key (tenant, group_id, subject))${clustered}`,
      `create index group_member_subject on group_member (tenant, subject)`,
    ]);
  },
};
