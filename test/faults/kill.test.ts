/** kill -9 at random points under load: what was acknowledged is there after the restart, and nothing works twice. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, openCluster } from '../support/cluster.ts';
import { type Journal, openJournal } from '../support/journal.ts';

const kills = Number(process.env.KILLS ?? 20);
const operations = Number(process.env.OPERATIONS ?? 10_000);

describe('kill -9 under load', () => {
  let cluster: Cluster;
  let journal: Journal;

  before(async () => {
    cluster = await openCluster();
    journal = await openJournal(cluster);
  });
  after(() => cluster?.close());

  test(`${operations} acknowledged operations over ${kills} kills: none lost, none doubled, gaps named (SPN-1, ACC-2, ACC-4)`, {
    timeout: 540_000,
  }, async () => {
    let node = await cluster.start();
    const { port } = node;
    for (let kill = 0; kill < kills; kill += 1) {
      const share = ((kill + 1) * operations) / kills;
      const target = node;
      const restarted = (async () => {
        while (journal.acknowledged < share) await sleep(5);
        await sleep(Math.random() * 100);
        await target.kill();
        return cluster.start(port);
      })();
      await journal.load([target], restarted);
      node = await restarted;
      await journal.settle(node);
    }
    assert.ok(journal.acknowledged >= operations);
    await journal.check(node);

    assert.equal(await node.stop(), 0);
    const verdict = await cluster.cli('audit', 'verify');
    assert.deepEqual(verdict.broken, [], JSON.stringify(verdict).slice(0, 2000));
    assert.ok(
      Array.isArray(verdict.gaps) && verdict.gaps.length >= kills,
      `gaps named: ${JSON.stringify(verdict.gaps).slice(0, 500)}`,
    );
  });
});
