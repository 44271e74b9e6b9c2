import type { Kysely } from 'kysely';
import { type Migration, runStatements, type SchemaDialect } from './migration.ts';

/** All tables of the first release. */
export const initial: Migration = {
  version: 1,
  readableFrom: 1,
  name: '0001-initial',
  summary: 'creates all tables of the first release',
  up: async (db: Kysely<never>, dialect: SchemaDialect) => {
    await runStatements(db, dialect, [
      ...configuration(dialect),
      ...people(dialect),
      ...grants(dialect),
      ...keysAndLinks(dialect),
      ...audit(dialect),
      ...feeds(dialect),
      ...ephemeral(dialect),
    ]);
  },
};

function configuration({ integer, table }: SchemaDialect): string[] {
  return [
    `create table process (id text primary key, name text not null, host text not null, pid ${integer} not null,
      started text not null, beat_at ${integer} not null)${table}`,
    `create table tenant (id text primary key, name text not null, profile text not null, host text unique,
      settings text not null, created_at ${integer} not null, updated_at ${integer} not null,
      version ${integer} not null)${table}`,
    `create table client (tenant text not null, id text not null, subject text not null, metadata text not null,
      disabled_at ${integer} not null, created_at ${integer} not null, updated_at ${integer} not null,
      version ${integer} not null, primary key (tenant, id))${table}`,
    `create table client_secret (tenant text not null, client text not null, id text not null, hash text not null,
      created_at ${integer} not null, expires_at ${integer} not null, primary key (tenant, client, id))${table}`,
    `create index client_secret_expires_at on client_secret (expires_at) where expires_at > 0`,
  ];
}

function people({ integer, table }: SchemaDialect): string[] {
  return [
    `create table subject (tenant text not null, id text not null, kind text not null, username text,
      username_key text, email text, email_verified ${integer} not null, profile text not null,
      password_hash text, must_change_password ${integer} not null, workspace text, audit_key text not null,
      disabled_at ${integer} not null, created_at ${integer} not null, updated_at ${integer} not null,
      version ${integer} not null, primary key (tenant, id), unique (tenant, username_key))${table}`,
    `create index subject_kind on subject (tenant, kind, id)`,
    `create table role_grant (tenant text not null, home text not null, subject text not null, role text not null,
      workspace text not null, created_at ${integer} not null,
      primary key (tenant, subject, role, workspace, home))${table}`,
    `create index role_grant_home on role_grant (home, subject)`,
    `create index role_grant_role on role_grant (tenant, role)`,
    `create table session (tenant text not null, id text not null, token_hash text not null, subject text not null,
      auth_time ${integer} not null, acr text not null, amr text not null, device text not null,
      created_at ${integer} not null, last_seen_at ${integer} not null, idle_expires_at ${integer} not null,
      expires_at ${integer} not null, ended_at ${integer} not null,
      primary key (tenant, id), unique (tenant, token_hash))${table}`,
    `create index session_subject on session (tenant, subject)`,
    `create index session_expires_at on session (expires_at)`,
    `create table consent (tenant text not null, subject text not null, client text not null, scope text not null,
      resources text not null, granted_at ${integer} not null, updated_at ${integer} not null,
      primary key (tenant, subject, client))${table}`,
    `create index consent_client on consent (tenant, client)`,
  ];
}

function grants({ integer, sequence, table }: SchemaDialect): string[] {
  return [
    `create table pushed_request (tenant text not null, hash text not null, client text not null,
      parameters text not null, cnf text, created_at ${integer} not null, expires_at ${integer} not null,
      spent_at ${integer} not null, primary key (tenant, hash))${table}`,
    `create index pushed_request_expires_at on pushed_request (expires_at)`,
    `create table code (tenant text not null, hash text not null, client text not null, subject text not null,
      session text not null, grant_id text not null, cnf text, details text not null,
      attempts ${integer} not null, created_at ${integer} not null, expires_at ${integer} not null,
      spent_at ${integer} not null, reused_at ${integer} not null, primary key (tenant, hash))${table}`,
    `create index code_subject on code (tenant, subject)`,
    `create index code_expires_at on code (expires_at)`,
    `create table refresh_family (tenant text not null, id text not null, client text not null,
      subject text not null, session text, secret text not null, generation ${integer} not null,
      rotated_at ${integer} not null, offline ${integer} not null, cnf text, details text not null,
      created_at ${integer} not null, idle_expires_at ${integer} not null, expires_at ${integer} not null,
      revoked_at ${integer} not null, primary key (tenant, id))${table}`,
    `create index refresh_family_subject on refresh_family (tenant, subject, client)`,
    `create index refresh_family_client on refresh_family (tenant, client)`,
    `create index refresh_family_session on refresh_family (tenant, session) where session is not null`,
    `create index refresh_family_expires_at on refresh_family (expires_at)`,
    `create table access_token (tenant text not null, hash text not null, jti text not null, client text not null,
      subject text not null, grant_id text, claims text not null, created_at ${integer} not null,
      expires_at ${integer} not null, primary key (tenant, hash))${table}`,
    `create index access_token_grant on access_token (tenant, grant_id) where grant_id is not null`,
    `create index access_token_subject on access_token (tenant, subject)`,
    `create index access_token_expires_at on access_token (expires_at)`,
    `create table revocation (seq ${sequence}, tenant text not null, kind text not null, id text not null,
      revoked_at ${integer} not null, expires_at ${integer} not null)${table}`,
    `create index revocation_expires_at on revocation (expires_at)`,
  ];
}

function keysAndLinks({ integer, table }: SchemaDialect): string[] {
  return [
    `create table signing_key (tenant text not null, kid text not null, algorithm text not null,
      version ${integer} not null, state text not null, public_jwk text not null, thumbprint text not null unique, private_key text not null,
      created_at ${integer} not null, published_at ${integer} not null, activated_at ${integer} not null,
      retired_at ${integer} not null, due_at ${integer} not null, log_chain text not null,
      log_sequence ${integer} not null, primary key (tenant, kid), unique (tenant, algorithm, version))${table}`,
    `create unique index signing_key_current on signing_key (tenant, algorithm) where state = 'current'`,
    `create index signing_key_due_at on signing_key (due_at)`,
    `create table one_time_token (tenant text not null, purpose text not null, hash text not null,
      created_at ${integer} not null, expires_at ${integer} not null, spent_at ${integer} not null,
      primary key (tenant, purpose, hash))${table}`,
    `create index one_time_token_expires_at on one_time_token (expires_at)`,
  ];
}

function audit({ integer, table }: SchemaDialect): string[] {
  return [
    `create table audit_chain (tenant text not null, id text not null, ordinal ${integer} not null,
      process text not null, opened_at ${integer} not null, predecessor_chain text, predecessor_hash text,
      head_sequence ${integer} not null, head_hash text not null, state text not null,
      primary key (tenant, id), unique (tenant, ordinal))${table}`,
    `create index audit_chain_open on audit_chain (process, tenant) where state = 'open'`,
    // In order of writing, and with one index: a row in the place of its chain would touch a page per tenant and write.
    `create table audit_record (tenant text not null, chain text not null, sequence ${integer} not null,
      at ${integer} not null, action text not null, actor_kind text not null, actor_id text not null,
      target_kind text, target_id text, outcome text not null, reason text, trace_id text not null,
      details text not null, personal_subject text, personal_sealed text, previous_hash text not null,
      hash text not null, primary key (tenant, chain, sequence))${table}`,
  ];
}

function feeds({ integer, sequence, table, changeColumns, changeStatements }: SchemaDialect): string[] {
  return [
    `create table outbox (seq ${sequence}, tenant text not null, id text not null, type text not null,
      at ${integer} not null, subject text, data text not null, expires_at ${integer} not null)${table}`,
    `create index outbox_expires_at on outbox (expires_at)`,
    `create table change (seq ${sequence}, topic text not null, tenant text not null, id text not null,
      expires_at ${integer} not null${changeColumns})${table}`,
    `create index change_expires_at on change (expires_at)`,
    `create table change_floor (id ${integer} primary key, seq ${integer} not null)${table}`,
    `insert into change_floor (id, seq) values (1, 0)`,
    ...changeStatements,
  ];
}

function ephemeral({ integer, real, clustered }: SchemaDialect): string[] {
  return [
    `create table ephemeral (key text primary key, value text not null, expires_at ${integer} not null)${clustered}`,
    `create index ephemeral_expires_at on ephemeral (expires_at)`,
    `create table bucket (key text primary key, tokens ${real} not null, updated_ms ${real} not null,
      expires_at ${integer} not null)${clustered}`,
    `create index bucket_expires_at on bucket (expires_at)`,
  ];
}
