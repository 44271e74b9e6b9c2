/** kill -9 between the end of a session and its delivery, and in the middle of deliveries: every client is told. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, openCluster } from '../support/cluster.ts';
import { eventually, loopbackAllowed, openSignOuts, type SignOuts } from '../support/logouts.ts';

const rounds = Number(process.env.LOGOUT_KILLS ?? 4);
const perRound = 8;

describe('kill -9 around a logout', () => {
  let cluster: Cluster;
  let signOuts: SignOuts;

  before(async () => {
    cluster = await openCluster({ settings: loopbackAllowed });
    signOuts = await openSignOuts(cluster);
  });
  after(async () => {
    signOuts?.party.close();
    await cluster?.close();
  });

  test('a logout that was committed while no server ran is told by the next one (OpenID Connect Back-Channel Logout §2.5)', {
    timeout: 240_000,
  }, async () => {
    const first = await cluster.start();
    const sids = await signOuts.signIn(first, 3);
    await first.kill();
    await signOuts.endAll();
    assert.equal(await signOuts.countOwed(), 3);
    assert.equal(signOuts.party.calls.length, 0);
    const next = await cluster.start(first.port);
    await eventually('all told', () => sids.every((sid) => signOuts.told().has(sid)), 30_000);
    assert.equal(await next.stop(), 0);
    assert.equal(await signOuts.countOwed(), 0);
  });

  test(`${rounds} kills in the middle of deliveries lose none: each session that ended is told, and few of them twice (OpenID Connect Back-Channel Logout §2.5)`, {
    timeout: 600_000,
  }, async () => {
    const { party } = signOuts;
    // Slow enough that a kill finds calls under way, whose answer never counts.
    party.behaviour = (response) => void setTimeout(() => response.writeHead(200).end(), 150);
    const journal: string[] = [];
    let port: number | undefined;
    for (let round = 0; round < rounds; round += 1) {
      const node = await cluster.start(port);
      port = node.port;
      journal.push(...(await signOuts.signIn(node, perRound)));
      const before = party.calls.length;
      await signOuts.endAll();
      await eventually('a call under way', () => party.calls.length > before, 30_000);
      await sleep(Math.random() * 200);
      await node.kill();
    }
    assert.equal(journal.length, rounds * perRound);
    assert.ok((await signOuts.countOwed()) > 0, 'the last kill left something owed');

    const last = await cluster.start(port);
    // What a dead process had claimed is free again after thirty seconds.
    await eventually('all told', () => journal.every((sid) => signOuts.told().has(sid)), 60_000);
    await eventually('nothing owed', async () => (await signOuts.countOwed()) === 0, 60_000);
    assert.equal(await last.stop(), 0);
    const twice = journal.filter((sid) => (signOuts.told().get(sid) ?? 0) > 1);
    // Two calls to one client are under way at a time: no kill can have cut off more.
    assert.ok(twice.length <= rounds * 2, `${twice.length} told twice`);
    assert.ok(journal.every((sid) => (signOuts.told().get(sid) ?? 0) <= 2));
  });
});
