import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlow, encode, requestOf, webClient } from '../authorize/flow.test-support.ts';
import { openHarness, serviceMetadata } from '../testing/harness.ts';
import { createMetrics } from './metrics.ts';

/** Every metric with its labels: a new one is a decision, and is written down here. */
const expected: Readonly<Record<string, readonly string[]>> = {
  auth_failure_total: ['reason'],
  auth_success_total: ['method'],
  identity_active_signing_keys: [],
  identity_auth_latency_seconds: [],
  identity_client_registrations_total: ['outcome'],
  identity_client_removals_total: ['by'],
  identity_device_authorizations_total: ['outcome'],
  identity_clock_offset_seconds: [],
  identity_ephemeral_store_up: [],
  identity_http_requests_total: ['route', 'status'],
  identity_logout_deliveries_total: ['result'],
  identity_logouts_owed: ['state'],
  identity_outbound_latency_seconds: ['result'],
  identity_outbound_requests_total: ['result'],
  identity_profile_refusals_total: ['feature'],
  identity_rate_limit_blocks_total: ['route'],
  identity_store_rows: ['table'],
  identity_token_issuance_latency_seconds: ['grant'],
};

/** What a label may say. `route` and `table` are names of our own. */
const closedSets: Readonly<Record<string, RegExp>> = {
  reason: /^(client|unknown-user|wrong-password|no-password|disabled|too-long)$/,
  method: /^(password|none|client_secret_basic|client_secret_post|private_key_jwt)$/,
  status: /^[1-5][0-9][0-9]$/,
  feature:
    /^(redirect_uri|wildcard_redirect|response_type|response_mode|pkce|grant_type|dynamic_registration)$/,
  grant:
    /^(authorization_code|refresh_token|client_credentials|urn:ietf:params:oauth:grant-type:device_code)$/,
  outcome:
    /^(requested|approved|denied|redeemed|code_refused|registered|off|limited|unauthorized|full|metadata|other)$/,
  result: /^(answered|sealed|forbidden_url|forbidden_address|unreachable|timeout|too_large)$/,
  by: /^(client|expiry)$/,
  route: /^[a-z][a-z-]{1,30}$/,
  table: /^[a-z_]{1,40}$/,
  le: /^(\+Inf|[0-9.]+)$/,
};

interface Described {
  readonly name: string;
  readonly labelNames?: readonly string[];
}

test('every metric is known with its labels, and latency histograms have edges at 0.1 and 0.25 (SPN-17)', async () => {
  const { registry } = createMetrics({ processMetrics: false });
  const metrics = registry.getMetricsAsArray() as unknown as readonly Described[];
  const found = Object.fromEntries(metrics.map(({ name, labelNames = [] }) => [name, [...labelNames]]));
  assert.deepEqual(found, expected);
  const text = await registry.metrics();
  for (const edge of ['0.01', '0.1', '0.25', '1']) {
    assert.ok(text.includes(`identity_auth_latency_seconds_bucket{le="${edge}"}`), edge);
  }
});

test('whatever comes in, no label names a person, a client or a tenant: each is of a closed set (SPN-17)', async () => {
  const harness = await openHarness();
  const flow = createFlow(harness);
  const tenant = await harness.addTenant({ id: 'canary-tenant' });
  const { client, secret } = await harness.addClient('canary-client', serviceMetadata, tenant);
  const credentials = { client: { id: client.id, secret } };
  const person = await harness.addUser('canary-person');
  const web = await flow.client(webClient);

  await harness.post('/t/canary-tenant/oauth2/token', { grant_type: 'client_credentials' }, credentials);
  await harness.post('/t/canary-tenant/oauth2/token', { grant_type: 'canary-grant' }, credentials);
  await harness.post(
    '/oauth2/token',
    { grant_type: 'client_credentials' },
    { client: { id: 'canary', secret: 'canary' } },
  );
  await harness.fetch('/canary-path/canary', { method: 'CANARY' });
  await harness.fetch('/oauth2/token', { method: 'CANARY' });
  await harness.fetch('/help/canary-feature');
  await harness.fetch(`/oauth2/authorize?${encode(requestOf('canary-client', { response_mode: 'canary' }))}`);
  await harness.fetch(
    `/oauth2/authorize?${encode(requestOf(web.id, { code_challenge: undefined, code_challenge_method: undefined }))}`,
  );
  const visitor = flow.visitor();
  await visitor.signIn(await visitor.follow(await visitor.get('/account')), String(person.username));
  await flow.tokens(web, await flow.person());

  const text = await harness.metrics.registry.metrics();
  assert.doesNotMatch(text, /canary/i);
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.ok(samples.length > 30);
  for (const sample of samples) {
    for (const [, name = '', value = ''] of sample.matchAll(/([a-z_]+)="([^"]*)"/g)) {
      assert.match(value, closedSets[name] ?? /^$/, sample);
    }
  }
  await harness.close();
});

test('latency histograms of authentication and token issuance count what happened (SPN-17)', async () => {
  const harness = await openHarness();
  const flow = createFlow(harness);
  const client = await flow.client(serviceMetadata);
  await flow.token(client, { grant_type: 'client_credentials' });
  await harness.addUser('ada');
  const visitor = flow.visitor();
  await visitor.signIn(await visitor.follow(await visitor.get('/account')), 'ada');
  const text = await harness.metrics.registry.metrics();
  assert.match(text, /^identity_token_issuance_latency_seconds_count\{grant="client_credentials"\} 1$/m);
  assert.match(text, /^identity_auth_latency_seconds_count 1$/m);
  assert.match(text, /^auth_success_total\{method="password"\} 1$/m);
  assert.match(text, /^auth_success_total\{method="client_secret_basic"\} 1$/m);
  await harness.close();
});

test('refusals are counted by the feature they are about (CAP-1)', async () => {
  const harness = await openHarness();
  const flow = createFlow(harness);
  const client = await flow.client(serviceMetadata);
  await flow.token(client, { grant_type: 'password' });
  assert.match(
    await harness.metrics.registry.metrics(),
    /^identity_profile_refusals_total\{feature="grant_type"\} 1$/m,
  );
  await harness.close();
});
