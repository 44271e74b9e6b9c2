import { StorageError, type StorageErrorCode } from '../error.ts';

/** SQLSTATE by class, or whole. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const codes: ReadonlyMap<string, StorageErrorCode> = new Map([
  ['08', 'unavailable'],
  ['25006', 'read-only'],
  ['28', 'unavailable'],
  ['3D', 'unavailable'],
  ['42501', 'read-only'],
  ['40', 'unavailable'],
  ['53', 'unavailable'],
  ['53100', 'full'],
  ['55P03', 'unavailable'],
  ['57', 'unavailable'],
  ['58', 'unavailable'],
  ['XX001', 'corrupt'],
  ['XX002', 'corrupt'],
]);

/** Serialization failure, deadlock, and a unique key that two transactions made at once: the next try sees the other. */
const repeatable: ReadonlySet<string> = new Set(['40001', '40P01', '23505']);

function stateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether the same transaction may succeed when it is run again. Nothing of the failed one is kept. */
export function isRepeatable(error: unknown): boolean {
  return repeatable.has(stateOf(error) ?? '');
}

/** Whether the connection is gone, rather than the statement refused. */
export function isConnectionLost(error: unknown): boolean {
  const state = stateOf(error);
  if (state !== undefined) return /^(?:08|57P0[1-3])/.test(state);
  if (error instanceof StorageError || !(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    /^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|ENOENT)/.test(code) ||
    /connection|timeout/i.test(error.message)
  );
}

/** Everything a statement or a connection can throw, as the one error of the port. */
export function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const state = stateOf(error);
  if (state !== undefined) {
    const known = codes.get(state) ?? codes.get(state.slice(0, 2));
    return new StorageError(known ?? 'internal', `PostgreSQL ${state}: ${message}`, { cause: error });
  }
  const code: StorageErrorCode = isConnectionLost(error) ? 'unavailable' : 'internal';
  return new StorageError(code, `PostgreSQL: ${message}`, { cause: error });
}
