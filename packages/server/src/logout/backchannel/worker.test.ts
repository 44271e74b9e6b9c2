/** The worker over a real store, keys and tokens; the network is in the hands of the test. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseClientMetadata } from '@countersign/protocol';
import { createClientKeys, createEncryptionKeys } from '../../clients/index.ts';
import { manage } from '../../keys/manager.test-support.ts';
import {
  type Outbound,
  OutboundError,
  type OutboundErrorCode,
  type OutboundRequest,
  type OutboundResponse,
} from '../../ports.ts';
import * as make from '../../storage/conformance/fixtures.ts';
import type { LogoutDeliveryStore, Store } from '../../storage/ports.ts';
import { createPublicSubjects } from '../../subjects/index.ts';
import { systemRandom } from '../../system.ts';
import { createLogger } from '../../telemetry/log.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { openTestStore, type TestStore } from '../../testing/store.ts';
import { createLogoutTokens, createResponseEncryption } from '../../tokens/index.ts';
import { eventually } from '../relying-party.test-support.ts';
import { createDelivery } from './delivery.ts';
import { maxAttempts } from './schedule.ts';
import { createLogoutWorker, type LogoutWorker, type LogoutWorkerParts } from './worker.ts';

const { noTrail } = make;
const tenant = 'acme';

/** Answers as it is told, and notes what it was asked. */
class Network implements Outbound {
  readonly calls: { readonly url: string; readonly token: string; readonly sid: string }[] = [];
  readonly busy = new Map<string, number>();
  readonly most = new Map<string, number>();
  answer: (url: string) => Promise<OutboundResponse> = async () => status(200);

  async send({ url, body = '' }: OutboundRequest): Promise<OutboundResponse> {
    const token = new URLSearchParams(body).get('logout_token') ?? '';
    const { sid } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    this.calls.push({ url, token, sid });
    const now = (this.busy.get(url) ?? 0) + 1;
    this.busy.set(url, now);
    this.most.set(url, Math.max(now, this.most.get(url) ?? 0));
    try {
      return await this.answer(url);
    } finally {
      this.busy.set(url, (this.busy.get(url) ?? 1) - 1);
    }
  }

  sidsAt(url: string): readonly string[] {
    return this.calls.filter((call) => call.url === url).map(({ sid }) => sid);
  }
}

const status = (code: number): OutboundResponse => ({
  status: code,
  headers: new Headers(),
  body: new Uint8Array(),
});
const fails = (code: OutboundErrorCode) => async (): Promise<never> => {
  throw new OutboundError(code, 'as the test says');
};
const urlOf = (client: string): string => `https://${client}.example/bcl`;

interface Rig {
  readonly opened: TestStore;
  readonly network: Network;
  readonly logged: string[];
  worker(store?: Store, change?: Partial<LogoutWorkerParts>): Promise<LogoutWorker>;
  addClient(id: string, metadata?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Sessions that end at once, each owed to these clients. */
  owe(sessions: readonly string[], clients: readonly string[]): Promise<void>;
}

async function withRig(run: (rig: Rig) => Promise<void>): Promise<void> {
  const opened = await openTestStore();
  const network = new Network();
  const logged: string[] = [];
  const log = createLogger('info', { write: (line) => logged.push(line) });
  const workers: LogoutWorker[] = [];
  const { store, clock } = opened;
  const rig: Rig = {
    opened,
    network,
    logged,
    async worker(on = store, change = {}) {
      const keys = manage(opened, { store: on, publishSeconds: 0 });
      const publicSubjects = createPublicSubjects({
        store: on.pairwiseSubjects,
        changes: on.changes,
        random: systemRandom,
        clock,
      });
      const encryption = createResponseEncryption(
        createEncryptionKeys(createClientKeys({ outbound: network, changes: on.changes, clock, log })),
      );
      const worker = createLogoutWorker({
        store: on.logoutDeliveries,
        changes: on.changes,
        delivery: createDelivery({
          findTenant: (id) => on.tenants.find(id),
          findClient: (owner, id) => on.clients.find(owner, id),
          tokens: createLogoutTokens({ keys, publicSubjects, encryption, random: systemRandom }),
          outbound: network,
          clock,
          publicUrl: 'https://id.example',
        }),
        clock,
        random: systemRandom,
        log,
        metrics: createMetrics({ processMetrics: false }),
        sealed: false,
        pollMs: 10,
        ...change,
      });
      workers.push(worker);
      await worker.start();
      return worker;
    },
    async addClient(id, metadata = { backchannel_logout_uri: urlOf(id) }) {
      const parsed = parseClientMetadata(
        { redirect_uris: ['https://app.example/cb'], ...metadata },
        { profile: 'standard', defaultIdTokenAlg: 'ES256' },
      );
      await store.clients.create(make.client(tenant, id, { metadata: parsed }), noTrail);
    },
    async owe(sessions, clients) {
      const now = clock.now();
      await Promise.all(
        sessions.map(async (id) => {
          await store.sessions.create(make.session(tenant, id), noTrail);
          for (const clientId of clients) {
            const code = make.code(tenant, `${id} ${clientId}`, { sessionId: id, clientId });
            assert.equal(await store.codes.issue(code, null, now, noTrail), 'issued');
          }
          await store.sessions.end(tenant, id, now, make.revocation(tenant, 'session', id, now), noTrail);
        }),
      );
    },
  };
  try {
    await store.tenants.create(make.tenant(tenant), noTrail);
    await store.subjects.create(make.subject(tenant), [], noTrail);
    await run(rig);
  } finally {
    network.answer = async () => status(200);
    await Promise.all(workers.map((worker) => worker.stop()));
    await opened.close();
  }
}

const settled = (store: Store) => async (): Promise<boolean> => {
  const { waiting } = await store.logoutDeliveries.count();
  return waiting === 0;
};
const numbered = (count: number, prefix = 's'): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(3, '0')}`);

test('what was committed while no process could deliver is delivered by the next one that starts (OpenID Connect Back-Channel Logout §2.5)', () =>
  withRig(async ({ opened, network, addClient, owe, worker }) => {
    await addClient('web');
    await owe(numbered(40), ['web']);
    assert.equal(network.calls.length, 0);
    await worker();
    await eventually('all told', settled(opened.store));
    assert.deepEqual([...network.sidsAt(urlOf('web'))].sort(), numbered(40));
  }));

test('of two processes one tells each client of each session, once (ACC-2, OpenID Connect Back-Channel Logout §2.5)', () =>
  withRig(async ({ opened, network, addClient, owe, worker }) => {
    for (const id of ['web', 'mail', 'shop']) await addClient(id);
    const beside = await opened.openBeside();
    network.answer = async () => {
      await sleep(5);
      return status(200);
    };
    await Promise.all([worker(), worker(beside.store)]);
    await owe(numbered(40), ['web', 'mail', 'shop']);
    await eventually('all told', settled(opened.store));
    for (const id of ['web', 'mail', 'shop']) {
      assert.deepEqual([...network.sidsAt(urlOf(id))].sort(), numbered(40), id);
    }
  }));

test('a process that died while it sent only delays: the next one waits out its claim, then tells (OpenID Connect Back-Channel Logout §2.5)', () =>
  withRig(async ({ opened, network, addClient, owe, worker }) => {
    const { store, clock } = opened;
    await addClient('web');
    await owe(['gone'], ['web']);
    const [owed] = await store.logoutDeliveries.listDue(clock.now(), 10, []);
    assert.ok(owed);
    assert.ok(await store.logoutDeliveries.claim(tenant, owed, owed.dueAt, clock.now() + 30));
    await worker();
    await sleep(100);
    assert.equal(network.calls.length, 0);
    clock.advance(31);
    await eventually('told', settled(store));
    assert.deepEqual(network.sidsAt(urlOf('web')), ['gone']);
  }));

test('a delivery whose end could not be written is made again: at least once (OpenID Connect Back-Channel Logout §2.5)', () =>
  withRig(async ({ opened, network, addClient, owe, worker }) => {
    const { store, clock } = opened;
    await addClient('web');
    let failures = 1;
    const faulty: LogoutDeliveryStore = {
      ...store.logoutDeliveries,
      finish: async (...parameters) => {
        if (failures-- > 0) throw new Error('the disk is full');
        return store.logoutDeliveries.finish(...parameters);
      },
    };
    await worker({ ...store, logoutDeliveries: faulty });
    await owe(['twice'], ['web']);
    await eventually('told', () => network.calls.length === 1);
    await sleep(50);
    assert.equal(network.calls.length, 1, 'not before the claim has run out');
    clock.advance(31);
    await eventually('told again', settled(store));
    assert.deepEqual(network.sidsAt(urlOf('web')), ['twice', 'twice']);
  }));

test('a client that hangs delays nobody else, and is called by few at a time (OpenID Connect Back-Channel Logout §2.5)', () =>
  withRig(async ({ opened, network, addClient, owe, worker }) => {
    for (const id of ['hung', 'web']) await addClient(id);
    await owe(numbered(150, 'h'), ['hung']);
    opened.clock.advance(1);
    const { promise: released, resolve: release } = Promise.withResolvers<OutboundResponse>();
    network.answer = (url) => (url === urlOf('hung') ? released : Promise.resolve(status(200)));
    await worker();
    await eventually('the hung one is called', () => network.busy.get(urlOf('hung')) === 2);
    const begun = Date.now();
    await owe(numbered(20), ['web']);
    await eventually('the others are told', () => network.sidsAt(urlOf('web')).length === 20);
    assert.ok(Date.now() - begun < 5000);
    assert.equal(network.most.get(urlOf('hung')), 2);
    release(status(200));
  }));

test('many clients that do not answer leave turns to those that do (OpenID Connect Back-Channel Logout §2.5)', () =>
  withRig(async ({ opened, network, addClient, owe, worker }) => {
    const silent = numbered(40, 'silent');
    for (const id of [...silent, 'web']) await addClient(id);
    await owe(numbered(3, 'x'), silent);
    opened.clock.advance(1);
    network.answer = async (url) => {
      if (url === urlOf('web')) return status(200);
      await sleep(200);
      throw new OutboundError('timeout', 'nothing came');
    };
    await worker();
    await eventually('they are called', () => network.calls.length >= 32);
    await owe(numbered(10), ['web']);
    await eventually('the one that answers is told', () => network.sidsAt(urlOf('web')).length === 10, 5000);
  }));

test('what fails is tried again with a fresh token each time, given up after the last attempt, and told of in audit and outbox (OpenID Connect Back-Channel Logout §2.5)', () =>
  withRig(async ({ opened, network, logged, addClient, owe, worker }) => {
    const { store, clock } = opened;
    await addClient('web');
    network.answer = async () => status(503);
    await worker();
    await owe(['lost'], ['web']);
    for (let attempts = 1; attempts <= maxAttempts; attempts += 1) {
      await eventually(`attempt ${attempts}`, async () => {
        const [owed] = await store.logoutDeliveries.list(tenant, { limit: 1 });
        return network.calls.length === attempts && owed?.state !== 'sending';
      });
      const [owed] = await store.logoutDeliveries.list(tenant, { limit: 1 });
      assert.deepEqual([owed?.attempts, owed?.reason], [attempts, 'status_503']);
      assert.equal(owed?.state, attempts === maxAttempts ? 'dead' : 'waiting');
      await sleep(30);
      assert.equal(network.calls.length, attempts, 'not before its time');
      clock.advance(Math.max(0, (owed?.dueAt ?? 0) - clock.now()));
    }
    assert.equal(new Set(network.calls.map(({ token }) => token)).size, maxAttempts);
    assert.deepEqual(await store.logoutDeliveries.count(), { waiting: 0, dead: 1 });
    const [entry] = await store.audit.listNewest(tenant, 1);
    assert.deepEqual(
      [entry?.action, entry?.outcome, entry?.reason, entry?.target, entry?.details],
      [
        'logout.undelivered',
        'failed',
        'status_503',
        { kind: 'client', id: 'web' },
        { session: 'lost', attempts: maxAttempts },
      ],
    );
    const [event] = opened.sql().prepare("SELECT type, data FROM outbox WHERE type LIKE 'logout%'").all();
    assert.match(String(event?.data), /"reason":"status_503"/);
    assert.ok(logged.some((line) => line.includes('given up')));
    assert.ok(logged.every((line) => !line.includes('web.example') && !line.includes('eyJ')));

    // An operator tries again, from whatever process: it starts over, and at once.
    network.answer = async () => status(204);
    const beside = await opened.openBeside();
    await beside.store.logoutDeliveries.retry(
      tenant,
      { sessionId: 'lost', clientId: 'web' },
      clock.now(),
      noTrail,
    );
    await eventually('told at last', settled(store));
    assert.equal(network.calls.length, maxAttempts + 1);
    assert.deepEqual(await store.logoutDeliveries.list(tenant, { limit: 1 }), []);
  }));

test('an address that may not be called is given up at once, with the reason (OpenID Connect Back-Channel Logout §2.5, attack 7)', () =>
  withRig(async ({ opened, network, addClient, owe, worker }) => {
    const { store } = opened;
    await addClient('web');
    await worker();
    const reasons = ['forbidden_address', 'forbidden_url'] as const;
    for (const [index, reason] of reasons.entries()) {
      network.answer = fails(reason);
      await owe([reason], ['web']);
      await eventually('given up', async () => (await store.logoutDeliveries.count()).dead === index + 1);
    }
    const owed = await store.logoutDeliveries.list(tenant, { limit: 10 });
    assert.deepEqual(
      owed.map(({ sessionId, state, attempts, reason }) => [sessionId, state, attempts, reason]),
      reasons.map((reason) => [reason, 'dead', 1, reason]),
    );
  }));

test('answers other than 200 and 204, and endless or missing ones, are failures; a redirect is not followed (OpenID Connect Back-Channel Logout §2.8)', () =>
  withRig(async ({ opened, network, addClient, owe, worker }) => {
    const { store } = opened;
    await addClient('web');
    await worker();
    const answers: Readonly<Record<string, () => Promise<OutboundResponse>>> = {
      status_201: async () => status(201),
      status_302: async () => status(302),
      status_400: async () => status(400),
      status_501: async () => status(501),
      too_large: fails('too_large'),
      timeout: fails('timeout'),
      unreachable: fails('unreachable'),
    };
    for (const [reason, answer] of Object.entries(answers)) {
      network.answer = answer;
      const before = network.calls.length;
      await owe([reason], ['web']);
      await eventually(reason, async () => {
        const owed = await store.logoutDeliveries.list(tenant, { limit: 100 });
        return owed.some(
          (one) => one.sessionId === reason && one.reason === reason && one.state === 'waiting',
        );
      });
      assert.equal(network.calls.length, before + 1);
    }
  }));

test('clients that want to hear nothing, or are gone, are owed nothing for long; a disabled one is told (OpenID Connect Back-Channel Logout §2.2)', () =>
  withRig(async ({ opened, network, addClient, owe, worker }) => {
    const { store } = opened;
    await addClient('quiet', {});
    for (const id of ['gone', 'disabled']) await addClient(id);
    await owe(['s'], ['quiet', 'gone', 'disabled']);
    await store.clients.remove(tenant, 'gone', make.revocation(tenant, 'client', 'gone'), noTrail);
    const disabled = await store.clients.find(tenant, 'disabled');
    assert.ok(disabled);
    await store.clients.replace({ ...disabled, disabledAt: 1 }, 1, noTrail);
    await worker();
    await eventually('all settled', settled(store));
    assert.deepEqual(
      network.calls.map(({ url }) => url),
      [urlOf('disabled')],
    );
    assert.deepEqual(await store.logoutDeliveries.list(tenant, { limit: 10 }), []);
  }));

test('attempts that no process survived count, and are not made for ever (OpenID Connect Back-Channel Logout §2.5)', () =>
  withRig(async ({ opened, network, addClient, owe, worker }) => {
    const { store, clock } = opened;
    await addClient('web');
    await owe(['poison'], ['web']);
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const [owed] = await store.logoutDeliveries.listDue(clock.now(), 1, []);
      assert.ok(owed);
      assert.ok(await store.logoutDeliveries.claim(tenant, owed, owed.dueAt, clock.now() + 30));
      clock.advance(31);
    }
    await worker();
    await eventually('given up', async () => (await store.logoutDeliveries.count()).dead === 1);
    assert.equal(network.calls.length, 0);
    const [owed] = await store.logoutDeliveries.list(tenant, { limit: 1 });
    assert.equal(owed?.reason, 'interrupted');
  }));

test('a worker that stops begins nothing more, and ends what it has begun (ACC-1)', () =>
  withRig(async ({ opened, network, addClient, owe, worker }) => {
    const { store } = opened;
    await addClient('web');
    await owe(numbered(10), ['web']);
    const { promise: released, resolve: release } = Promise.withResolvers<OutboundResponse>();
    network.answer = () => released;
    const running = await worker();
    await eventually('begun', () => network.calls.length === 2);
    const stopped = running.stop();
    await sleep(30);
    release(status(200));
    await stopped;
    assert.equal(network.calls.length, 2);
    assert.deepEqual(await store.logoutDeliveries.count(), { waiting: 8, dead: 0 });
    const owed = await store.logoutDeliveries.list(tenant, { limit: 10 });
    assert.ok(owed.every(({ state }) => state === 'waiting'));
  }));

test('a store that does not answer stops nothing for good: the next round tries again (ACC-1)', () =>
  withRig(async ({ opened, network, logged, addClient, owe, worker }) => {
    const { store } = opened;
    await addClient('web');
    let failures = 3;
    const faulty: LogoutDeliveryStore = {
      ...store.logoutDeliveries,
      listDue: async (...parameters) => {
        if (failures-- > 0) throw new Error('away');
        return store.logoutDeliveries.listDue(...parameters);
      },
    };
    await owe(['s'], ['web']);
    await worker({ ...store, logoutDeliveries: faulty });
    await eventually('told', settled(store));
    assert.equal(network.calls.length, 1);
    assert.ok(logged.some((line) => line.includes('could not be read')));
  }));

test('while nothing may be sent out everything waits, and the log says so (OpenID Connect Back-Channel Logout §2.5)', () =>
  withRig(async ({ opened, network, logged, addClient, owe, worker }) => {
    const { store, clock } = opened;
    await addClient('web');
    await owe(['before'], ['web']);
    await worker(store, { sealed: true });
    await owe(['after'], ['web']);
    await sleep(100);
    assert.equal(network.calls.length, 0);
    assert.deepEqual(await store.logoutDeliveries.count(), { waiting: 2, dead: 0 });
    assert.ok(logged.some((line) => line.includes('"waiting":1') && line.includes('outbound.sealed')));
    const owed = await store.logoutDeliveries.list(tenant, { limit: 10 });
    assert.ok(owed.every(({ attempts }) => attempts === 0));
    // Opened again by a restart: what waited is told.
    clock.advance(3600);
    await worker();
    await eventually('told', settled(store));
    assert.equal(network.calls.length, 2);
  }));
