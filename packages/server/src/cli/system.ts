/** The real clock and the real chance. */
import { randomBytes } from 'node:crypto';
import type { Clock, Random } from '../ports.ts';

export const systemClock: Clock = {
  now: () => Math.floor(Date.now() / 1000),
  nowMs: () => Date.now(),
};

export const systemRandom: Random = {
  bytes: (size) => randomBytes(size),
  token: (size) => randomBytes(size).toString('base64url'),
};
