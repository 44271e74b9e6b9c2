export { type ClientBrake, createBrakes } from './brakes.ts';
export { createBuckets, deviceRules } from './buckets.ts';
export { createDeviceBrake, type DeviceBrake } from './device-brake.ts';
