/** Keys rotate every second while tokens are issued, on two processes: whoever fetched the JWKS can verify. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { type Cluster, type Node, openCluster } from '../support/cluster.ts';
import { basic } from '../support/person.ts';

const rotations = 20;

describe('key rotation under load', () => {
  let cluster: Cluster;
  let nodes: readonly Node[];
  let secrets: Readonly<Record<string, string>>;

  before(async () => {
    cluster = await openCluster({
      settings: {
        COUNTERSIGN_KEYS__ALLOW_SHORT_TIMES: 'true',
        COUNTERSIGN_KEYS__PUBLISH_SECONDS: '1',
        COUNTERSIGN_KEYS__RETIRED_SECONDS: '3600',
        COUNTERSIGN_KEYS__CHECK_SECONDS: '1',
      },
    });
    nodes = [await cluster.start(), await cluster.start()];
    await cluster.cli('tenant', 'add', 'acme');
    const made = await Promise.all(
      ['default', 'acme'].map((tenant) =>
        cluster.cli(
          'client',
          'add',
          '--id',
          'svc',
          '--scope',
          'api',
          '--default-scope',
          'api',
          '--tenant',
          tenant,
        ),
      ),
    );
    secrets = { default: String(made[0]?.client_secret), acme: String(made[1]?.client_secret) };
  });

  after(async () => {
    for (const node of nodes ?? []) assert.equal(await node.stop(), 0);
    await cluster?.close();
  });

  async function issue(node: Node, tenant: 'default' | 'acme'): Promise<string> {
    const answer = await fetch(`${node.url}${tenant === 'acme' ? '/t/acme' : ''}/oauth2/token`, {
      method: 'POST',
      headers: basic({ id: 'svc', secret: secrets[tenant] ?? '' }),
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    assert.equal(answer.status, 200);
    return String(((await answer.json()) as { access_token: string }).access_token);
  }

  async function keySet(node: Node, tenant: 'default' | 'acme'): Promise<JSONWebKeySet> {
    const answer = await fetch(`${node.url}${tenant === 'acme' ? '/t/acme' : ''}/.well-known/jwks.json`);
    return (await answer.json()) as JSONWebKeySet;
  }

  test('a key every second for 20 s: no token fails verification through the JWKS of the other process (SPN-3)', async () => {
    const [first, second] = nodes;
    assert.ok(first !== undefined && second !== undefined);
    let rotating = true;
    const kids = new Set<string>();
    let verified = 0;

    const rotate = async (): Promise<void> => {
      for (let count = 0; count < rotations; count += 1) {
        const started = Date.now();
        await cluster.cli('key', 'rotate', '--alg', 'ES256');
        await sleep(Math.max(0, 1000 - (Date.now() - started)));
      }
      rotating = false;
    };
    const load = async (issuer: Node, publisher: Node): Promise<void> => {
      while (rotating) {
        const token = await issue(issuer, 'default');
        // A verifier fetches the JWKS when it meets a kid it does not know; the key must be there at once.
        const verify = createLocalJWKSet(await keySet(publisher, 'default'));
        await jwtVerify(token, verify, { issuer: cluster.issuer });
        kids.add(String(decodeProtectedHeader(token).kid));
        verified += 1;
      }
    };
    await Promise.all([rotate(), load(first, second), load(second, first), load(first, first)]);
    assert.ok(kids.size >= rotations / 3, `only ${kids.size} keys signed`);
    assert.ok(verified > 100, `only ${verified} tokens`);
  });

  test("one tenant's key never verifies another tenant's token (SPN-3)", async () => {
    const [node] = nodes;
    assert.ok(node !== undefined);
    const foreign = createLocalJWKSet(await keySet(node, 'acme'));
    await assert.rejects(async () => jwtVerify(await issue(node, 'default'), foreign));
    const own = createLocalJWKSet(await keySet(node, 'acme'));
    await jwtVerify(await issue(node, 'acme'), own, { issuer: `${cluster.issuer}/t/acme` });
    const caller = basic({ id: 'svc', secret: secrets.acme ?? '' });
    const answer = await fetch(`${node.url}/t/acme/oauth2/introspect`, {
      method: 'POST',
      headers: caller,
      body: new URLSearchParams({ token: await issue(node, 'default') }),
    });
    assert.deepEqual(await answer.json(), { active: false });
  });
});
