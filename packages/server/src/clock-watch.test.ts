import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClockWatch } from './clock-watch.ts';
import { createHealthHandlers } from './http/operations.ts';
import { inPlace, type Place } from './storage/conformance/driver.ts';
import { postgresDriver, skipWithoutPostgres, sqliteDriver } from './storage/conformance/drivers.ts';
import { createLogger } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';

/** A node whose clock is `shiftMs` off, beside a real database whose clock is right. */
async function openNode(place: Place) {
  const { store } = await place.open();
  const logged: { level: string; msg: string; offsetSeconds: number }[] = [];
  const metrics = createMetrics({ processMetrics: false });
  const shift = { ms: 0 };
  const nowMs = (): number => Date.now() + shift.ms;
  const watch = createClockWatch({
    store,
    clock: { now: () => Math.floor(nowMs() / 1000), nowMs },
    log: createLogger('info', { write: (line) => logged.push(JSON.parse(line)) }),
    metrics,
  });
  const handlers = createHealthHandlers({
    store,
    ephemeral: { check: async () => {} },
    metrics,
    isDraining: () => false,
    clockProblem: watch.problem,
  });
  return {
    store,
    watch,
    shift,
    takeLogged: () => logged.splice(0),
    offset: async () => (await metrics.clockOffset.get()).values[0]?.value ?? Number.NaN,
    async ready() {
      const answer = await handlers.get('/readyz')?.(new Request('http://localhost/readyz'));
      return { status: answer?.status, text: (await answer?.text())?.trim() };
    },
  };
}

const warn = 'warn';
const error = 'error';

test(
  'a clock over 2 s from that of the database is logged and measured, over 10 s the node is not ready and says why, and a clock set right is ready again (ACC-1)',
  {
    skip: skipWithoutPostgres,
  },
  () =>
    inPlace(postgresDriver, async (place) => {
      const node = await openNode(place);
      const cases = [
        { ms: 0, status: 200, level: undefined },
        { ms: 1500, status: 200, level: undefined },
        { ms: -1500, status: 200, level: undefined },
        { ms: 4000, status: 200, level: warn },
        { ms: -4000, status: 200, level: warn },
        { ms: 13_000, status: 503, level: error },
        { ms: -13_000, status: 503, level: error },
        { ms: 4000, status: 200, level: warn },
        { ms: 0, status: 200, level: undefined },
      ];
      for (const { ms, status, level } of cases) {
        node.shift.ms = ms;
        await node.watch.compare();
        const title = `${ms} ms`;
        assert.ok(Math.abs((await node.offset()) - ms / 1000) < 1, title);
        const logged = node.takeLogged();
        assert.deepEqual(
          logged.map((line) => line.level),
          level === undefined ? [] : [level],
          title,
        );
        const answer = await node.ready();
        assert.equal(answer.status, status, title);
        if (status === 503)
          assert.match(
            answer.text ?? '',
            ms > 0
              ? /^the clock of this machine is 1[23]\.\d s ahead of that of the database/
              : /^the clock of this machine is 1[34]\.\d s behind that of the database/,
          );
      }
    }),
);

test(
  'a database that does not tell its time leaves a node that was not ready as it was (ACC-1)',
  {
    skip: skipWithoutPostgres,
  },
  () =>
    inPlace(postgresDriver, async (place) => {
      const node = await openNode(place);
      node.shift.ms = 60_000;
      await node.watch.compare();
      const before = node.watch.problem();
      assert.ok(before !== null);
      await node.store.close();
      await assert.rejects(node.watch.compare(), { code: 'unavailable' });
      assert.equal(node.watch.problem(), before);
    }),
);

test('the embedded store has no clock but that of its machine, and nothing is compared (ACC-1)', () =>
  inPlace(sqliteDriver, async (place) => {
    const node = await openNode(place);
    node.shift.ms = 3_600_000;
    await node.watch.compare();
    assert.equal(await node.store.databaseTimeMs(), null);
    assert.deepEqual(node.takeLogged(), []);
    assert.equal((await node.ready()).status, 200);
  }));

test('what a slow answer leaves uncertain is not held against the clock (ACC-1)', async () => {
  const metrics = createMetrics({ processMetrics: false });
  const delayMs = 300;
  const watch = createClockWatch({
    store: {
      // Asked at once, answered late: the time is old by as much as half of the round trip leaves out.
      databaseTimeMs: async () => {
        const told = Date.now() - 10_000 + 20;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        return told;
      },
    },
    clock: { now: () => Math.floor(Date.now() / 1000), nowMs: Date.now },
    log: createLogger('silent'),
    metrics,
  });
  await watch.compare();
  const seconds = (await metrics.clockOffset.get()).values[0]?.value ?? 0;
  assert.ok(seconds > 10.1, `measured ${seconds}`);
  assert.equal(watch.problem(), null);
});
