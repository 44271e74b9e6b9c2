import type { Kysely } from 'kysely';
import { type Migration, runStatements, type SchemaDialect } from './migration.ts';

/** Devices that wait for a person's approval (RFC 8628). */
export const deviceCode: Migration = {
  version: 3,
  readableFrom: 1,
  name: '0003-device-code',
  summary: 'adds the table of device codes',
  up: async (db: Kysely<never>, dialect: SchemaDialect) => {
    const { integer, table } = dialect;
    await runStatements(db, dialect, [
      `create table device_code (tenant text not null, hash text not null, user_code text not null,
        client text not null, state text not null, cnf text, details text not null, origin text,
        interval_seconds ${integer} not null, last_polled_at ${integer} not null, early ${integer} not null,
        subject text, grant_id text, approval text, created_at ${integer} not null, expires_at ${integer} not null,
        revoked_at ${integer} not null, primary key (tenant, hash), unique (tenant, user_code))${table}`,
      `create index device_code_subject on device_code (tenant, subject) where subject is not null`,
      `create index device_code_expires_at on device_code (expires_at)`,
    ]);
  },
};
