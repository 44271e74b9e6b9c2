import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientRecord, SessionRecord } from '../storage/ports.ts';
import { decideLogout, mayRedirect } from './decide.ts';

const session = { id: 'sid', subject: 'USR-ada' } as SessionRecord;
const own = { subject: 'USR-ada', sessionId: 'sid' };

const cases: readonly (readonly [string, Parameters<typeof decideLogout>[0], string])[] = [
  ['the ID token of this session', { hinted: own, isReturnRefused: false }, 'end'],
  ['no ID token', { hinted: undefined, isReturnRefused: false }, 'ask'],
  ['one of another session', { hinted: { ...own, sessionId: 'x' }, isReturnRefused: false }, 'ask'],
  ['one of another person', { hinted: { ...own, subject: 'USR-x' }, isReturnRefused: false }, 'ask'],
  ['an address that is not registered', { hinted: own, isReturnRefused: true }, 'ask'],
];
for (const [what, request, expected] of cases) {
  test(`with ${what} the endpoint decides to ${expected}, and without a session there is nothing to end (OpenID Connect RP-Initiated Logout §2)`, () => {
    assert.equal(decideLogout(request, session).do, expected);
    assert.equal(decideLogout(request, undefined).do, 'answer');
  });
}

test('a browser is sent on for a proven client, or for a named one after the person said so (OpenID Connect RP-Initiated Logout §3)', () => {
  const client = {} as ClientRecord;
  const redirectUri = 'https://app.example/';
  const named = { asker: { client, isProven: false }, redirectUri };
  const proven = { asker: { client, isProven: true }, redirectUri };
  assert.deepEqual([mayRedirect(named, false), mayRedirect(named, true)], [false, true]);
  assert.deepEqual([mayRedirect(proven, false), mayRedirect(proven, true)], [true, true]);
  for (const request of [named, proven]) {
    assert.equal(mayRedirect({ ...request, redirectUri: undefined }, true), false);
  }
});
