/** The embedded store with Redis beside it, in the server of the test run. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisAccess } from '../redis/connection.ts';
import { openRedisEphemeralStore } from '../redis/open.ts';
import { openSqliteStore } from '../sqlite/open.ts';
import type { Driver, Opened } from './driver.ts';

const { TEST_REDIS_ADDRESS: serverAddress, TEST_REDIS_PASSWORD_FILE: passwordFile } = process.env;

/** The `skip` option of a test that needs Redis. In CI a skip is a failure. */
export const skipWithoutRedis =
  serverAddress === undefined ? 'Redis is missing: install it (redis-server)' : false;

/** With patience: what is tried here is not how fast a busy machine is. */
export function redisAccess(): RedisAccess & { readonly commandTimeoutMs: number } {
  const [host = '', port] = (serverAddress ?? '').split(':');
  return {
    mode: 'standalone',
    addresses: [{ host, port: Number(port) }],
    passwordFile,
    tls: 'disable',
    commandTimeoutMs: 10_000,
  };
}

export function newPrefix(): string {
  return `test-${randomBytes(8).toString('hex')}:`;
}

/** `redis:<prefix> <data directory>` */
export async function openRedisAddress(
  address: string,
  processName: string,
  clock: () => number,
): Promise<Opened> {
  const space = address.indexOf(' ');
  const prefix = address.slice('redis:'.length, space);
  const { store } = await openSqliteStore({ directory: address.slice(space + 1), processName, clock });
  return { store, ephemeral: await openRedisEphemeralStore({ ...redisAccess(), prefix, clock }) };
}

export const redisRaceDriver: Pick<Driver, 'name' | 'create'> = {
  name: 'redis',
  create: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'countersign-conformance-'));
    const address = `redis:${newPrefix()} ${directory}`;
    const opened: Opened[] = [];
    return {
      address,
      open: async (clock = () => Math.floor(Date.now() / 1000)) => {
        const stores = await openRedisAddress(address, 'suite', clock);
        opened.push(stores);
        return stores;
      },
      dump: () => Promise.reject(new Error('not of this driver')),
      alter: () => Promise.reject(new Error('not of this driver')),
      destroy: async () => {
        for (const { store, ephemeral } of opened) {
          await ephemeral.close();
          await store.close();
        }
        rmSync(directory, { recursive: true, force: true });
      },
    };
  },
};
