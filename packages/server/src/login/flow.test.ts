import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LoginFacts, type LoginState, loginEvents, loginStates, nextLoginState } from './flow.ts';

const plain: LoginFacts = { enabled: true, hasSecondFactor: false, mustChangePassword: false };
const everyFact: readonly LoginFacts[] = [true, false].flatMap((enabled) =>
  [true, false].flatMap((hasSecondFactor) =>
    [true, false].map((mustChangePassword) => ({ enabled, hasSecondFactor, mustChangePassword })),
  ),
);

test('a right password ends the sign-in of an account that lacks nothing', () => {
  assert.equal(nextLoginState('password', 'password-verified', plain), 'done');
});

test('an account with a second factor is never had by a password alone, through no order of steps (decision 14)', () => {
  const reachable = (facts: LoginFacts): ReadonlySet<LoginState> => {
    const found = new Set<LoginState>(['identify']);
    for (const state of found) {
      for (const event of loginEvents) {
        if (event !== 'factor-verified') found.add(nextLoginState(state, event, facts));
      }
    }
    return found;
  };
  for (const facts of everyFact.filter(({ hasSecondFactor }) => hasSecondFactor)) {
    assert.ok(!reachable(facts).has('done'));
    assert.ok(!reachable(facts).has('new-password'));
  }
  assert.ok(reachable(plain).has('done'));
});

test('a password that must be changed is changed before there is a session, after every factor', () => {
  const facts = { ...plain, hasSecondFactor: true, mustChangePassword: true };
  assert.equal(nextLoginState('password', 'password-verified', facts), 'second-factor');
  assert.equal(nextLoginState('second-factor', 'factor-verified', facts), 'new-password');
  assert.equal(nextLoginState('new-password', 'password-replaced', facts), 'done');
});

test('a step that does not belong to the state is refused, and a disabled account at every step', () => {
  assert.equal(nextLoginState('identify', 'password-verified', plain), 'refused');
  assert.equal(nextLoginState('password', 'factor-verified', plain), 'refused');
  assert.equal(nextLoginState('password', 'password-replaced', plain), 'refused');
  for (const state of loginStates) {
    for (const event of loginEvents) {
      assert.equal(nextLoginState(state, event, { ...plain, enabled: false }), 'refused');
      if (state === 'done' || state === 'refused')
        assert.equal(nextLoginState(state, event, plain), 'refused');
    }
  }
});
