import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { tlsRules } from '../http/tls-rules.ts';
import {
  type Clock,
  type Outbound,
  OutboundError,
  type OutboundRequest,
  type OutboundResponse,
} from '../ports.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { isPublicAddress } from './addresses.ts';
import { type CallUrl, parseCallUrl } from './call-url.ts';
import { exchange } from './exchange.ts';
import { type ResolveHost, resolveHost } from './resolve-host.ts';
import { createTurns, type TurnLimits } from './turns.ts';

export interface OutboundParts {
  readonly allowedNetworks: { includes(address: string): boolean };
  readonly sealed: boolean;
  /** PEM certificates trusted beside the usual authorities, or null. */
  readonly certificates: string | null;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'outboundRequests' | 'outboundLatency'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** For tests: what a name server would say. */
  readonly resolve?: ResolveHost;
  readonly limits?: TurnLimits;
}

const defaultLimits: TurnLimits = { total: 256, perHost: 4, waitingPerHost: 64 };
/** More than any honest name has; all of them are checked, and these are tried. */
const maxTried = 8;

/** The `Outbound` port over sockets. Throws what node:tls throws when `certificates` cannot be read. */
export function createOutbound(parts: OutboundParts): Outbound {
  const { allowedNetworks, sealed, log, metrics, clock, resolve = resolveHost } = parts;
  const turns = createTurns(parts.limits ?? defaultLimits);
  const secureContext = contextMaker(parts.certificates);

  async function call(request: OutboundRequest, signal: AbortSignal): Promise<OutboundResponse> {
    if (sealed) throw new OutboundError('sealed', 'outbound.sealed is set');
    const target = parseCallUrl(request.url);
    return turns.run(target.host, signal, async () => {
      const addresses = check(target, await addressesOf(target, signal));
      return exchange(request, { target, addresses, secureContext, signal });
    });
  }

  async function addressesOf(target: CallUrl, signal: AbortSignal): Promise<readonly string[]> {
    if (target.isAddress) return [target.host];
    const addresses = await untilAborted(resolve(target.host, signal), signal, target.host);
    if (addresses.length === 0) throw new OutboundError('unreachable', `${target.host} has no address`);
    return addresses;
  }

  /** One bad address condemns the host: whoever mixes them has something in mind. */
  function check(target: CallUrl, addresses: readonly string[]): readonly string[] {
    for (const address of addresses) {
      if (!address.includes('%') && allowedNetworks.includes(address)) continue;
      if (!isPublicAddress(address)) {
        throw new OutboundError(
          'forbidden_address',
          `${target.host} has an address that is neither public nor in outbound.allowedNetworks`,
        );
      }
      if (!target.secure)
        throw new OutboundError('forbidden_url', `http to ${target.host}: https is required`);
    }
    return addresses.slice(0, maxTried);
  }

  return {
    async send(request) {
      const startedMs = clock.nowMs();
      const ending = new AbortController();
      const timer = setTimeout(() => ending.abort(), request.timeoutMs);
      let result = 'answered';
      try {
        return await call(request, ending.signal);
      } catch (error) {
        if (!(error instanceof OutboundError)) throw error;
        result = error.code;
        log.info({ result, detail: error.message }, 'call to a URL of a client failed');
        throw error;
      } finally {
        clearTimeout(timer);
        metrics.outboundRequests.inc({ result });
        metrics.outboundLatency.observe({ result }, (clock.nowMs() - startedMs) / 1000);
      }
    },
  };
}

/** When the time is over the caller goes on, whether or not the resolver heeds its signal. */
function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal, host: string): Promise<Value> {
  return new Promise((settle, reject) => {
    const late = (): void => reject(new OutboundError('timeout', `${host} was not resolved in time`));
    if (signal.aborted) late();
    signal.addEventListener('abort', late, { once: true });
    work
      .then(settle, (cause: unknown) =>
        reject(new OutboundError('unreachable', `${host} cannot be resolved`, { cause })),
      )
      .finally(() => signal.removeEventListener('abort', late));
  });
}

/**
 * Made when it is first needed, since reading the authorities takes a while; at once where certificates were configured, so that a
 * mistake in them shows at start.
 */
function contextMaker(certificates: string | null): () => SecureContext {
  if (certificates !== null) {
    const own = createSecureContext({ ...tlsRules, ca: [...getCACertificates('default'), certificates] });
    return () => own;
  }
  let made: SecureContext | undefined;
  return () => {
    made ??= createSecureContext(tlsRules);
    return made;
  };
}
