/** PostgreSQL killed and restarted under the load of two servers: what they acknowledged is there, and nothing works twice. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPeer, postgresql } from '../../scripts/lib/peers.ts';
import { startPostgres, type ThrowawayPostgres } from '../../scripts/lib/throwaway-postgres.ts';
import { type Cluster, type Node, openCluster } from '../support/cluster.ts';
import { type Journal, openJournal } from '../support/journal.ts';

const kills = Number(process.env.KILLS ?? 20);
const operations = Number(process.env.OPERATIONS ?? 10_000);
const program = process.env[postgresql.variable] ?? findPeer(postgresql);
const skip = program === undefined ? 'PostgreSQL is missing: install it (postgresql)' : false;

describe('PostgreSQL lost under load', { skip }, () => {
  let postgres: ThrowawayPostgres;
  let cluster: Cluster;
  let nodes: readonly Node[];
  let journal: Journal;

  before(async () => {
    postgres = await startPostgres(program ?? '');
    cluster = await openCluster({ postgres });
    journal = await openJournal(cluster);
    nodes = await Promise.all([cluster.start(), cluster.start()]);
  });
  after(async () => {
    await cluster?.close();
    await postgres?.stop();
  });

  test(`${operations} acknowledged operations over ${kills} losses of PostgreSQL, killed and restarted by turns: none lost, none doubled, and no server restarted (SPN-1, ACC-1, ACC-2, ACC-4)`, {
    timeout: 840_000,
  }, async () => {
    const [first] = nodes;
    assert.ok(first);
    for (let loss = 0; loss < kills; loss += 1) {
      const share = ((loss + 1) * operations) / kills;
      const back = (async () => {
        while (journal.acknowledged < share) await sleep(5);
        await sleep(Math.random() * 100);
        await (loss % 2 === 0 ? postgres.kill() : postgres.pause());
        await sleep(Math.random() * 300);
        await postgres.resume();
        await Promise.all(nodes.map(untilReady));
      })();
      await journal.load(nodes, back);
      await journal.settle(first);
    }
    assert.ok(journal.acknowledged >= operations);
    await journal.check(first);

    for (const node of nodes) assert.equal(await node.stop(), 0, node.output().slice(-4000));
    const verdict = await cluster.cli('audit', 'verify');
    assert.deepEqual(verdict.broken, [], JSON.stringify(verdict).slice(0, 2000));
  });
});

async function untilReady(node: Node): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const ready = await fetch(`${node.url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await sleep(25);
  }
  throw new Error(`not ready 30 s after PostgreSQL came back:\n${node.output().slice(-4000)}`);
}
