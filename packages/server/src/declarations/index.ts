export { exportDocuments } from './export.ts';
export type { Change } from './kind.ts';
export { type Plan, planSources } from './plan.ts';
export { maxFileBytes, readSources, type Source } from './sources.ts';
