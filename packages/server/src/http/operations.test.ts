import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../telemetry/metrics.ts';
import { openTestStore } from '../testing/store.ts';
import { createHealthHandlers, createInternalFetch } from './operations.ts';

test('readiness follows both stores and the drain; liveness neither (SPN-1)', async () => {
  const opened = await openTestStore();
  let draining = false;
  let isEphemeralUp = true;
  const handlers = createHealthHandlers({
    store: opened.store,
    ephemeral: { check: async () => assert.ok(isEphemeralUp) },
    metrics: createMetrics({ processMetrics: false }),
    isDraining: () => draining,
    clockProblem: () => null,
  });
  const ask = async (path: string): Promise<number | undefined> =>
    (await handlers.get(path)?.(new Request(`http://localhost${path}`)))?.status;
  assert.equal(await ask('/readyz'), 200);
  draining = true;
  assert.equal(await ask('/readyz'), 503);
  assert.equal(await ask('/healthz'), 200);
  draining = false;
  isEphemeralUp = false;
  assert.equal(await ask('/readyz'), 503);
  isEphemeralUp = true;
  assert.equal(await ask('/readyz'), 200);
  await opened.close();
  assert.equal(await ask('/readyz'), 503);
  assert.equal(await ask('/healthz'), 200);
});

test('the internal listener serves health and metrics, and nothing else (SPN-17)', async () => {
  const opened = await openTestStore();
  const metrics = createMetrics({ processMetrics: false });
  let isEphemeralUp = true;
  const fetchInside = createInternalFetch({
    store: opened.store,
    ephemeral: { check: async () => assert.ok(isEphemeralUp) },
    metrics,
    isDraining: () => false,
    clockProblem: () => null,
  });
  const ask = (path: string, method = 'GET') =>
    fetchInside(new Request(`http://localhost:9401${path}`, { method }));
  const text = await (await ask('/metrics')).text();
  assert.match(text, /identity_logouts_owed\{state="waiting"\} 0/);
  assert.match(text, /identity_logouts_owed\{state="dead"\} 0/);
  assert.match(text, /^identity_active_signing_keys 0$/m);
  assert.match(text, /^identity_store_rows\{table="signing_key"\} 0$/m);
  assert.match(text, /^identity_ephemeral_store_up 1$/m);
  assert.equal((await ask('/readyz')).status, 200);
  isEphemeralUp = false;
  assert.match(await (await ask('/metrics')).text(), /^identity_ephemeral_store_up 0$/m);
  assert.equal((await ask('/readyz')).status, 503);
  assert.equal((await ask('/metrics', 'POST')).status, 405);
  assert.equal((await ask('/oauth2/token')).status, 404);
  await opened.close();
});
