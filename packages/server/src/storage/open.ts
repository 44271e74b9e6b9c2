import type { StorageError } from './error.ts';
import type { OpenedStores } from './opened.ts';

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
