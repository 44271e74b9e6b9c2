/**
 * Load with a journal on the client's side: what a server acknowledged, written down when the answer came. After any number of
 * faults the journal says what must be there, and what must never work again.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Node } from './cluster.ts';
import { basic, createPerson, type Person, type TestClient } from './person.ts';
import { issuedInAudit } from './shared-store.ts';

const workers = 24;
const redirectUri = 'http://localhost/callback';

/** One family of refresh tokens. */
interface Family {
  /** Newest refresh token whose issuance was acknowledged. */
  token: string;
  /** Tokens before it: each of them spent. */
  readonly spent: string[];
  /** A rotation or revocation was sent and not acknowledged: the server may or may not have done it. */
  unsure: boolean;
  revoked: boolean;
}

export interface Journal {
  /** Codes, rotations and revocations that were acknowledged so far. */
  readonly acknowledged: number;
  /** Runs all workers, spread over the nodes, until `until` is settled. A connection that breaks and 503 are what a fault looks like; any other answer fails. */
  load(nodes: readonly Node[], until: Promise<unknown>): Promise<void>;
  /** After a fault: what was not acknowledged and did not happen goes on being used. */
  settle(node: Node): Promise<void>;
  /** Everything acknowledged is there and audited; nothing spent or revoked works. */
  check(node: Node): Promise<void>;
}

class Fault extends Error {}

export async function openJournal(cluster: Cluster): Promise<Journal> {
  const made = await cluster.cli(
    ...['client', 'add', '--id', 'web', '--redirect-uri', redirectUri, '--first-party'],
  );
  const client: TestClient = { id: 'web', secret: String(made.client_secret), redirectUri };
  const password = 'a password for faults';
  await cluster.cliWithInput(password, 'user', 'add', '--username', 'victim', '--password-stdin');
  const person: Person = createPerson('victim', password);
  const families: Family[] = [];
  const codes: { readonly code: string; readonly verifier: string }[] = [];
  const issued: string[] = [];
  let acknowledged = 0;

  async function post(node: Node, path: string, form: Readonly<Record<string, string>>) {
    let answer: Response;
    try {
      answer = await fetch(`${node.url}${path}`, {
        method: 'POST',
        headers: basic(client),
        body: new URLSearchParams(form),
      });
      const text = await answer.text();
      if (answer.status === 503) throw new Fault(text);
      return {
        status: answer.status,
        body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      };
    } catch (error) {
      // fetch throws a TypeError when the connection breaks.
      if (error instanceof TypeError) throw new Fault('the connection broke', { cause: error });
      throw error;
    }
  }

  const redeem = (node: Node, { code, verifier }: { readonly code: string; readonly verifier: string }) =>
    post(node, '/oauth2/token', {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
    });

  async function isActive(node: Node, token: string): Promise<boolean> {
    return (await post(node, '/oauth2/introspect', { token })).body.active === true;
  }

  async function open(node: Node): Promise<void> {
    const grant = await person.authorize(node, client).catch((error: unknown) => {
      throw new Fault('the sign-in did not come to an end', { cause: error });
    });
    const { status, body } = await redeem(node, grant);
    assert.equal(status, 200, JSON.stringify(body));
    acknowledged += 2;
    codes.push(grant);
    issued.push(jtiOf(body.access_token));
    families.push({ token: String(body.refresh_token), spent: [], unsure: false, revoked: false });
  }

  async function rotate(node: Node, family: Family): Promise<void> {
    family.unsure = true;
    const form = { grant_type: 'refresh_token', refresh_token: family.token };
    const { status, body } = await post(node, '/oauth2/token', form);
    assert.equal(status, 200, `an acknowledged token was refused: ${JSON.stringify(body)}`);
    family.spent.push(family.token);
    family.token = String(body.refresh_token);
    issued.push(jtiOf(body.access_token));
    family.unsure = false;
    acknowledged += 1;
  }

  async function revoke(node: Node, family: Family): Promise<void> {
    family.unsure = true;
    const { status } = await post(node, '/oauth2/revoke', { token: family.token });
    assert.equal(status, 200);
    family.revoked = true;
    family.unsure = false;
    acknowledged += 1;
  }

  async function work(nodes: readonly Node[], index: number, halted: () => boolean): Promise<void> {
    for (let step = 0; !halted(); step += 1) {
      const node = nodes[(index + step) % nodes.length];
      assert.ok(node);
      const family = families.filter((entry) => !entry.unsure && !entry.revoked)[index];
      if (family === undefined || step % 40 === 39) await open(node);
      else if (step % 60 === 59) await revoke(node, family);
      else await rotate(node, family);
    }
  }

  return {
    get acknowledged() {
      return acknowledged;
    },

    async load(nodes, until) {
      let halted = false;
      const running = Array.from({ length: workers }, async (_, index) => {
        while (!halted) {
          try {
            await work(nodes, index, () => halted);
          } catch (error) {
            if (!(error instanceof Fault)) throw error;
            await sleep(20);
          }
        }
      });
      // A worker that fails for good ends the load at once.
      await Promise.race([until, Promise.all(running)]);
      halted = true;
      await Promise.all([until, ...running]);
    },

    async settle(node) {
      for (const family of families.filter((entry) => entry.unsure)) {
        if (await isActive(node, family.token)) family.unsure = false;
      }
    },

    async check(node) {
      const sure = families.filter(({ unsure }) => !unsure);
      assert.ok(sure.length > workers, `${sure.length} of ${families.length} families are known for sure`);
      for (const family of sure) {
        const active = await isActive(node, family.token);
        assert.equal(active, !family.revoked, 'an acknowledged grant or revocation was lost');
      }
      for (const { spent } of families) {
        const last = spent.at(-1);
        if (last !== undefined) assert.equal(await isActive(node, last), false, 'a spent token came back');
      }
      for (const grant of codes.slice(-50)) {
        assert.equal((await redeem(node, grant)).body.error, 'invalid_grant', 'a code worked twice');
      }
      const recorded = await issuedInAudit(cluster.environment);
      const missing = issued.filter((jti) => !recorded.has(jti));
      assert.deepEqual(missing, [], 'an acknowledged grant has no audit record');
    },
  };
}

function jtiOf(token: unknown): string {
  const [, claims = ''] = String(token).split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string }).jti;
}
