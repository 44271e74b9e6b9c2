export { type ClientBrake, createBrakes, type LoginBrake } from './brakes.ts';
export { type Bucket, type Buckets, createBuckets } from './buckets.ts';
