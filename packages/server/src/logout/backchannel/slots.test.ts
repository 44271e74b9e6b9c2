import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlots, type Recipient, type Slots } from './slots.ts';

const of = (clientId: string, tenant = 'a'): Recipient => ({ tenant, clientId });
const names = (slots: Slots) => slots.full().map(({ tenant, clientId }) => `${tenant}/${clientId}`);

function admit(slots: Slots, clientId: string, tenant = 'a') {
  const leave = slots.admit(of(clientId, tenant));
  assert.ok(leave, `${clientId} was not admitted`);
  return leave;
}

test('one client takes only its share, however much it is owed (OpenID Connect Back-Channel Logout §2.5)', () => {
  const slots = createSlots({ total: 5, perClient: 2, silent: 2 });
  const leave = admit(slots, 'web');
  admit(slots, 'web');
  assert.equal(slots.admit(of('web')), undefined);
  assert.deepEqual(names(slots), ['a/web']);
  admit(slots, 'web', 'b');
  admit(slots, 'mail');
  leave('answered');
  admit(slots, 'web');
  admit(slots, 'last');
  assert.equal(slots.isFull(), true);
  assert.equal(slots.admit(of('another')), undefined);
});

test('clients that did not answer share a part of the turns, so that the others always find one (OpenID Connect Back-Channel Logout §2.5)', () => {
  const slots = createSlots({ total: 4, perClient: 2, silent: 2 });
  for (const id of ['h1', 'h2', 'h3']) admit(slots, id)('silent');
  const first = admit(slots, 'h1');
  assert.equal(slots.admit(of('h1')), undefined, 'one at a time of one that hangs');
  admit(slots, 'h2');
  assert.equal(slots.admit(of('h3')), undefined, 'the silent have no turn left');
  assert.deepEqual(names(slots).sort(), ['a/h1', 'a/h2', 'a/h3']);
  admit(slots, 'web');
  admit(slots, 'web');
  assert.equal(slots.isFull(), true);
  // It answers again, and counts as any other.
  first('answered');
  admit(slots, 'h1');
  assert.equal(slots.isFull(), true);
});

test('only so many silent clients are remembered (OpenID Connect Back-Channel Logout §2.5)', () => {
  const slots = createSlots({ total: 4, perClient: 2, silent: 0 });
  for (let index = 0; index < 101; index += 1) admit(slots, `h${index}`)('silent');
  assert.equal(slots.full().length, 100);
  admit(slots, 'h0');
  assert.equal(slots.admit(of('h1')), undefined);
});
