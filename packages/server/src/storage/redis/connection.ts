import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { createClient, createCluster } from '@redis/client';
import { StorageError } from '../error.ts';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

export interface RedisAccess {
  readonly mode: 'standalone' | 'cluster';
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
  /** `key` is the one that the command works on, or empty. What is not sent when `signal` aborts is never sent. */
  send(key: string, command: readonly string[], signal: AbortSignal): Promise<Reply>;
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
  // Now, so that a wrong path is said at the start and not when a connection happens to be made.
  if (access.passwordFile !== undefined) readPassword(access.passwordFile);
  const shared = tlsOptions(access);
  switch (access.mode) {
    case 'standalone':
      return openStandalone(access, shared, events);
    case 'cluster':
      return openCluster(access, shared, events);
  }
}

function openStandalone(access: RedisAccess, tls: TlsOptions, events: LinkEvents): RedisLink {
  const [address] = access.addresses;
  if (address === undefined) throw new RangeError('no address of Redis');
  const servername = access.tls !== 'disable' && isIP(address.host) === 0 ? { servername: address.host } : {};
  const client = createClient({
    ...nodeOptions(access),
    socket: { ...times, ...tls, ...address, ...servername },
  });
  client.on('ready', events.onReady);
  client.on('error', events.onLost);
  // It goes on trying, and tells `error` each time; the promise fails only when the link is closed before.
  client.connect().catch(() => {});
  return {
    send: (_key, command, signal) => client.sendCommand<Reply>([...command], { abortSignal: signal }),
    close: () => client.destroy(),
  };
}

/** The addresses are of some nodes, which tell of the others. */
function openCluster(access: RedisAccess, tls: TlsOptions, events: LinkEvents): RedisLink {
  const open = () => {
    const socket = { ...times, ...tls };
    const cluster = createCluster({
      rootNodes: access.addresses.map((address) => ({
        ...nodeOptions(access),
        socket: { ...socket, ...address, reconnectStrategy: false as const },
      })),
      defaults: { ...nodeOptions(access), socket },
      topologyRefreshOnReconnectionAttemptStrategy: pingEveryMs,
    });
    cluster.on('error', ignore);
    return cluster;
  };
  return persist(open, events, (cluster, key, command, signal) =>
    cluster.sendCommand<Reply>(key === '' ? undefined : key, false, [...command], { abortSignal: signal }),
  );
}

/** A client that gives up when its first attempt fails is made anew until one has got through. */
function persist<Client extends { connect(): Promise<unknown>; destroy(): unknown }>(
  open: () => Client,
  events: LinkEvents,
  send: (client: Client, key: string, command: readonly string[], signal: AbortSignal) => Promise<Reply>,
): RedisLink {
  let client: Client | undefined;
  let isClosed = false;
  let retries = 0;
  const attempt = (): void => {
    if (isClosed) return;
    const fresh = open();
    fresh.connect().then(
      () => {
        if (isClosed) return end(fresh);
        client = fresh;
        events.onReady();
      },
      (error: unknown) => {
        end(fresh);
        events.onLost(error);
        setTimeout(attempt, times.reconnectStrategy(retries++)).unref();
      },
    );
  };
  attempt();
  return {
    async send(key, command, signal) {
      if (client === undefined) throw new StorageError('unavailable', 'Redis has not been reached yet');
      return send(client, key, command, signal);
    },
    close() {
      isClosed = true;
      if (client !== undefined) end(client);
    },
  };
}

/** Of one node among others; whether what is asked is answered, the breaker tells. */
function ignore(): void {}

function end(client: { destroy(): unknown }): void {
  Promise.resolve(client.destroy()).catch(() => {});
}

function nodeOptions({ username, passwordFile }: RedisAccess) {
  return {
    name: 'countersign',
    disableClientInfo: true,
    maintNotifications: 'disabled' as const,
    pingInterval: pingEveryMs,
    disableOfflineQueue: true,
    commandsQueueMaxLength: maxOnTheWay,
    ...(passwordFile !== undefined && {
      credentialsProvider: {
        type: 'async-credentials-provider' as const,
        credentials: async () => ({
          ...(username !== undefined && { username }),
          password: readPassword(passwordFile),
        }),
      },
    }),
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

type TlsOptions = ReturnType<typeof tlsOptions>;

function tlsOptions({ tls, caFile }: RedisAccess) {
  if (tls === 'disable') return {};
  const strict = { tls: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const;
  if (caFile === undefined) return strict;
  try {
    return { ...strict, ca: readFileSync(caFile, 'utf8') };
  } catch (error) {
    throw new StorageError('unavailable', `the certificate file ${caFile} cannot be read`, { cause: error });
  }
}
