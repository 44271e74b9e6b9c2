import type { RequestContext } from '../http/context.ts';
import { PageError } from '../http/pages/index.ts';

/**
 * Slows guessing (decision 8, SPN-18). `account` is what the person typed, in its key form, whether or not there is
 * such an account: the answers are alike. Nothing of it is stored or logged in the clear.
 */
export interface Brake {
  /** Charges one attempt before it is made. Atomic over every process. Throws StorageError: then nothing is allowed. */
  check(context: RequestContext, route: string, request: Request, account?: string): Promise<BrakeOutcome>;
  /** Gives back what the same `check` charged: the attempt was right. */
  refund(context: RequestContext, route: string, request: Request, account?: string): Promise<void>;
}

export interface BrakeOutcome {
  readonly allowed: boolean;
  /** Whole seconds; 0 when allowed. */
  readonly retryAfterSeconds: number;
}

/** @throws {PageError} `rate-limited` with Retry-After */
export async function enforceBrake(
  brake: Brake,
  context: RequestContext,
  route: string,
  request: Request,
  account?: string,
): Promise<void> {
  const { allowed, retryAfterSeconds } = await brake.check(context, route, request, account);
  if (!allowed) throw new PageError('rate-limited', { retryAfterSeconds, detail: `brake at ${route}` });
}
