/** When a logout that could not be delivered is tried again, and for how long (decision note 17). */

/** After the first failure, the second, and so on; after the last one it is given up. Nearly eight hours in all. */
const retryDelaysSeconds: readonly number[] = [5, 30, 120, 600, 1800, 3600, 7200, 14_400];

export const maxAttempts = retryDelaysSeconds.length + 1;

/** How long one attempt may take, and when another process may conclude that this one died in it. */
export const attemptTimeoutMs = 10_000;
export const leaseSeconds = 30;

/** What was given up stays for an operator. */
export const deadSeconds = 14 * 86_400;

/**
 * Seconds until the next attempt, a fifth more or less, so that what failed together does not come back together; undefined
 * when there is none. `chance` is from 0 to 1.
 */
export function retryDelay(attempts: number, chance: number): number | undefined {
  const delay = retryDelaysSeconds[attempts - 1];
  return delay === undefined ? undefined : Math.max(1, Math.round(delay * (0.8 + 0.4 * chance)));
}
