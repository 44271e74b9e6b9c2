/** The token bucket as arithmetic; each ephemeral driver makes it atomic in its own way. */
import type { BucketRule, SpendOutcome } from './ports.ts';

export interface BucketState {
  readonly tokens: number;
  readonly updatedMs: number;
}

export interface KeptBucket extends BucketState {
  /** Epoch seconds from which the bucket is full again, so that forgetting it changes nothing. */
  readonly expiresAt: number;
}

/** No wait is told longer than this, not even of a bucket that never refills. */
const longestWaitSeconds = 86_400;

/** What the bucket holds at `nowMs`; one that is not kept is full. A clock behind another's never refills twice. */
function held(state: BucketState | undefined, rule: BucketRule, nowMs: number): number {
  if (state === undefined) return rule.capacity;
  const elapsedSeconds = Math.max(0, nowMs - state.updatedMs) / 1000;
  return Math.min(rule.capacity, state.tokens + elapsedSeconds * rule.refillPerSecond);
}

function waitSeconds(missing: number, rule: BucketRule): number {
  return Math.min(longestWaitSeconds, Math.ceil(missing / rule.refillPerSecond));
}

/** Whether a cost of 1 would be allowed now. */
export function look(state: BucketState | undefined, rule: BucketRule, nowMs: number): SpendOutcome {
  const tokens = held(state, rule, nowMs);
  if (tokens >= 1) return { allowed: true, retryAfterSeconds: 0 };
  return { allowed: false, retryAfterSeconds: waitSeconds(1 - tokens, rule) };
}

/** A refused cost takes nothing. `state` is undefined when there is nothing to write. */
export function spendFrom(
  before: BucketState | undefined,
  cost: number,
  rule: BucketRule,
  nowMs: number,
): { readonly outcome: SpendOutcome; readonly state: KeptBucket | undefined } {
  if (cost === 0) return { outcome: look(before, rule, nowMs), state: undefined };
  const tokens = held(before, rule, nowMs);
  if (tokens < cost) {
    return {
      outcome: { allowed: false, retryAfterSeconds: waitSeconds(cost - tokens, rule) },
      state: undefined,
    };
  }
  const left = Math.min(rule.capacity, tokens - cost);
  const updatedMs = Math.max(nowMs, before?.updatedMs ?? nowMs);
  const expiresAt = Math.ceil(updatedMs / 1000) + waitSeconds(rule.capacity - left, rule);
  return {
    outcome: { allowed: true, retryAfterSeconds: 0 },
    state: { tokens: left, updatedMs, expiresAt },
  };
}
