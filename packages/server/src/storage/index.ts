export { openStores } from './open.ts';
export type { OpenedStores } from './opened.ts';
export type * from './ports.ts';
export type { Hashed } from './secrets.ts';
