export { StorageError, type StorageErrorCode } from './error.ts';
export { MemoryEphemeralStore } from './memory-ephemeral.ts';
export type * from './ports.ts';
export type { Hashed, Sealed } from './secrets.ts';
export { type OpenedStores, openSqliteStore, type SqliteStoreOptions } from './sqlite/open.ts';
