import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../ports.ts';
import type { Order } from './child.ts';
import { type Child, startChild } from './children.ts';
import { type Driver, inPlace, type Place } from './driver.ts';
import * as make from './fixtures.ts';

const { hashed, noTrail, now } = make;
const rounds = Number(process.env.ROUNDS ?? 5);
const names = Array.from({ length: 20 }, (_, index) => `n${index}`);

async function count(outcomes: readonly Promise<string>[]): Promise<Readonly<Record<string, number>>> {
  const counted: Record<string, number> = {};
  for (const outcome of await Promise.all(outcomes)) counted[outcome] = (counted[outcome] ?? 0) + 1;
  return counted;
}

function takeOf(store: Store, id: string): Promise<string> {
  const produced = { family: make.family('a', `grant-${id}`), accessToken: null, trail: noTrail };
  return store.codes.take('a', hashed(id), now, produced, make.reuse('a', `grant-${id}`));
}

async function rotateOf(store: Store, id: string): Promise<string> {
  const { outcome } = await store.refreshFamilies.rotate({
    tenant: 'a',
    id,
    presented: 1,
    rotate: true,
    graceSeconds: 0,
    now,
    idleExpiresAt: now + 7000,
    accessToken: null,
    trail: noTrail,
    reuse: { ...make.reuse('a', id), onReuse: 'family' },
  });
  return outcome;
}

/** Lets two child processes loose on the same things; each thing must have one winner, the processes must overlap. */
async function contest(
  place: Place,
  order: (round: number) => Order,
): Promise<readonly (readonly string[])[]> {
  const children: readonly Child[] = await Promise.all([startChild(place), startChild(place)]);
  const won: (readonly string[])[] = [];
  let overlaps = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const child of children) child.order(order(round));
    const told = await Promise.all(children.map((child) => child.told('outcomes')));
    const latestStart = Math.max(...told.map((one) => one.startedAt));
    if (told.every((one) => latestStart < one.endedAt)) overlaps += 1;
    won.push(told.flatMap((one) => one.won).sort());
  }
  await Promise.all(children.map((child) => child.close()));
  assert.ok(overlaps > 0, 'the two processes never overlapped');
  return won;
}

/** At most one of many callers, in one process and across processes. */
export function raceConformance(driver: Driver): void {
  test(`${driver.name}: gives a code to one of 200 parallel callers (ACC-2)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      await make.seedBasics(store, 'a');
      await store.codes.issue(make.code('a', 'c'), null, now, noTrail);
      const outcomes = await count(Array.from({ length: 200 }, () => takeOf(store, 'c')));
      assert.deepEqual(outcomes, { taken: 1, reused: 199 });
    }));

  test(`${driver.name}: lets one of 200 parallel callers rotate a refresh token (ACC-2, SPN-6)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      await make.seedBasics(store, 'a');
      await store.codes.issue(make.code('a', 'c'), null, now, noTrail);
      await takeOf(store, 'c');
      const outcomes = await count(Array.from({ length: 200 }, () => rotateOf(store, 'grant-c')));
      // The second caller is reuse: it ends the family for all after it.
      assert.deepEqual(outcomes, { rotated: 1, reused: 1, inactive: 198 });
    }));

  test(`${driver.name}: issues one code of 200 parallel completions of a pushed request (ACC-2)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open(() => now);
      await make.seedBasics(store, 'a');
      await store.pushedRequests.create(make.pushedRequest('a'));
      const issue = (_: unknown, index: number) =>
        store.codes.issue(make.code('a', `c${index}`), hashed('par'), now, noTrail);
      assert.deepEqual(await count(Array.from({ length: 200 }, issue)), { issued: 1, spent: 199 });
    }));

  test(`${driver.name}: of two processes one makes the next key and one promotes it (ACC-2, SPN-3)`, () =>
    inPlace(driver, async (place) => {
      const one = await place.open(() => now);
      const two = await place.open(() => now);
      const both = [one.store, two.store];
      const logged = both.flatMap((store, index) =>
        [1, 1, 1].map((version, turn) => {
          const key = make.signingKey('a', version, { kid: `kid-${index}-${turn}` });
          return store.keys.log(key, make.entry('a', 'key.logged', key.kid));
        }),
      );
      assert.deepEqual(await count(logged), { logged: 1, exists: 5 });
      const [key] = await one.store.keys.list('a');
      const kid = key?.kid ?? '';
      await one.store.keys.publish('a', kid, now, now, noTrail);
      const change = { activatedAt: now, dueAt: now, retiredDueAt: now };
      const promoted = both.map(async (store) => String(await store.keys.promote('a', kid, change, noTrail)));
      assert.deepEqual(await count(promoted), { true: 1, false: 1 });
    }));

  test(`${driver.name}: gives each code to one caller of two processes (ACC-2)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open();
      await make.seedBasics(store, 'a');
      for (let round = 0; round < rounds; round += 1) {
        for (const name of names)
          await store.codes.issue(make.code('a', `${round}-${name}`), null, now, noTrail);
      }
      const codes = (round: number) => names.map((name) => `${round}-${name}`).sort();
      const won = await contest(place, (round) => ({ kind: 'take', codes: codes(round), callers: 10 }));
      for (const [round, winners] of won.entries()) assert.deepEqual(winners, codes(round));
    }));

  test(`${driver.name}: of two processes one gives each device its tokens (ACC-2, RFC 8628 §3.5)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open();
      await make.seedBasics(store, 'a');
      const devices = (round: number) => names.map((name) => `${round}-${name}`).sort();
      for (let round = 0; round < rounds; round += 1) {
        for (const id of devices(round)) {
          await store.deviceCodes.create(make.deviceCode('a', id));
          await store.deviceCodes.approve('a', hashed(id), make.deviceApproval(id), noTrail);
        }
      }
      const won = await contest(place, (round) => ({
        kind: 'redeem',
        devices: devices(round),
        callers: 10,
      }));
      for (const [round, winners] of won.entries()) assert.deepEqual(winners, devices(round));
    }));

  test(`${driver.name}: lets one caller of two processes rotate each refresh token (ACC-2, SPN-6)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open();
      await make.seedBasics(store, 'a');
      for (let round = 0; round < rounds; round += 1) {
        for (const name of names) {
          await store.codes.issue(make.code('a', `${round}-${name}`), null, now, noTrail);
          await takeOf(store, `${round}-${name}`);
        }
      }
      const families = (round: number) => names.map((name) => `grant-${round}-${name}`).sort();
      const won = await contest(place, (round) => ({
        kind: 'rotate',
        families: families(round),
        callers: 10,
      }));
      for (const [round, winners] of won.entries()) assert.deepEqual(winners, families(round));
    }));

  test(`${driver.name}: lets one caller of two processes claim each owed logout (ACC-2, OpenID Connect Back-Channel Logout §2.5)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open();
      await make.seedBasics(store, 'a');
      for (let round = 0; round < rounds; round += 1) {
        for (const name of names) await make.seedLogout(store, 'a', `${round}-${name}`);
      }
      const sessions = (round: number) => names.map((name) => `${round}-${name}`).sort();
      const won = await contest(place, (round) => ({
        kind: 'claim-logout',
        sessions: sessions(round),
        callers: 10,
      }));
      for (const [round, winners] of won.entries()) assert.deepEqual(winners, sessions(round));
    }));

  test(`${driver.name}: two processes together never register more clients than there is room, or uses of a token (ACC-2, RFC 7591 §5)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open();
      await make.seedBasics(store, 'a');
      const uses = rounds * 10 - 5;
      await store.initialAccessTokens.create(
        make.initialAccessToken('a', 'initial', { usesLeft: uses, expiresAt: now + 9_000_000 }),
        noTrail,
      );
      const won = await contest(place, (round) => ({
        kind: 'register',
        names: names.map((name) => `${round}-${name}`),
        maxClients: (round + 1) * 10,
      }));
      // In the last round the token ends before the room does.
      assert.deepEqual(
        won.map((winners) => winners.length),
        Array.from({ length: rounds }, (_, round) => (round === rounds - 1 ? 5 : 10)),
      );
      assert.equal((await store.clients.list('a', { limit: 10_000 })).length, uses + 1);
    }));

  test(`${driver.name}: two processes agree on one pairwise identifier for each person and sector (OpenID Connect Core §8.1)`, () =>
    inPlace(driver, async (place) => {
      const { store } = await place.open();
      await make.seedBasics(store, 'a');
      const sectors = (round: number) => names.map((name) => `${round}-${name}.example`).sort();
      const won = await contest(place, (round) => ({
        kind: 'settle',
        sectors: sectors(round),
        callers: 10,
      }));
      for (const [round, winners] of won.entries()) assert.deepEqual(winners, sectors(round));
      const kept = await store.pairwiseSubjects.listBySubject('a', 'USR-ada');
      assert.equal(new Set(kept.map(({ sub }) => sub)).size, won.length * names.length);
    }));

  ephemeralRaceConformance(driver);
}

/** The same for the ephemeral store alone. */
export function ephemeralRaceConformance(driver: Pick<Driver, 'name' | 'create'>): void {
  test(`${driver.name}: gives each proof key to one caller of two processes (ACC-2)`, () =>
    inPlace(driver, async (place) => {
      await place.open();
      const keys = (round: number) => names.map((name) => `jti-${round}-${name}`).sort();
      const won = await contest(place, (round) => ({ kind: 'claim', keys: keys(round), callers: 10 }));
      for (const [round, winners] of won.entries()) assert.deepEqual(winners, keys(round));
    }));

  test(`${driver.name}: two processes together never get more out of a bucket than it holds (SPN-18)`, () =>
    inPlace(driver, async (place) => {
      await place.open();
      const won = await contest(place, (round) => ({ kind: 'spend', bucket: `b${round}`, times: 100 }));
      for (const winners of won) assert.equal(winners.length, 100);
    }));
}
