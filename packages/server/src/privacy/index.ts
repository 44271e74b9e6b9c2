export { type ClientBrake, createBrakes, type RegistrationBrake } from './brakes.ts';
export { createBuckets } from './buckets.ts';
export { createDeviceBrake, type DeviceBrake } from './device-brake.ts';
