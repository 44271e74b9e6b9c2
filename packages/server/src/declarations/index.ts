export { DeclarationError } from './declaration-error.ts';
export { exportDocuments } from './export.ts';
export type { Change, World } from './kind.ts';
export { type Plan, planSources } from './plan.ts';
export { maxFileBytes, readSources, type Source } from './sources.ts';
