/** Two servers on one store hear of the same logouts at the same moment. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, type Node, openCluster } from '../support/cluster.ts';
import { eventually, loopbackAllowed, openSignOuts, type SignOuts } from '../support/logouts.ts';

const rounds = Number(process.env.ROUNDS ?? 5);
const perRound = 6;

describe('logouts across processes', () => {
  let cluster: Cluster;
  let nodes: readonly Node[];
  let signOuts: SignOuts;

  before(async () => {
    cluster = await openCluster({ settings: loopbackAllowed });
    nodes = [await cluster.start(), await cluster.start()];
    signOuts = await openSignOuts(cluster);
  });
  after(async () => {
    signOuts?.party.close();
    for (const node of nodes ?? []) assert.equal(await node.stop(), 0);
    await cluster?.close();
  });

  test('a session that a third process ends is told by one of two servers, once and within a second (ACC-2, OpenID Connect Back-Channel Logout §2.5)', {
    timeout: 60_000 * rounds,
  }, async () => {
    const [node] = nodes;
    assert.ok(node);
    const lateness: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const sids = await signOuts.signIn(node, perRound);
      await signOuts.endAll();
      // The command ends after its commit: from here on the time counts.
      const committedMs = Date.now();
      await eventually('all told', () => sids.every((sid) => signOuts.told().has(sid)), 20_000);
      lateness.push(Math.max(0, ...signOuts.party.calls.map(({ atMs }) => atMs - committedMs)));
    }
    await sleep(500);
    assert.deepEqual(
      [...signOuts.told().values()].filter((times) => times !== 1),
      [],
    );
    assert.equal(signOuts.told().size, rounds * perRound);
    assert.ok(Math.max(...lateness) < 1000, `${lateness.join(', ')} ms`);
    assert.equal(await signOuts.countOwed(), 0);
  });
});
