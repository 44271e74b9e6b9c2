/** Brakes of the device flow: on device codes that are asked for, and on user codes that are guessed (decision note 16). */
import type { RequestContext } from '../http/context.ts';
import { RateLimitError } from '../http/error-response.ts';
import type { ClientRecord, SpendOutcome } from '../storage/ports.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Buckets } from './buckets.ts';

export interface DeviceBrake {
  /** Charges a device code that is about to be made; not given back. @throws {RateLimitError} */
  request(context: RequestContext, client: ClientRecord): Promise<void>;
  /** Charges one user code before it is looked up. */
  guess(context: RequestContext, request: Request, subject: string): Promise<SpendOutcome>;
  /** Gives back what the same `guess` charged: the code was right. */
  refund(context: RequestContext, request: Request, subject: string): Promise<void>;
}

export function createDeviceBrake(parts: {
  readonly buckets: Buckets;
  readonly metrics: Pick<Metrics, 'rateLimitBlocks'>;
  readonly enabled: boolean;
}): DeviceBrake {
  const { buckets, metrics, enabled } = parts;
  return {
    async request(context, client) {
      if (!enabled) return;
      const outcome = await buckets.spend(buckets.deviceRequestsOf(context, client));
      if (outcome.allowed) return;
      metrics.rateLimitBlocks.inc({ route: 'device-authorization' });
      throw new RateLimitError(outcome.retryAfterSeconds);
    },
    async guess(context, request, subject) {
      if (!enabled) return { allowed: true, retryAfterSeconds: 0 };
      const outcome = await buckets.spend(buckets.deviceGuessesOf(context, request, subject));
      if (!outcome.allowed) metrics.rateLimitBlocks.inc({ route: 'device' });
      return outcome;
    },
    async refund(context, request, subject) {
      if (enabled) await buckets.refund(buckets.deviceGuessesOf(context, request, subject));
    },
  };
}
