/** The real clock and the real chance. */
import { randomBytes, randomFillSync } from 'node:crypto';
import type { Clock, Random } from './ports.ts';

export const systemClock: Clock = {
  now: () => Math.floor(Date.now() / 1000),
  nowMs: () => Date.now(),
};

export const systemRandom: Random = {
  bytes: (size) => randomBytes(size),
  token: (size) => randomBytes(size).toString('base64url'),
};

const poolBytes = 4096;

/**
 * For a server, which needs 16 bytes for every token: asks the system for 4 KiB at a time. Each byte is handed out
 * once and wiped from the pool when it has been.
 */
export function createPooledRandom(): Random {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  return {
    bytes: (size) => randomBytes(size),
    token(size) {
      if (size > poolBytes) return randomBytes(size).toString('base64url');
      if (used + size > poolBytes) {
        randomFillSync(pool);
        used = 0;
      }
      const text = pool.toString('base64url', used, used + size);
      pool.fill(0, used, used + size);
      used += size;
      return text;
    },
  };
}
