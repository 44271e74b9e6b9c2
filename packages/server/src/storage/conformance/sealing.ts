import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sealedFieldNames } from '../ports.ts';
import { type Driver, inPlace } from './driver.ts';
import * as make from './fixtures.ts';

const { now } = make;

/** What the envelope keys sealed can be gone through and exchanged, row by row, beside everything else. */
export function sealingConformance(driver: Driver): void {
  test(`${driver.name}: every sealed field is listed once, in pages, and counted by its envelope key (SPN-2)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      for (const tenant of ['a', 'b', 'c']) await make.seedAll(store, tenant);
      for (const name of sealedFieldNames) {
        const all = await store.sealedFields.listAfter(name, null, 1000);
        assert.ok(new Set(all.map(({ tenant }) => tenant)).size === 3, name);
        const paged: unknown[] = [];
        for (let after: (typeof all)[number] | null = null; ; ) {
          const [field] = await store.sealedFields.listAfter(name, after, 1);
          if (field === undefined) break;
          paged.push(field);
          after = field;
        }
        assert.deepEqual(paged, all, name);
        const counted = Object.values(await store.sealedFields.count(name)).reduce(
          (sum, rows) => sum + rows,
          0,
        );
        assert.equal(counted, all.length, name);
      }
    }));

  test(`${driver.name}: of many who seal a field anew one does, and one that was read earlier changes nothing (SPN-2)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      for (const tenant of ['a', 'b']) await make.seedAll(store, tenant);
      for (const name of sealedFieldNames) {
        const before = await store.sealedFields.listAfter(name, null, 1000);
        const [field] = before;
        assert.ok(field);
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            store.sealedFields.replace(name, [{ field, sealed: `v1.AAAABBBB.n.${index}` }]),
          ),
        );
        assert.equal(
          outcomes.reduce((sum, count) => sum + count, 0),
          1,
          name,
        );
        assert.equal((await store.sealedFields.count(name)).AAAABBBB, 1, name);
        const after = await store.sealedFields.listAfter(name, null, 1000);
        assert.deepEqual(after.slice(1), before.slice(1), 'no other row and no other tenant');
        const foreign = { ...field, tenant: 'nobody', sealed: after[0]?.sealed ?? '' };
        assert.equal(await store.sealedFields.replace(name, [{ field: foreign, sealed: 'v1.x' }]), 0);
      }
    }));

  test(`${driver.name}: a cached record is flushed when its field was sealed anew (SPN-2)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      await make.seedAll(store, 'a');
      for (const [name, topic] of [
        ['signing-key', 'key'],
        ['subject-audit-key', 'subject'],
      ] as const) {
        const [field] = await store.sealedFields.listAfter(name, null, 1);
        assert.ok(field);
        const heard = new Promise<void>((resolve) => {
          store.changes.subscribe((change) => {
            if (change?.topic === topic && change.id === field.id) resolve();
          });
        });
        assert.equal(await store.sealedFields.replace(name, [{ field, sealed: 'v1.CCCCDDDD.n.x' }]), 1);
        await heard;
      }
    }));
}
