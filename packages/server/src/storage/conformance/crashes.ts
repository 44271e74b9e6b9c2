import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditRecord, AuditStore } from '../../audit/record.ts';
import { verifyAudit } from '../../audit/verify.ts';
import { startChild } from './children.ts';
import { type Driver, inPlace } from './driver.ts';
import { hashed, now } from './fixtures.ts';

const kills = Number(process.env.KILLS ?? 20);
const acknowledgements = Number(process.env.ACKNOWLEDGEMENTS ?? 10_000);

async function allRecords(audit: AuditStore, tenant: string): Promise<readonly AuditRecord[]> {
  const records: AuditRecord[] = [];
  for (const chain of await audit.listChains(tenant)) {
    records.push(...(await audit.listRecords(tenant, chain.id, -1, 1_000_000)));
  }
  return records;
}

/** What was acknowledged before a kill -9 is there after it, whole; what is there is there whole. */
export function crashConformance(driver: Driver): void {
  test(`${driver.name}: ${kills} kills lose no acknowledged write and leave no half of one (SPN-1, ACC-4)`, () =>
    inPlace(driver, async (place) => {
      const journal: string[] = [];
      for (let round = 0; round < kills; round += 1) {
        const child = await startChild(place);
        child.order({ kind: 'write', prefix: `round${round}` });
        const enough = acknowledgements / kills;
        while (child.acknowledged.length < enough) await sleep(5);
        await sleep(Math.random() * 20);
        await child.kill();
        journal.push(...child.acknowledged);
      }
      assert.ok(journal.length >= acknowledgements);

      const { store } = await place.open();
      for (const id of journal) {
        assert.ok(
          (await store.accessTokens.find('a', hashed(id), now)) !== undefined,
          `${id} was acknowledged and lost`,
        );
      }
      const dump = await place.dump();
      const tokens = dump.access_token ?? [];
      const events = dump.outbox ?? [];
      const records = await allRecords(store.audit, 'a');
      const audited = new Set(
        records.filter(({ action }) => action === 'token.issued').map(({ target }) => target?.id),
      );
      assert.equal(audited.size, tokens.length);
      assert.equal(events.length, tokens.length);
      assert.ok(journal.every((id) => audited.has(id)));

      const found = await verifyAudit(store.audit, 'a');
      assert.deepEqual(found.broken, []);
      assert.equal(found.chains, kills * driver.writers);
      assert.equal(
        found.gaps.length,
        kills * driver.writers,
        'every killed process leaves a gap that is told',
      );
      const chains = await store.audit.listChains('a');
      assert.ok(chains.every((chain) => chain.state === 'recovered'));
    }));
}
