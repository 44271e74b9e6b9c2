import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseParameters } from '@countersign/protocol';
import type { ConsentRecord, SessionRecord } from '../storage/ports.ts';
import { decide } from './decide.ts';
import type { ConsentAnswer, Interaction } from './interaction.ts';
import type { AuthorizationRequest, Prompt } from './request.ts';
import { clientWith } from './steps/step-input.test-support.ts';

const now = 1_800_000_000;

const session: SessionRecord = {
  id: 'sid',
  tenant: 'default',
  tokenHash: '' as SessionRecord['tokenHash'],
  subject: 'USR-default-ada',
  authTime: now - 100,
  acr: 'aal1',
  amr: ['pwd'],
  device: 'test',
  createdAt: now - 100,
  lastSeenAt: now,
  idleExpiresAt: now + 1000,
  expiresAt: now + 1000,
  endedAt: 0,
};

const consented: ConsentRecord = {
  tenant: 'default',
  subject: session.subject,
  clientId: 'web',
  scope: ['openid', 'profile'],
  resources: ['https://api.example/'],
  grantedAt: now,
  updatedAt: now,
};

const allowed: ConsentAnswer = { answer: 'allowed', session: session.id };
const denied: ConsentAnswer = { answer: 'denied', session: session.id };

const untouched: Interaction = {
  id: 'i',
  tenant: 'default',
  browser: 'b',
  purpose: { kind: 'account', returnTo: '/account' },
  createdAt: now,
  expiresAt: now + 600,
  signedIn: null,
  consent: null,
};

function request(
  change: Partial<AuthorizationRequest> = {},
  ...prompt: readonly Prompt[]
): AuthorizationRequest {
  return {
    client: clientWith(),
    redirectUri: 'https://app.example/cb',
    redirectUriSent: true,
    state: undefined,
    parameters: parseParameters(''),
    pushedRequest: null,
    scope: ['openid'],
    resources: [],
    prompt: new Set(prompt),
    maxAge: undefined,
    nonce: null,
    codeChallenge: null,
    loginHint: undefined,
    uiLocales: [],
    ...change,
  };
}

function decided(
  of: AuthorizationRequest,
  facts: {
    session?: SessionRecord | undefined;
    consent?: ConsentRecord | undefined;
    interaction?: Interaction;
  } = { session, consent: consented },
): string {
  const decision = decide({
    request: of,
    session: facts.session,
    consent: facts.consent,
    interaction: facts.interaction,
    now,
  });
  return decision.do === 'refuse' ? decision.error : decision.do;
}

const signedIn = (change: Partial<Interaction> = {}) => ({
  session,
  consent: consented,
  interaction: { ...untouched, signedIn: session.id, ...change },
});

test('a session and a consent that cover the request answer it', () => {
  assert.equal(decided(request()), 'answer');
  assert.equal(decided(request({}, 'none')), 'answer');
});

test('without a session: sign in, or login_required under prompt none (OpenID Connect Core §3.1.2.6)', () => {
  assert.equal(decided(request(), {}), 'login');
  assert.equal(decided(request({}, 'none'), {}), 'login_required');
});

test('without consent: ask, or consent_required under prompt none (OpenID Connect Core §3.1.2.6)', () => {
  assert.equal(decided(request(), { session }), 'consent');
  assert.equal(decided(request({}, 'none'), { session }), 'consent_required');
});

test('prompt login and select_account want a sign-in made for this request (OpenID Connect Core §3.1.2.1)', () => {
  for (const prompt of ['login', 'select_account'] as const) {
    assert.equal(decided(request({}, prompt)), 'login');
    assert.equal(
      decided(request({}, prompt), { session, consent: consented, interaction: untouched }),
      'login',
    );
    assert.equal(decided(request({}, prompt), signedIn({ signedIn: 'another session' })), 'login');
    assert.equal(decided(request({}, prompt), signedIn()), 'answer');
  }
});

test('prompt consent asks though consent is stored, once per request (OpenID Connect Core §3.1.2.1)', () => {
  assert.equal(decided(request({}, 'consent')), 'consent');
  assert.equal(decided(request({}, 'consent'), signedIn()), 'consent');
  assert.equal(decided(request({}, 'consent'), signedIn({ consent: allowed })), 'answer');
  assert.equal(decided(request({}, 'login', 'consent')), 'login');
  assert.equal(decided(request({}, 'login', 'consent'), signedIn()), 'consent');
});

test('max_age: a sign-in of exactly that age counts, an older one does not, 0 never does (OpenID Connect Core §3.1.2.1)', () => {
  assert.equal(decided(request({ maxAge: 100 })), 'answer');
  assert.equal(decided(request({ maxAge: 99 })), 'login');
  assert.equal(decided(request({ maxAge: 99 }, 'none')), 'login_required');
  assert.equal(
    decided(request({ maxAge: 0 }), { session: { ...session, authTime: now }, consent: consented }),
    'login',
  );
  assert.equal(decided(request({ maxAge: 0 }), signedIn()), 'answer');
});

test('"allowed" without a stored consent of this person asks again: another one may have pressed the button', () => {
  assert.equal(decided(request(), { ...signedIn({ consent: allowed }), consent: undefined }), 'consent');
});

test('"allowed" in another session of this browser does not answer prompt consent of this one (OpenID Connect Core §3.1.2.1)', () => {
  const other: ConsentAnswer = { answer: 'allowed', session: 'another session' };
  assert.equal(decided(request({}, 'consent'), signedIn({ consent: other })), 'consent');
});

test('a refusal is access_denied, signed in or not (RFC 6749 §4.1.2.1)', () => {
  assert.equal(decided(request(), signedIn({ consent: denied })), 'access_denied');
  assert.equal(
    decided(request(), { interaction: { ...untouched, consent: { ...denied, session: null } } }),
    'access_denied',
  );
});

test('consent covers what it names: one more scope or resource is asked about', () => {
  assert.equal(decided(request({ scope: ['openid', 'email'] })), 'consent');
  assert.equal(decided(request({ resources: ['https://api.example/'] })), 'answer');
  assert.equal(decided(request({ resources: ['https://other.example/'] })), 'consent');
});

test('a first-party client is never asked for consent, not even by prompt consent', () => {
  const client = clientWith({ first_party: true });
  assert.equal(decided(request({ client }, 'consent'), { session }), 'answer');
});

test('a public client that others can pose as asks every time (RFC 8252 §8.6)', () => {
  const native = { application_type: 'native', token_endpoint_auth_method: 'none' };
  const client = clientWith({ ...native, redirect_uris: ['com.example.app:/cb', 'https://app.example/cb'] });
  assert.equal(decided(request({ client, redirectUri: 'com.example.app:/cb' })), 'consent');
  assert.equal(decided(request({ client, redirectUri: 'com.example.app:/cb' }, 'none')), 'consent_required');
  assert.equal(
    decided(request({ client, redirectUri: 'com.example.app:/cb' }), signedIn({ consent: allowed })),
    'answer',
  );
  assert.equal(decided(request({ client, redirectUri: 'https://app.example/cb' })), 'answer');
});
