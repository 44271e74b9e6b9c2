export { createOutbound } from './outbound.ts';
export type { ResolveHost } from './resolve-host.ts';
