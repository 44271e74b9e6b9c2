/**
 * Rate limits that remember no one: a bucket is named by a keyed hash of who is asking, under a key that changes every
 * day, and vanishes when it is full again (decision 8, SPN-18). A keyed hash is a pseudonym; it is not anonymity.
 */
import { createHmac } from 'node:crypto';
import { addressBlock } from '../http/client-address.ts';
import type { RequestContext } from '../http/context.ts';
import type { Clock } from '../ports.ts';
import type { BucketRule, ClientRecord, EphemeralStore, SpendOutcome } from '../storage/ports.ts';

export interface Bucket {
  readonly key: string;
  /** Its names under secrets that were replaced a while ago: charged as well, so that a rotation gives nobody a fresh start. */
  readonly previousKeys: readonly string[];
  readonly rule: BucketRule;
}

/** One browser or program at one address; everyone behind one address; everyone trying one account; sign-ins begun. */
const rules = {
  agent: { capacity: 10, refillPerSecond: 0.5 },
  address: { capacity: 200, refillPerSecond: 10 },
  account: { capacity: 10, refillPerSecond: 0.5 },
  visits: { capacity: 500, refillPerSecond: 20 },
} as const satisfies Record<string, BucketRule>;

/**
 * Of the device flow (decision note 16): codes asked for from one address and by one client, which bounds those that are
 * live; wrong user codes of one person and in one tenant, which bounds the chance that a guess is right.
 */
export const deviceRules = {
  requestsOfAddress: { capacity: 100, refillPerSecond: 1 / 3 },
  requestsOfClient: { capacity: 2000, refillPerSecond: 10 },
  guessesOfPerson: { capacity: 10, refillPerSecond: 1 / 60 },
  guessesInTenant: { capacity: 200, refillPerSecond: 0.1 },
} as const satisfies Record<string, BucketRule>;

const maxAgentLength = 64;
const daySeconds = 86_400;

export interface Buckets {
  /** The buckets that one attempt is charged to. `account` is in its key form, whether or not it exists. */
  of(context: RequestContext, route: string, request: Request, account?: string): readonly Bucket[];
  /** The bucket for sign-ins begun from one address: each is a row in the store before anybody has proven anything. */
  visitsOf(context: RequestContext): readonly Bucket[];
  /**
   * The buckets for device codes: of the client, and of the address where anybody may ask in the client's name. One that
   * authenticates may ask for all its devices from one place.
   */
  deviceRequestsOf(context: RequestContext, client: ClientRecord): readonly Bucket[];
  /** The buckets that a user code is charged to before it is looked up; the widest one last. `subject` has signed in. */
  deviceGuessesOf(context: RequestContext, request: Request, subject: string): readonly Bucket[];
  /** The bucket for clients registered from one address: this many at once, and as many again in an hour. */
  registrationsOf(context: RequestContext, perHour: number): readonly Bucket[];
  /** Charges every bucket; refused when any is empty, and then what was charged is given back. */
  spend(buckets: readonly Bucket[]): Promise<SpendOutcome & { readonly empty: Bucket | null }>;
  refund(buckets: readonly Bucket[]): Promise<void>;
}

export function createBuckets(parts: {
  readonly ephemeral: EphemeralStore;
  /** The newest first; asked at each use. */
  readonly secrets: () => readonly Uint8Array[];
  readonly clock: Clock;
}): Buckets {
  const { ephemeral, secrets, clock } = parts;

  let daily: {
    readonly day: number;
    readonly secrets: readonly Uint8Array[];
    readonly keys: readonly Uint8Array[];
  } = {
    day: -1,
    secrets: [],
    keys: [],
  };

  function dailyKeys(now: number): readonly Uint8Array[] {
    const day = Math.floor(now / daySeconds);
    const held = secrets();
    if (day !== daily.day || held !== daily.secrets) {
      const keys = held.map((secret) => createHmac('sha256', secret).update(`buckets ${day}`).digest());
      daily = { day, secrets: held, keys };
    }
    return daily.keys;
  }

  function keysFor(now: number, ...names: readonly string[]): Pick<Bucket, 'key' | 'previousKeys'> {
    const text = JSON.stringify(names);
    const [key = '', ...previousKeys] = dailyKeys(now).map((secret) =>
      createHmac('sha256', secret).update(text).digest('base64url'),
    );
    return { key, previousKeys };
  }

  return {
    of(context, route, request, account) {
      const block = addressBlock(context.clientAddress);
      const agent = (request.headers.get('user-agent') ?? '').slice(0, maxAgentLength);
      const { now, tenant } = context;
      const buckets: Bucket[] = [
        { ...keysFor(now, 'agent', block, agent, route), rule: rules.agent },
        { ...keysFor(now, 'address', block, route), rule: rules.address },
      ];
      if (account !== undefined)
        buckets.push({ ...keysFor(now, 'account', tenant.id, account), rule: rules.account });
      return buckets;
    },

    visitsOf(context) {
      return [{ ...keysFor(context.now, 'visits', addressBlock(context.clientAddress)), rule: rules.visits }];
    },

    deviceRequestsOf(context, client) {
      const { now, tenant } = context;
      const ofClient: Bucket = {
        ...keysFor(now, 'device-client', tenant.id, client.id),
        rule: deviceRules.requestsOfClient,
      };
      if (client.metadata.tokenEndpointAuthMethod !== 'none') return [ofClient];
      const block = addressBlock(context.clientAddress);
      return [{ ...keysFor(now, 'device-address', block), rule: deviceRules.requestsOfAddress }, ofClient];
    },

    deviceGuessesOf(context, request, subject) {
      const { now, tenant } = context;
      return [
        ...this.of(context, 'device', request),
        { ...keysFor(now, 'device-person', tenant.id, subject), rule: deviceRules.guessesOfPerson },
        { ...keysFor(now, 'device-tenant', tenant.id), rule: deviceRules.guessesInTenant },
      ];
    },

    registrationsOf({ now, tenant, clientAddress }, perHour) {
      const rule = { capacity: perHour, refillPerSecond: perHour / 3600 };
      return [{ ...keysFor(now, 'registrations', tenant.id, addressBlock(clientAddress)), rule }];
    },

    async spend(buckets) {
      const charged: [string, BucketRule][] = [];
      for (const bucket of buckets) {
        for (const key of [bucket.key, ...bucket.previousKeys]) {
          const outcome = await ephemeral.spend(key, 1, bucket.rule, clock.nowMs());
          if (!outcome.allowed) {
            for (const [earlier, rule] of charged) await ephemeral.spend(earlier, -1, rule, clock.nowMs());
            return { ...outcome, empty: bucket };
          }
          charged.push([key, bucket.rule]);
        }
      }
      return { allowed: true, retryAfterSeconds: 0, empty: null };
    },

    async refund(buckets) {
      for (const { key, previousKeys, rule } of buckets) {
        for (const each of [key, ...previousKeys]) await ephemeral.spend(each, -1, rule, clock.nowMs());
      }
    },
  };
}
