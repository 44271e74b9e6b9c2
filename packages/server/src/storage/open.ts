import type { StorageError } from './error.ts';
import type { OpenedStores } from './opened.ts';
import type { EphemeralStore } from './ports.ts';

/** The part of the configuration that says where everything is kept. */
export interface StorageSettings {
  readonly directory: string;
  readonly patienceMs: number;
  readonly postgres: {
    readonly url: string;
    readonly passwordFile: string | null;
    readonly tls: 'verify-full' | 'disable';
    readonly caFile: string | null;
    readonly writers: number;
    readonly readers: number;
    readonly statementTimeoutMs: number;
    readonly prepareStatements: boolean;
  } | null;
}

/** The part of the configuration that says where what may be lost is kept. */
export interface EphemeralSettings {
  /** null: where everything else is. */
  readonly redis: {
    readonly mode: 'standalone' | 'cluster';
    readonly addresses: readonly { readonly host: string; readonly port: number }[];
    readonly username: string | null;
    readonly passwordFile: string | null;
    readonly tls: 'verify-full' | 'disable';
    readonly caFile: string | null;
    readonly prefix: string;
    readonly commandTimeoutMs: number;
  } | null;
}

export interface EphemeralOptions {
  /** Epoch seconds. */
  readonly clock: () => number;
  /** What goes wrong outside of a call. */
  readonly onProblem: (error: StorageError) => void;
  /** What an operator should know of the peer. */
  readonly onNotice: (text: string) => void;
}

export interface OpenOptions {
  /** Names this program in the audit chains: `serve`, `cli`. */
  readonly processName: string;
  /** Epoch seconds. */
  readonly clock: () => number;
  /** What goes wrong outside of a call; by default it is dropped. */
  readonly onProblem?: (error: StorageError) => void;
}

/**
 * Opens the store that is configured. Only its adapter is loaded.
 * @throws {StorageError} as `openSqliteStore` and `openPostgresStore`
 */
export async function openStores(settings: StorageSettings, options: OpenOptions): Promise<OpenedStores> {
  const { postgres, directory, patienceMs } = settings;
  if (postgres === null) {
    const { openSqliteStore } = await import('./sqlite/open.ts');
    return openSqliteStore({ ...options, directory, patienceMs });
  }
  const { openPostgresStore } = await import('./postgres/open.ts');
  const { url, passwordFile, tls, caFile, writers, readers, statementTimeoutMs } = postgres;
  return openPostgresStore({
    ...options,
    address: { url, tls, passwordFile: passwordFile ?? undefined, caFile: caFile ?? undefined },
    writers,
    readers,
    statementTimeoutMs,
    patienceMs,
    prepare: postgres.prepareStatements,
  });
}

/**
 * The ephemeral store that is configured: `beside`, which came with the store, or one of its own. Its adapter is loaded only
 * then, and its peer may be away.
 * @throws {StorageError} as `openRedisEphemeralStore`
 */
export async function openEphemeralStore(
  settings: EphemeralSettings,
  beside: EphemeralStore,
  options: EphemeralOptions,
): Promise<EphemeralStore> {
  if (settings.redis === null) return beside;
  const { openRedisEphemeralStore } = await import('./redis/open.ts');
  const { username, passwordFile, caFile, ...rest } = settings.redis;
  return openRedisEphemeralStore({
    ...options,
    ...rest,
    username: username ?? undefined,
    passwordFile: passwordFile ?? undefined,
    caFile: caFile ?? undefined,
  });
}
