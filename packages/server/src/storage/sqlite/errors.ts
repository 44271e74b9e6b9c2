import { StorageError, type StorageErrorCode } from '../error.ts';

/** Primary result codes of SQLite. @see https://sqlite.org/rescode.html */
const busy = 5;
const codes: ReadonlyMap<number, StorageErrorCode> = new Map([
  [3, 'read-only'],
  [busy, 'unavailable'],
  [6, 'unavailable'],
  [8, 'read-only'],
  [10, 'unavailable'],
  [11, 'corrupt'],
  [13, 'full'],
  [14, 'read-only'],
  [23, 'read-only'],
  [26, 'corrupt'],
]);

const systemCodes: ReadonlyMap<string, StorageErrorCode> = new Map([
  ['EACCES', 'read-only'],
  ['EPERM', 'read-only'],
  ['EROFS', 'read-only'],
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
]);

/** Extended result codes that say more than their primary one. */
const extendedCodes: ReadonlyMap<number, StorageErrorCode> = new Map([
  // IOERR_SHMSIZE: no room to grow the index of the write-ahead log.
  [4874, 'full'],
]);

function extendedCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined;
}

function resultCode(error: unknown): number | undefined {
  const code = extendedCode(error);
  return code === undefined ? undefined : code & 0xff;
}

export function isBusy(error: unknown): boolean {
  return resultCode(error) === busy;
}

/** Everything a statement or a file operation can throw, as the one error of the port. */
export function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const result = resultCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (result !== undefined) {
    const known = extendedCodes.get(extendedCode(error) ?? 0) ?? codes.get(result);
    return new StorageError(known ?? 'internal', `SQLite: ${message}`, { cause: error });
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return new StorageError(systemCodes.get(code) ?? 'internal', message, { cause: error });
}

/** A StorageError as it crosses from the worker thread. */
export interface SentError {
  readonly code: StorageErrorCode;
  readonly detail: string;
  readonly stack: string;
}

export function sendError(error: unknown): SentError {
  const known = toStorageError(error);
  const cause = known.cause instanceof Error ? known.cause : known;
  return { code: known.code, detail: known.message, stack: cause.stack ?? '' };
}

export function receiveError(sent: SentError): StorageError {
  return new StorageError(sent.code, sent.detail, { cause: sent.stack });
}
