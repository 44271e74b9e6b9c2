import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyAudit } from '../../audit/verify.ts';
import { startChild } from './children.ts';
import { type Driver, inPlace } from './driver.ts';
import * as make from './fixtures.ts';

const { entry, noTrail, now } = make;

const numbered = (action: string, count: number) =>
  Array.from({ length: count }, (_, index) => entry('a', action, `${index}`));

export function auditConformance(driver: Driver): void {
  test(`${driver.name}: gives back an audit record as it was written, whatever its text (ACC-4)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      const odd = {
        ...entry('a', 'odd.text'),
        actor: { kind: 'system', id: 'nul \0 lone \ud800 ünï "\\' } as const,
      };
      await store.audit.append([entry('a', 'one.done'), odd]);
      const [second, first, opening] = await store.audit.listNewest('a', 10);
      assert.equal(second?.actor.id, 'nul \ufffd lone \ufffd ünï "\\');
      const { chain, sequence, previousHash, hash, ...rest } = first ?? assert.fail();
      assert.deepEqual(rest, entry('a', 'one.done'));
      assert.equal(sequence, 1);
      assert.equal(previousHash, opening?.hash);
      assert.equal(second?.previousHash, hash);
      assert.equal(opening?.action, 'audit.chain_opened');
      assert.equal(opening?.chain, chain);
      assert.deepEqual((await verifyAudit(store.audit, 'a')).broken, []);
    }));

  test(`${driver.name}: refuses an audit entry that has no stored form, and writes none of its batch (ACC-4)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      for (const bad of [
        { ...entry('a', 'x'), at: 0.5 },
        { ...entry('a', 'x'), details: { n: Number.NaN } },
      ]) {
        await assert.rejects(store.audit.append([entry('a', 'fine'), bad]), { code: 'internal' });
      }
      assert.deepEqual(await store.audit.listChains('a'), []);
    }));

  test(`${driver.name}: appends a batch over several tenants to a chain for each, in order (ACC-4)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      const batch = Array.from({ length: 500 }, (_, index) =>
        entry(index % 2 === 0 ? 'a' : 'b', 'x', `${index}`),
      );
      await store.audit.append(batch);
      for (const [tenant, parity] of [
        ['a', 0],
        ['b', 1],
      ] as const) {
        const [chain] = await store.audit.listChains(tenant);
        const records = await store.audit.listRecords(tenant, chain?.id ?? '', 0, 1000);
        assert.deepEqual(
          records.map((record) => Number(record.target?.id)),
          batch.map((_, index) => index).filter((index) => index % 2 === parity),
        );
        assert.deepEqual((await verifyAudit(store.audit, tenant)).broken, []);
      }
    }));

  test(`${driver.name}: parallel writers of two processes keep one unbroken chain each (ACC-4)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open();
      const children = await Promise.all([startChild(place), startChild(place)]);
      for (const child of children) child.order({ kind: 'audit', entries: 200 });
      await Promise.all(numbered('own.wrote', 200).map((one) => store.audit.append([one])));
      await Promise.all(children.map((child) => child.told('done')));
      await Promise.all(children.map((child) => child.close()));
      const found = await verifyAudit(store.audit, 'a');
      assert.deepEqual([found.broken, found.gaps], [[], []]);
      const chains = await store.audit.listChains('a');
      const open = chains.filter(({ state }) => state === 'open').length;
      const closed = chains.filter(({ state }) => state === 'closed').length;
      assert.ok(open >= 1 && open <= driver.writers && closed >= 2 && closed <= 2 * driver.writers);
      assert.deepEqual([found.chains, chains.length], [open + closed, open + closed]);
      // An opening for each, and a closing for each that was closed.
      assert.equal(found.records, 3 * 200 + chains.length + closed);
    }));

  test(`${driver.name}: closes its chains, and the next process names the last one (ACC-4)`, () =>
    inPlace(driver, async (place) => {
      const first = await place.open(() => now);
      await first.store.audit.append([entry('a', 'x')]);
      await first.store.close();
      const { store } = await place.open(() => now);
      await store.audit.append([entry('a', 'y')]);
      const [old, young] = await store.audit.listChains('a');
      assert.equal(old?.state, 'closed');
      const [opening] = await store.audit.listRecords('a', young?.id ?? '', -1, 1);
      assert.equal(opening?.details.predecessor, old?.id);
      assert.equal(opening?.details.predecessorHash, old?.headHash);
      const { broken, gaps } = await verifyAudit(store.audit, 'a');
      assert.deepEqual([broken, gaps], [[], []]);
    }));

  test(`${driver.name}: lists the newest records over all chains of a tenant (ACC-4)`, () =>
    inPlace(driver, async (place) => {
      const processes = [
        await place.open(() => now),
        await place.open(() => now),
        await place.open(() => now),
      ];
      for (let index = 0; index < 60; index += 1) {
        const at = now + 10 * Math.floor(index / 4);
        const { store } = processes[((index * 7) % 5) % 3] ?? assert.fail();
        await store.audit.append([{ ...entry('a', 'x', `${index}`), at }, entry('b', 'x')]);
      }
      const { store } = processes[0] ?? assert.fail();
      const all = await store.audit.listNewest('a', 1000);
      assert.equal(all.length, 63);
      assert.ok(all.every((record, index) => index === 0 || record.at <= (all[index - 1]?.at ?? 0)));
      for (const limit of [1, 2, 7, 30, 62, 63]) {
        assert.deepEqual(await store.audit.listNewest('a', limit), all.slice(0, limit));
      }
      assert.deepEqual(await store.audit.listNewest('nobody', 5), []);
    }));

  const plants: readonly (readonly [string, string, string])[] = [
    [
      'a changed field',
      "update audit_record set actor_id = 'mallory' where action = 'x' and target_id = '3'",
      'hash',
    ],
    [
      'a record removed from the middle',
      "delete from audit_record where action = 'x' and target_id = '3'",
      'sequence',
    ],
    ['a chain cut off at its end', "delete from audit_record where action = 'x' and target_id = '9'", 'head'],
    ['a missing opening', 'delete from audit_record where sequence = 0', 'opening'],
    [
      'a removed chain',
      'delete from audit_record where chain = (select id from audit_chain where ordinal = 1); delete from audit_chain where ordinal = 1',
      'predecessor',
    ],
    [
      'a closed chain that claims to be recovered',
      "update audit_chain set state = 'recovered' where state = 'closed'",
      'ending',
    ],
  ];
  for (const [what, sql, kind] of plants) {
    test(`${driver.name}: audit verify names ${what} (ACC-4)`, () =>
      inPlace(driver, async (place) => {
        const first = await place.open(() => now);
        await first.store.audit.append(numbered('early', 3));
        await first.store.close();
        const { store } = await place.open(() => now);
        await store.audit.append(numbered('x', 10));
        await place.alter(sql);
        const { broken } = await verifyAudit(store.audit, 'a');
        assert.ok(
          broken.some((one) => one.kind === kind),
          JSON.stringify(broken),
        );
      }));
  }

  test(`${driver.name}: publishes no key whose audit record is gone (SPN-3)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      await make.makeKey(store, 'a', 1, 'logged');
      await place.alter("delete from audit_record where action = 'key.logged'");
      assert.equal(await store.keys.publish('a', 'kid-1', now, now, noTrail), false);
    }));
}
