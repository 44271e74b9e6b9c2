/**
 * Single use across processes: 200 requests let go at once, over two servers that share one store. `PARALLEL=1000 NODES=3
 * ROUNDS=50 npm run test:race -- single-use` for more.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { countOverlapping, type RacingAnswer, releaseTogether } from '../support/barrier.ts';
import { type Cluster, type Node, openCluster } from '../support/cluster.ts';
import {
  authorizePath,
  basic,
  createPerson,
  newVerifier,
  type Person,
  type TestClient,
} from '../support/person.ts';

const rounds = Number(process.env.ROUNDS ?? 5);
const parallel = Number(process.env.PARALLEL ?? 200);
const nodeCount = Number(process.env.NODES ?? 2);
const password = 'a password for races';
const redirectUri = 'http://localhost/callback';

describe('single use across processes', () => {
  let cluster: Cluster;
  let nodes: readonly Node[];
  let client: TestClient;
  let person: Person;

  before(async () => {
    cluster = await openCluster();
    nodes = await Promise.all(Array.from({ length: nodeCount }, () => cluster.start()));
    client = await addClient('web');
    await cluster.cliWithInput(password, 'user', 'add', '--username', 'racer', '--password-stdin');
    person = createPerson('racer', password);
  });

  after(async () => {
    for (const node of nodes ?? []) assert.equal(await node.stop(), 0);
    await cluster?.close();
  });

  async function addClient(id: string, ...options: readonly string[]): Promise<TestClient> {
    const made = await cluster.cli(
      'client',
      'add',
      '--id',
      id,
      '--redirect-uri',
      redirectUri,
      '--first-party',
      ...options,
    );
    return { id, secret: String(made.client_secret), redirectUri };
  }

  function node(index: number): Node {
    const chosen = nodes[index % nodes.length];
    assert.ok(chosen);
    return chosen;
  }

  async function post(
    path: string,
    form: Readonly<Record<string, string>>,
    as: TestClient = client,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const answer = await fetch(`${node(0).url}${path}`, {
      method: 'POST',
      headers: basic(as),
      body: new URLSearchParams(form),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  function race(
    path: string,
    form: Readonly<Record<string, string>>,
    as: TestClient | null = client,
  ): Promise<readonly RacingAnswer[]> {
    return releaseTogether(
      Array.from({ length: parallel }, (_, index) => ({
        port: node(index).port,
        method: 'POST' as const,
        path,
        form,
        headers: as === null ? {} : basic(as),
      })),
    );
  }

  function assertRace(answers: readonly RacingAnswer[]): void {
    assert.ok(
      countOverlapping(answers) >= parallel / 2,
      `only ${countOverlapping(answers)} requests overlapped`,
    );
  }

  async function newGrant(): Promise<Record<string, unknown>> {
    const { code, verifier } = await person.authorize(node(0), client);
    const { status, body } = await post('/oauth2/token', tokenForm(code, verifier));
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  function tokenForm(code: string, verifier: string): Record<string, string> {
    return { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri };
  }

  async function isActive(token: unknown, as?: TestClient): Promise<boolean> {
    const { body } = await post('/oauth2/introspect', { token: String(token) }, as);
    return body.active === true;
  }

  test(`${parallel} parallel redemptions of one code give one success, whose tokens end with the reuse (ACC-2, SPN-1, RFC 6749 §4.1.2)`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { code, verifier } = await person.authorize(node(round), client);
      const answers = await race('/oauth2/token', tokenForm(code, verifier));
      assertRace(answers);
      const winners = answers.filter((answer) => answer.status === 200);
      assert.equal(winners.length, 1);
      const others = answers.filter((answer) => answer.status !== 200);
      assert.ok(others.every((answer) => answer.status === 400 && answer.body.error === 'invalid_grant'));
      assert.equal(await isActive(winners[0]?.body.access_token), false);
      assert.equal(await isActive(winners[0]?.body.refresh_token), false);
    }
  });

  test(`${parallel} parallel uses of one refresh token without grace give one success and end the family (ACC-2, SPN-6)`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const grant = await newGrant();
      const answers = await race('/oauth2/token', {
        grant_type: 'refresh_token',
        refresh_token: String(grant.refresh_token),
      });
      assertRace(answers);
      const winners = answers.filter((answer) => answer.status === 200);
      assert.equal(winners.length, 1);
      assert.equal(await isActive(winners[0]?.body.access_token), false);
      assert.equal(await isActive(winners[0]?.body.refresh_token), false);
      assert.equal(await isActive(grant.access_token), false);
    }
  });

  test(`${parallel} parallel uses of one refresh token within the grace give the same successor, and the family lives (SPN-6)`, async () => {
    await cluster.cli('tenant', 'set', 'default', '--refresh-grace', '30');
    // A change is seen by every process within a second (architecture, section 7).
    await sleep(1000);
    try {
      for (let round = 0; round < rounds; round += 1) {
        const grant = await newGrant();
        const answers = await race('/oauth2/token', {
          grant_type: 'refresh_token',
          refresh_token: String(grant.refresh_token),
        });
        assertRace(answers);
        assert.ok(
          answers.every((answer) => answer.status === 200),
          JSON.stringify(answers.find((a) => a.status !== 200)),
        );
        const successors = new Set(answers.map((answer) => answer.body.refresh_token));
        assert.equal(successors.size, 1);
        assert.equal(await isActive([...successors][0]), true);
        assert.equal(await isActive(answers[0]?.body.access_token), true);
      }
    } finally {
      await cluster.cli('tenant', 'set', 'default', '--refresh-grace', '0');
    }
  });

  test(`${parallel} parallel polls of one approved device code give one success, whose tokens end with the reuse (ACC-2, RFC 8628 §3.5)`, async () => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const tv = await cluster.cli(
      'client',
      'add',
      '--id',
      'tv',
      '--grant',
      'device_code',
      '--grant',
      'refresh_token',
    );
    const device: TestClient = { id: 'tv', secret: String(tv.client_secret), redirectUri };
    for (let round = 0; round < rounds; round += 1) {
      const asked = await post('/oauth2/device_authorization', { scope: 'openid offline_access' }, device);
      assert.equal(asked.status, 200, JSON.stringify(asked.body));
      await person.approveDevice(node(round), String(asked.body.user_code));
      const form = { grant_type, device_code: String(asked.body.device_code) };
      const answers = await race('/oauth2/token', form, device);
      assertRace(answers);
      const winners = answers.filter((answer) => answer.status === 200);
      assert.equal(winners.length, 1);
      const others = answers.filter((answer) => answer.status !== 200);
      assert.ok(others.every((answer) => answer.status === 400 && answer.body.error === 'invalid_grant'));
      assert.equal(await isActive(winners[0]?.body.access_token, device), false);
      assert.equal(await isActive(winners[0]?.body.refresh_token, device), false);
    }
  });

  test(`${parallel} parallel polls of a device code that waits are told to wait once, and to slow down every other time (RFC 8628 §3.5)`, async () => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const secret = String(
      (await cluster.cli('client', 'add', '--id', 'radio', '--grant', 'device_code')).client_secret,
    );
    const device: TestClient = { id: 'radio', secret, redirectUri };
    const asked = await post('/oauth2/device_authorization', { scope: 'openid' }, device);
    const form = { grant_type, device_code: String(asked.body.device_code) };
    const answers = await race('/oauth2/token', form, device);
    assertRace(answers);
    const told = Map.groupBy(answers, (answer) => answer.body.error);
    assert.deepEqual(
      [told.get('authorization_pending')?.length, told.get('slow_down')?.length],
      [1, parallel - 1],
    );
  });

  test(`${parallel} parallel completions of one pushed request give one code (ACC-2, RFC 9126 §4)`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { challenge } = newVerifier();
      const pushed = await post(
        '/oauth2/par',
        Object.fromEntries(new URL(`http://x${authorizePath(client, challenge, 'openid')}`).searchParams),
      );
      assert.equal(pushed.status, 201);
      const query = new URLSearchParams({
        client_id: client.id,
        request_uri: String(pushed.body.request_uri),
      });
      const answers = await releaseTogether(
        Array.from({ length: parallel }, (_, index) => ({
          port: node(index).port,
          method: 'GET' as const,
          path: `/oauth2/authorize?${query}`,
          headers: { cookie: person.cookie(), accept: 'application/json' },
        })),
      );
      assertRace(answers);
      const codes = answers.filter((answer) => answer.location?.includes('code='));
      assert.equal(codes.length, 1);
      const rest = answers.filter((answer) => !answer.location?.includes('code='));
      assert.ok(
        rest.every(
          (answer) =>
            answer.location?.includes('invalid_request_uri') || answer.body.error === 'invalid_request_uri',
        ),
      );
    }
  });

  test(`${parallel} parallel uses of one client assertion authenticate once (ACC-2, RFC 7523 §3)`, async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const file = join(cluster.directory, 'race-client.jwk');
    writeFileSync(
      file,
      JSON.stringify({ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'race' }),
    );
    await cluster.cli(
      'client',
      'add',
      '--id',
      'signer',
      '--grant',
      'client_credentials',
      '--scope',
      'api',
      '--jwks',
      file,
      '--auth-method',
      'private_key_jwt',
    );
    for (let round = 0; round < rounds; round += 1) {
      const now = Math.floor(Date.now() / 1000);
      const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const claims = {
        iss: 'signer',
        sub: 'signer',
        aud: cluster.issuer,
        jti: randomBytes(16).toString('hex'),
        iat: now,
        exp: now + 60,
      };
      const input = `${encode({ alg: 'ES256', kid: 'race', typ: 'JWT' })}.${encode(claims)}`;
      const signature = sign('sha256', Buffer.from(input), {
        key: privateKey,
        dsaEncoding: 'ieee-p1363',
      }).toString('base64url');
      const answers = await race(
        '/oauth2/token',
        {
          grant_type: 'client_credentials',
          scope: 'api',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: `${input}.${signature}`,
        },
        null,
      );
      assertRace(answers);
      assert.equal(answers.filter((answer) => answer.status === 200).length, 1, JSON.stringify(answers[0]));
      assert.ok(answers.filter((answer) => answer.status !== 200).every((answer) => answer.status === 401));
    }
  });
});
