/** The life of a signing key, pure: what should happen to the keys of one tenant and algorithm at a given time. */
import type { SigningKeyRecord } from '../storage/ports.ts';

export interface KeyTimes {
  /** How long a key signs before it is replaced. */
  readonly rotationSeconds: number;
  /** How long the next key is published before it signs. */
  readonly publishSeconds: number;
  /** How long a retired key stays published. */
  readonly retiredSeconds: number;
}

export type KeyStep =
  | { readonly step: 'publish'; readonly key: SigningKeyRecord }
  | { readonly step: 'promote'; readonly key: SigningKeyRecord }
  | { readonly step: 'create' }
  | { readonly step: 'remove'; readonly key: SigningKeyRecord };

/**
 * The one step that is due, or undefined. Repeating until it answers undefined brings any state that a crash may have
 * left to rest: the ordinary life of a key and its recovery are the same code.
 */
export function nextStep(
  keys: readonly SigningKeyRecord[],
  now: number,
  times: KeyTimes,
): KeyStep | undefined {
  const byAge = [...keys].sort((a, b) => a.version - b.version);
  const logged = byAge.find((key) => key.state === 'logged');
  if (logged !== undefined) return { step: 'publish', key: logged };
  const current = byAge.find((key) => key.state === 'current');
  const next = byAge.find((key) => key.state === 'next');
  if (next !== undefined) {
    // Without a current key nobody holds an older set that the next one would be missing from: it need not wait.
    if (current === undefined || now >= next.publishedAt + times.publishSeconds)
      return { step: 'promote', key: next };
  } else if (current === undefined || now >= renewalTime(current, times)) {
    return { step: 'create' };
  }
  const removable = byAge.find(
    (key) => key.state === 'retired' && now >= key.retiredAt + times.retiredSeconds,
  );
  return removable === undefined ? undefined : { step: 'remove', key: removable };
}

/** When the successor of a current key should be made, so that it has been published long enough when its time comes. */
export function renewalTime(current: SigningKeyRecord, times: KeyTimes): number {
  return current.activatedAt + Math.max(times.rotationSeconds - times.publishSeconds, 0);
}
