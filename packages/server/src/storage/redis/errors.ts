import { ErrorReply } from '@redis/client';
import { StorageError, type StorageErrorCode } from '../error.ts';

/** First words of refusals that an operator mends, or that pass by themselves. Any other is a bug of ours. */
const codes: Readonly<Record<string, StorageErrorCode>> = {
  OOM: 'full',
  MISCONF: 'read-only',
  READONLY: 'read-only',
  NOREPLICAS: 'read-only',
  LOADING: 'unavailable',
  BUSY: 'unavailable',
  MASTERDOWN: 'unavailable',
  CLUSTERDOWN: 'unavailable',
  TRYAGAIN: 'unavailable',
  NOAUTH: 'unavailable',
  WRONGPASS: 'unavailable',
  NOPERM: 'unavailable',
};

/** What came instead of an answer: a refusal of Redis by its first word, and everything else as its absence. */
export function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const code =
    error instanceof ErrorReply ? (codes[detail.split(' ', 1)[0] ?? ''] ?? 'internal') : 'unavailable';
  return new StorageError(code, `Redis: ${detail}`, { cause: error });
}

export function isUnknownScript(error: unknown): boolean {
  return error instanceof ErrorReply && error.message.startsWith('NOSCRIPT');
}
