/** Which store the servers of a test keep everything in: the embedded one, or a database of their own in PostgreSQL. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';

/** A PostgreSQL server whose superuser may make databases. */
export interface DatabaseServer {
  readonly url: string;
  readonly passwordFile: string;
}

/** `npm test -- --store postgresql`: the same tests, over the other store. */
const isPostgres = process.env.TEST_STORE === 'postgresql';

type Settings = Readonly<Record<string, string | undefined>>;

/**
 * Settings for every process that works on this data directory; always the same for the same directory. Makes the
 * database at its first use.
 */
export async function storeSettings(dataDirectory: string): Promise<Readonly<Record<string, string>>> {
  if (!isPostgres) return {};
  const { TEST_POSTGRES_URL: url = '', TEST_POSTGRES_PASSWORD_FILE: passwordFile = '' } = process.env;
  return databaseSettings({ url, passwordFile }, dataDirectory);
}

/** The same for a server that the test has of its own. */
export async function databaseSettings(
  server: DatabaseServer,
  dataDirectory: string,
): Promise<Readonly<Record<string, string>>> {
  const name = `test_${createHash('sha256').update(dataDirectory).digest('hex').slice(0, 24)}`;
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(server.url);
  url.pathname = name;
  url.password = '';
  return {
    COUNTERSIGN_STORAGE__URL: url.href,
    COUNTERSIGN_STORAGE__PASSWORD_FILE: server.passwordFile,
  };
}

/** The jti of every access token that the audit record of a store names; read behind the servers' back. */
export async function issuedInAudit(settings: Settings): Promise<ReadonlySet<string>> {
  const rows = await select(settings, "select details from audit_record where action = 'token.issued'");
  return new Set(rows.map(({ details }) => (JSON.parse(String(details)) as { jti: string }).jti));
}

async function select(settings: Settings, sql: string): Promise<readonly Record<string, unknown>[]> {
  const { COUNTERSIGN_STORAGE__URL: url, COUNTERSIGN_STORAGE__PASSWORD_FILE: passwordFile } = settings;
  if (url === undefined) {
    const path = join(settings.COUNTERSIGN_DATA_DIR ?? '', 'countersign.db');
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return database.prepare(sql).all();
    } finally {
      database.close();
    }
  }
  const address = new URL(url);
  address.password = readFileSync(passwordFile ?? '', 'utf8').trim();
  const client = new Client({ connectionString: address.href });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
