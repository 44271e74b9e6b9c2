export type * from './ports.ts';
export type { Hashed } from './secrets.ts';
export { type OpenedStores, openSqliteStore } from './sqlite/open.ts';
