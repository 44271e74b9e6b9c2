import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Driver, inPlace } from './driver.ts';
import { brokenTrail, now, seedAll, trail } from './fixtures.ts';
import { readCases, verbCases, withoutTenant, writeCases } from './verb-cases.ts';

const clock = () => now;

function rowsOf(dump: Readonly<Record<string, readonly unknown[]>>, tenant: string): string {
  const rows = Object.entries(dump).map(([table, all]) => [
    table,
    all.filter((row) => JSON.stringify(row).includes(`"${tenant}"`)),
  ]);
  return JSON.stringify(rows);
}

export function isolationConformance(driver: Driver): void {
  test(`${driver.name}: the suite has a case for every verb and query of the store (SPN-1)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(clock);
      const names = Object.entries(store).flatMap(([aggregate, verbs]) =>
        typeof verbs === 'object' && aggregate !== 'changes'
          ? Object.keys(verbs).map((verb) => `${aggregate}.${verb}`)
          : [],
      );
      const known = new Set([...verbCases.map((one) => one.name), ...withoutTenant]);
      assert.deepEqual(
        names.filter((name) => !known.has(name)),
        [],
      );
      assert.ok(names.length > 60);
    }));

  test(`${driver.name}: no verb and no query reaches another tenant's records (SPN-1)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(clock);
      await seedAll(store, 'a');
      const before = rowsOf(await place.dump(), 'a');
      for (const one of verbCases) {
        // A tenant of its own for each case, so that what one case creates cannot answer another.
        const answer = await one.call(store, `b-${one.name}`, {});
        assert.deepEqual(answer, one.refusal, one.name);
        assert.equal(rowsOf(await place.dump(), 'a'), before, `${one.name} changed the other tenant`);
      }
    }));

  test(`${driver.name}: every case does something in its own tenant, so that its refusal means something (SPN-1)`, async () => {
    for (const one of readCases) {
      await inPlace(driver, async (place) => {
        const { store } = await place.open(clock);
        await seedAll(store, 'a');
        assert.notDeepEqual(await one.call(store, 'a', {}), one.refusal, one.name);
      });
    }
  });

  for (const one of writeCases) {
    test(`${driver.name}: ${one.name} writes its trail with its cause, and half of it never (ACC-4)`, () =>
      inPlace(driver, async (place) => {
        const { store } = await place.open(clock);
        await seedAll(store, 'a');
        const before = JSON.stringify(await place.dump());
        if (one.writesTrail !== false) {
          await assert.rejects(one.call(store, 'a', brokenTrail('a')), { code: 'internal' });
          assert.equal(JSON.stringify(await place.dump()), before, 'a verb that threw left something');
        }
        await one.call(store, 'a', trail('a', 'case.done', one.name));
        assert.notEqual(JSON.stringify(await place.dump()), before, 'the verb wrote nothing');
        if (one.writesTrail === false) return;
        const [newest] = await store.audit.listNewest('a', 1);
        assert.equal(newest?.action, 'case.done');
        assert.ok(JSON.stringify((await place.dump()).outbox).includes(`event-${one.name}`));
      }));
  }
}
