import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { createClient, type RedisClientOptions } from '@redis/client';
import { StorageError } from '../error.ts';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

export interface RedisAccess {
  readonly addresses: readonly RedisAddress[];
  /** Absent: the user named `default`. */
  readonly username?: string | undefined;
  /** Read at every connection, so that a password that was rotated is found. */
  readonly passwordFile?: string | undefined;
  /** `disable` for the loopback interface; `verify-full` checks chain and name. */
  readonly tls: 'disable' | 'verify-full';
  /** Certificates to trust instead of the system's. */
  readonly caFile?: string | undefined;
}

export type Reply = string | number | null | readonly Reply[];

/** A connection that comes back by itself. A command while there is none fails at once; none is sent twice. */
export interface RedisLink {
  /** `key` is the one that the command works on. */
  send(key: string, command: readonly string[]): Promise<Reply>;
  close(): void;
}

export interface LinkEvents {
  /** Each time a connection is there to be used. */
  readonly onReady: () => void;
  /** Each time one is lost or cannot be made; what it was about has failed by itself. */
  readonly onLost: (error: unknown) => void;
}

const connectTimeoutMs = 3000;
/** A peer that vanished without a word is noticed within this time, by the pings that it does not answer. */
const silenceMs = 3000;
const pingEveryMs = 1000;
const longestReconnectMs = 1000;
/** Commands on their way at once; more are refused. */
const maxOnTheWay = 10_000;

/** Begins to connect and answers at once. Throws `unavailable` where a file cannot be read. */
export function openLink(access: RedisAccess, events: LinkEvents): RedisLink {
  const [address] = access.addresses;
  if (address === undefined) throw new RangeError('no address of Redis');
  const client = createClient(clientOptions(access, address));
  client.on('ready', events.onReady);
  client.on('error', events.onLost);
  // It goes on trying, and tells `error` each time; the promise fails only when the link is closed before.
  client.connect().catch(() => {});
  return {
    send: (_key, command) => client.sendCommand<Reply>([...command]),
    close: () => client.destroy(),
  };
}

function clientOptions(access: RedisAccess, address: RedisAddress): RedisClientOptions {
  const { username, passwordFile } = access;
  // Now, so that a wrong path is said at the start and not when a connection happens to be made.
  if (passwordFile !== undefined) readPassword(passwordFile);
  return {
    socket: { ...address, ...times, ...tlsOptions(access, address) },
    ...(passwordFile !== undefined && {
      credentialsProvider: {
        type: 'async-credentials-provider',
        credentials: async () => ({
          ...(username !== undefined && { username }),
          password: readPassword(passwordFile),
        }),
      },
    }),
    name: 'countersign',
    disableClientInfo: true,
    disableOfflineQueue: true,
    commandsQueueMaxLength: maxOnTheWay,
    maintNotifications: 'disabled',
    pingInterval: pingEveryMs,
  };
}

const times = {
  connectTimeout: connectTimeoutMs,
  socketTimeout: silenceMs,
  // Apart from one another, so that many processes do not come back all at once.
  reconnectStrategy: (retries: number) =>
    Math.min(50 * 2 ** Math.min(retries, 6), longestReconnectMs) * (0.5 + Math.random() / 2),
};

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new StorageError('unavailable', `the password file ${file} cannot be read`, { cause: error });
  }
}

function tlsOptions({ tls, caFile }: RedisAccess, address: RedisAddress) {
  if (tls === 'disable') return {};
  const strict = {
    tls: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(isIP(address.host) === 0 && { servername: address.host }),
  } as const;
  if (caFile === undefined) return strict;
  try {
    return { ...strict, ca: readFileSync(caFile, 'utf8') };
  } catch (error) {
    throw new StorageError('unavailable', `the certificate file ${caFile} cannot be read`, { cause: error });
  }
}
