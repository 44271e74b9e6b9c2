/** Every metric of this process. Labels come from closed sets; none names a person, client or tenant (SPN-17). */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const latencyBuckets = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1];

export interface Metrics {
  readonly registry: Registry;
  readonly authLatency: Histogram;
  readonly tokenLatency: Histogram<'grant'>;
  readonly authSuccess: Counter<'method'>;
  readonly authFailure: Counter<'reason'>;
  readonly rateLimitBlocks: Counter<'route'>;
  readonly activeSigningKeys: Gauge;
  readonly httpRequests: Counter<'route' | 'status'>;
  readonly storeRows: Gauge<'table'>;
  readonly ephemeralUp: Gauge;
  readonly profileRefusals: Counter<'feature'>;
  readonly logoutDeliveries: Counter<'result'>;
  readonly logoutsOwed: Gauge<'state'>;
  readonly clientRegistrations: Counter<'outcome'>;
  readonly clientRemovals: Counter<'by'>;
  readonly outboundRequests: Counter<'result'>;
  readonly outboundLatency: Histogram<'result'>;
  readonly deviceAuthorizations: Counter<'outcome'>;
  readonly clockOffset: Gauge;
}

export function createMetrics(options: { readonly processMetrics: boolean }): Metrics {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    authLatency: new Histogram({
      name: 'identity_auth_latency_seconds',
      help: 'Time to check one password at sign-in, right or wrong, in seconds.',
      buckets: latencyBuckets,
      registers,
    }),
    tokenLatency: new Histogram({
      name: 'identity_token_issuance_latency_seconds',
      help: 'Time of a token request that succeeded, in seconds.',
      labelNames: ['grant'],
      buckets: latencyBuckets,
      registers,
    }),
    authSuccess: new Counter({
      name: 'auth_success_total',
      help: 'Sign-ins and client authentications that succeeded.',
      labelNames: ['method'],
      registers,
    }),
    authFailure: new Counter({
      name: 'auth_failure_total',
      help: 'Sign-ins and client authentications that failed.',
      labelNames: ['reason'],
      registers,
    }),
    rateLimitBlocks: new Counter({
      name: 'identity_rate_limit_blocks_total',
      help: 'Requests answered 429.',
      labelNames: ['route'],
      registers,
    }),
    activeSigningKeys: new Gauge({
      name: 'identity_active_signing_keys',
      help: 'Signing keys in state current, over all tenants.',
      registers,
    }),
    httpRequests: new Counter({
      name: 'identity_http_requests_total',
      help: 'Requests answered.',
      labelNames: ['route', 'status'],
      registers,
    }),
    storeRows: new Gauge({
      name: 'identity_store_rows',
      help: 'Rows in a table of the store.',
      labelNames: ['table'],
      registers,
    }),
    ephemeralUp: new Gauge({
      name: 'identity_ephemeral_store_up',
      help: 'Whether the store of pending sign-ins, claims and rate limits answers: 1, or 0.',
      registers,
    }),
    logoutDeliveries: new Counter({
      name: 'identity_logout_deliveries_total',
      help: 'Attempts to tell a client of a logout: delivered, failed and tried again, or dead (given up).',
      labelNames: ['result'],
      registers,
    }),
    logoutsOwed: new Gauge({
      name: 'identity_logouts_owed',
      help: 'Logouts that clients have not been told of: waiting, or dead (given up), over all tenants.',
      labelNames: ['state'],
      registers,
    }),
    clientRegistrations: new Counter({
      name: 'identity_client_registrations_total',
      help: 'Attempts of clients to register themselves, by how they ended.',
      labelNames: ['outcome'],
      registers,
    }),
    clientRemovals: new Counter({
      name: 'identity_client_removals_total',
      help: 'Clients that registered themselves and are gone: by their own wish, or because nobody used them.',
      labelNames: ['by'],
      registers,
    }),
    profileRefusals: new Counter({
      name: 'identity_profile_refusals_total',
      help: 'Requests refused because they use a feature outside the profile (CAP-1).',
      labelNames: ['feature'],
      registers,
    }),
    outboundRequests: new Counter({
      name: 'identity_outbound_requests_total',
      help: 'Calls to URLs of clients, by what came of them.',
      labelNames: ['result'],
      registers,
    }),
    outboundLatency: new Histogram({
      name: 'identity_outbound_latency_seconds',
      help: 'Time of a call to a URL of a client, waiting for a turn included, in seconds.',
      labelNames: ['result'],
      buckets: [...latencyBuckets, 2.5, 5, 10],
      registers,
    }),
    deviceAuthorizations: new Counter({
      name: 'identity_device_authorizations_total',
      help: 'Steps of the device flow: requested, approved, denied, redeemed; code_refused for a user code that does not work.',
      labelNames: ['outcome'],
      registers,
    }),
    clockOffset: new Gauge({
      name: 'identity_clock_offset_seconds',
      help: 'Clock of this machine minus clock of the database, in seconds; 0 on the embedded store.',
      registers,
    }),
  };
}
