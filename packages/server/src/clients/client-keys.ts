/** The public keys of clients, registered by value or read from their `jwks_uri` and kept for a while. */
import { type Jwk, type JwkSet, type JwsHeader, selectKeys } from '@countersign/protocol/jose';
import type { Clock, Outbound } from '../ports.ts';
import type { ChangeFeed, ClientRecord } from '../storage/ports.ts';
import type { Logger } from '../telemetry/log.ts';
import { type FetchedKeySet, fetchKeySet } from './fetch-key-set.ts';

export interface ClientKeys {
  /**
   * The keys that may verify a signature with this header; at most five, none when there are none. A `kid` that the copy of a
   * `jwks_uri` does not hold has it read again, but not more often than every 10 seconds.
   */
  verificationKeys(client: ClientRecord, header: Pick<JwsHeader, 'alg' | 'kid'>): Promise<readonly Jwk[]>;
  /** All keys; read again, within the same limit, when `suffices` says no to the copy. Empty when none can be had. */
  keySet(client: ClientRecord, suffices: (keys: JwkSet) => boolean): Promise<JwkSet>;
  close(): void;
}

export interface ClientKeyTimes {
  /** How long a copy is used without asking. A key that a client withdrew is taken so long at most, unless its endpoint is down. */
  readonly freshSeconds: number;
  /** How long the last good copy serves a client whose endpoint is down. */
  readonly staleSeconds: number;
  /** Least time between two calls for one client, whatever came of the first. */
  readonly retrySeconds: number;
}

const defaultTimes: ClientKeyTimes = { freshSeconds: 300, staleSeconds: 3600, retrySeconds: 10 };
const defaultLimit = 1000;
const none: JwkSet = { keys: [] };

/** What is known of one client's endpoint. */
interface Copy {
  readonly uri: string;
  readonly keys: JwkSet;
  /** 0 for never. */
  readonly fetchedAt: number;
  readonly askedAt: number;
}

interface Call {
  readonly uri: string;
  readonly keys: Promise<JwkSet>;
}

export function createClientKeys(parts: {
  readonly outbound: Outbound;
  readonly changes: ChangeFeed;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly times?: ClientKeyTimes;
  /** Clients whose keys are kept. */
  readonly limit?: number;
}): ClientKeys {
  const { outbound, changes, clock, log, times = defaultTimes, limit = defaultLimit } = parts;
  const copies = new Map<string, Copy>();
  /** Bounded by the requests under way. */
  const asking = new Map<string, Call>();

  const nameOf = (tenant: string, id: string): string => `${tenant} ${id}`;
  const close = changes.subscribe((change) => {
    if (change !== null && change.topic !== 'client') return;
    for (const known of [copies, asking]) {
      if (change === null) known.clear();
      else known.delete(nameOf(change.tenant, change.id));
    }
  });

  function remember(name: string, copy: Copy): void {
    copies.delete(name);
    const oldest = copies.size < limit ? undefined : copies.keys().next().value;
    if (oldest !== undefined) copies.delete(oldest);
    copies.set(name, copy);
  }

  /** Callers that come together share one call. */
  function ask(name: string, client: ClientRecord, uri: string): Promise<JwkSet> {
    const underWay = asking.get(name);
    if (underWay?.uri === uri) return underWay.keys;
    const call: Call = {
      uri,
      keys: fetchKeySet(outbound, uri)
        .then((fetched) => {
          const copy = copyOf(fetched, uri, copies.get(name));
          if (fetched.outcome !== 'fetched') {
            const { id, tenant } = client;
            log.warn(
              { client: id, tenant, reason: fetched.reason },
              'the jwks_uri of a client gives no keys',
            );
          }
          // Gone: the client changed meanwhile, and may have another endpoint.
          if (asking.get(name) === call) remember(name, copy);
          return usable(copy, copy.askedAt);
        })
        .finally(() => {
          if (asking.get(name) === call) asking.delete(name);
        }),
    };
    asking.set(name, call);
    return call.keys;
  }

  function copyOf(fetched: FetchedKeySet, uri: string, before: Copy | undefined): Copy {
    const now = clock.now();
    if (fetched.outcome === 'fetched') return { uri, keys: fetched.keys, fetchedAt: now, askedAt: now };
    const isKept = fetched.outcome === 'failed' && before?.uri === uri;
    return { uri, keys: isKept ? before.keys : none, fetchedAt: isKept ? before.fetchedAt : 0, askedAt: now };
  }

  function usable({ keys, fetchedAt }: Copy, now: number): JwkSet {
    return now < fetchedAt + times.staleSeconds ? keys : none;
  }

  async function keySet(client: ClientRecord, suffices: (keys: JwkSet) => boolean): Promise<JwkSet> {
    const { jwks, jwksUri } = client.metadata;
    if (jwksUri === undefined) return jwks ?? none;
    const name = nameOf(client.tenant, client.id);
    const copy = copies.get(name);
    const now = clock.now();
    if (copy?.uri === jwksUri) {
      const keys = usable(copy, now);
      const isFresh = now < copy.fetchedAt + times.freshSeconds;
      if ((isFresh && suffices(keys)) || now < copy.askedAt + times.retrySeconds) return keys;
    }
    return ask(name, client, jwksUri);
  }

  return {
    keySet,
    async verificationKeys(client, header) {
      return selectKeys(await keySet(client, (keys) => selectKeys(keys, header).length > 0), header);
    },
    close,
  };
}
