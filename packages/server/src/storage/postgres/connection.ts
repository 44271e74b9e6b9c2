import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { Client, type ClientConfig, Pool } from 'pg';
import { StorageError } from '../error.ts';

export interface PostgresAddress {
  /** `postgres://user@host:port/database`; a password in it is used where no file is given. */
  readonly url: string;
  /** Read at every connection, so that a password that was rotated is found. */
  readonly passwordFile?: string | undefined;
  /** `disable` for a socket or the loopback interface; `verify-full` checks chain and name. */
  readonly tls: 'disable' | 'verify-full';
  /** Certificates to trust instead of the system's. */
  readonly caFile?: string | undefined;
}

export interface ConnectionTimes {
  readonly connectTimeoutMs: number;
  /** Of one statement, at the server; a lock is waited for no longer than this either. */
  readonly statementTimeoutMs: number;
}

/** What every connection is opened with. Throws `unavailable` where a file cannot be read. */
export function clientConfig(address: PostgresAddress, times: ConnectionTimes, name: string): ClientConfig {
  const { connectTimeoutMs, statementTimeoutMs } = times;
  const url = new URL(address.url);
  // Now, so that a wrong path is said at the start and not when a connection happens to be asked for it.
  if (address.passwordFile !== undefined) readPassword(address.passwordFile);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5432 : Number(url.port),
    user: decodeURIComponent(url.username),
    database: decodeURIComponent(url.pathname.slice(1)),
    password:
      address.passwordFile === undefined
        ? decodeURIComponent(url.password)
        : () => readPassword(address.passwordFile ?? ''),
    ssl: address.tls === 'disable' ? false : tlsOptions(address),
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs * 2,
    // A peer that vanished without a word is noticed by us, not by the kernel in its own time.
    query_timeout: statementTimeoutMs + 2000,
    keepAlive: true,
  };
}

/** Opens one connection. An error on it while nobody asks anything is for `onLost`, and is never thrown. */
export async function connect(config: ClientConfig, onLost: (error: unknown) => void): Promise<Client> {
  const client = new Client(config);
  client.on('error', onLost);
  client.on('end', () => onLost(new Error('connection ended')));
  try {
    await client.connect();
  } catch (error) {
    client.end().catch(() => {});
    throw error;
  }
  return client;
}

export function openPool(config: ClientConfig, size: number, onLost: (error: unknown) => void): Pool {
  const pool = new Pool({ ...config, max: size, idleTimeoutMillis: 30_000, allowExitOnIdle: true });
  pool.on('error', onLost);
  // One that is lent out has no listener of the pool's: its loss is told by the query that is under way.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new StorageError('unavailable', `the password file ${file} cannot be read`, { cause: error });
  }
}

function tlsOptions({ caFile }: PostgresAddress): TlsOptions {
  const strict = { rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const;
  if (caFile === undefined) return strict;
  try {
    return { ...strict, ca: readFileSync(caFile, 'utf8') };
  } catch (error) {
    throw new StorageError('unavailable', `the certificate file ${caFile} cannot be read`, { cause: error });
  }
}
