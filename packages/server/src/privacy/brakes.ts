/** The two brakes on guessing: one for people, charged before the attempt; one for clients, charged when it failed. */
import { OAuthError, type OAuthErrorCode } from '@countersign/protocol';
import type { RequestContext } from '../http/context.ts';
import { RateLimitError } from '../http/error-response.ts';
import type { Clock } from '../ports.ts';
import type { ClientRecord, SpendOutcome } from '../storage/ports.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Bucket, Buckets } from './buckets.ts';

/** For sign-in by a person. `refund` gives back what `check` charged, when the attempt was right. */
export interface LoginBrake {
  check(context: RequestContext, route: string, request: Request, account?: string): Promise<SpendOutcome>;
  refund(context: RequestContext, route: string, request: Request, account?: string): Promise<void>;
  /** Charges the beginning of a sign-in, which is not given back. @throws {RateLimitError} */
  visit(context: RequestContext): Promise<void>;
}

export interface ClientBrake {
  /**
   * Runs a client authentication. A failure is charged to the shared buckets; while they are empty this process refuses
   * without trying, a right secret included. Nothing is written for a client that authenticates. There is no bucket per
   * client: with one, anybody could lock a service out by failing in its name, and its secret is not to be guessed.
   * @throws {RateLimitError} and whatever `authenticate` throws
   */
  guardClient(
    request: Request,
    context: RequestContext,
    route: string,
    authenticate: () => Promise<ClientRecord>,
  ): Promise<ClientRecord>;
  /** The same for a token of which there is one, such as the one that manages a registration: `invalid_token` is charged. */
  guardToken<Bearer>(
    request: Request,
    context: RequestContext,
    route: string,
    authenticate: () => Promise<Bearer>,
  ): Promise<Bearer>;
  /** Takes one request from an authenticated client's own allowance in this process; answers seconds to wait, 0 for none. */
  spendClient(context: RequestContext, client: ClientRecord): number;
}

/** For clients that register themselves: what is bounded is the registration, however it ends. */
export interface RegistrationBrake {
  /** Charges one registration to its source, by the tenant's setting. @throws {RateLimitError} */
  register(context: RequestContext): Promise<void>;
}

const maxTracked = 10_000;

export function createBrakes(parts: {
  readonly buckets: Buckets;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly enabled: boolean;
  readonly clientPerSecond: number;
}): {
  readonly login: LoginBrake;
  readonly client: ClientBrake;
  readonly registration: RegistrationBrake;
} {
  const { buckets, clock, metrics, enabled, clientPerSecond } = parts;
  /** Buckets that were found empty, and until when (ms); forgotten together, so that nobody pays for an attack that is over. */
  const blocked = new Map<string, number>();
  let lastBlockEndsMs = 0;
  const allowances = new Map<string, { tokens: number; atMs: number }>();

  /** How long this source is still blocked, as far as this process knows; whole seconds, 0 for not at all. */
  function blockedSeconds(request: Request, context: RequestContext, route: string): number {
    if (blocked.size === 0) return 0;
    const now = clock.nowMs();
    if (now >= lastBlockEndsMs) blocked.clear();
    if (blocked.size === 0) return 0;
    const until = Math.max(...buckets.of(context, route, request).map(({ key }) => blocked.get(key) ?? 0));
    return Math.max(Math.ceil((until - now) / 1000), 0);
  }

  function block(bucket: Bucket | null, retryAfterSeconds: number): void {
    if (bucket === null) return;
    const until = clock.nowMs() + retryAfterSeconds * 1000;
    if (blocked.size >= maxTracked) blocked.clear();
    blocked.set(bucket.key, until);
    lastBlockEndsMs = Math.max(lastBlockEndsMs, until);
  }

  async function guard<Proven>(
    request: Request,
    context: RequestContext,
    route: string,
    failure: OAuthErrorCode,
    authenticate: () => Promise<Proven>,
  ): Promise<Proven> {
    const wait = blockedSeconds(request, context, route);
    if (wait > 0) {
      metrics.rateLimitBlocks.inc({ route });
      throw new RateLimitError(wait);
    }
    try {
      return await authenticate();
    } catch (error) {
      if (!(error instanceof OAuthError) || error.code !== failure) throw error;
      metrics.authFailure.inc({ reason: 'client' });
      if (!enabled) throw error;
      const outcome = await buckets.spend(buckets.of(context, route, request));
      if (outcome.allowed) throw error;
      block(outcome.empty, outcome.retryAfterSeconds);
      metrics.rateLimitBlocks.inc({ route });
      throw new RateLimitError(outcome.retryAfterSeconds);
    }
  }

  return {
    registration: {
      async register(context) {
        if (!enabled) return;
        const { registrationsPerHour } = context.tenant.settings.dynamicClients;
        const outcome = await buckets.spend(buckets.registrationsOf(context, registrationsPerHour));
        if (outcome.allowed) return;
        metrics.rateLimitBlocks.inc({ route: 'register' });
        throw new RateLimitError(
          outcome.retryAfterSeconds,
          'too many registrations from here; wait as long as Retry-After says',
        );
      },
    },

    login: {
      async check(context, route, request, account) {
        if (!enabled) return { allowed: true, retryAfterSeconds: 0 };
        const outcome = await buckets.spend(buckets.of(context, route, request, account));
        if (!outcome.allowed) metrics.rateLimitBlocks.inc({ route });
        return outcome;
      },
      async refund(context, route, request, account) {
        if (enabled) await buckets.refund(buckets.of(context, route, request, account));
      },
      async visit(context) {
        if (!enabled) return;
        const outcome = await buckets.spend(buckets.visitsOf(context));
        if (outcome.allowed) return;
        metrics.rateLimitBlocks.inc({ route: 'visit' });
        throw new RateLimitError(outcome.retryAfterSeconds);
      },
    },

    client: {
      async guardClient(request, context, route, authenticate) {
        const client = await guard(request, context, route, 'invalid_client', authenticate);
        metrics.authSuccess.inc({ method: client.metadata.tokenEndpointAuthMethod });
        return client;
      },

      guardToken: (request, context, route, authenticate) =>
        guard(request, context, route, 'invalid_token', authenticate),

      spendClient(context, client) {
        if (!enabled) return 0;
        const key = `${context.tenant.id} ${client.id}`;
        const nowMs = clock.nowMs();
        const allowance = allowanceOf(key, nowMs);
        const elapsedSeconds = Math.max(nowMs - allowance.atMs, 0) / 1000;
        allowance.tokens = Math.min(allowance.tokens + elapsedSeconds * clientPerSecond, clientPerSecond);
        allowance.atMs = nowMs;
        if (allowance.tokens >= 1) {
          allowance.tokens -= 1;
          return 0;
        }
        metrics.rateLimitBlocks.inc({ route: 'client' });
        return Math.ceil((1 - allowance.tokens) / clientPerSecond);
      },
    },
  };

  function allowanceOf(key: string, nowMs: number): { tokens: number; atMs: number } {
    const known = allowances.get(key);
    if (known !== undefined) return known;
    if (allowances.size >= maxTracked) allowances.clear();
    const full = { tokens: clientPerSecond, atMs: nowMs };
    allowances.set(key, full);
    return full;
  }
}
