/** Which store the servers of a test keep everything in: the embedded one, or a database of their own in PostgreSQL. */
import { createHash } from 'node:crypto';
import { Client } from 'pg';

/** `npm test -- --store postgresql`: the same tests, over the other store. */
const isPostgres = process.env.TEST_STORE === 'postgresql';
const serverUrl = process.env.TEST_POSTGRES_URL ?? '';

/**
 * Settings for every process that works on this data directory; always the same for the same directory. Makes the
 * database at its first use.
 */
export async function storeSettings(dataDirectory: string): Promise<Readonly<Record<string, string>>> {
  if (!isPostgres) return {};
  const name = `test_${createHash('sha256').update(dataDirectory).digest('hex').slice(0, 24)}`;
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = name;
  url.password = '';
  return {
    COUNTERSIGN_STORAGE__URL: url.href,
    COUNTERSIGN_STORAGE__PASSWORD_FILE: process.env.TEST_POSTGRES_PASSWORD_FILE ?? '',
  };
}
