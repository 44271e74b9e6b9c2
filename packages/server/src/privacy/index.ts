export { type ClientBrake, createBrakes } from './brakes.ts';
export { createBuckets } from './buckets.ts';
