import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseParameters } from '@countersign/protocol';
import type { ConsentRecord, SessionRecord } from '../storage/ports.ts';
import { decide } from './decide.ts';
import type { ConsentAnswer, Interaction } from './interaction.ts';
import { type AuthorizationRequest, type Prompt, plainOrigin } from './request.ts';
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
    origin: plainOrigin,
    scope: ['openid'],
    resources: [],
    prompt: new Set(prompt),
    maxAge: undefined,
    nonce: null,
    codeChallenge: null,
    loginHint: undefined,
    uiLocales: [],
    responseMode: 'query',
    display: 'page',
    authTimeRequired: false,
    claims: null,
    consentScope: change.scope ?? ['openid'],
    acr: null,
    hintedSub: undefined,
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
    sub: facts.session?.subject,
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

test('without consent: ask, or consent_required under prompt none (OpenID Connect Core §3.1.2.4, §3.1.2.6)', () => {
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

const wantedSub = (value: string, target: 'idToken' | 'userinfo' = 'idToken') => ({
  claims: { userinfo: [], idToken: [], [target]: [{ name: 'sub', essential: false, value }] },
});

test('who is hinted at, or asked for by sub, is answered for (OpenID Connect Core §3.1.2.2, §5.5.1)', () => {
  for (const named of [
    { hintedSub: session.subject },
    wantedSub(session.subject),
    wantedSub(session.subject, 'userinfo'),
    { hintedSub: session.subject, ...wantedSub(session.subject) },
  ]) {
    assert.equal(decided(request(named)), 'answer');
    assert.equal(decided(request(named, 'none')), 'answer');
    assert.equal(decided(request(named), {}), 'login', 'nobody is signed in yet');
    assert.equal(decided(request(named, 'none'), {}), 'login_required');
  }
});

test('nobody else is: login_required, before and after a sign-in for this request, silent or not (OpenID Connect Core §3.1.2.2, §5.5.1)', () => {
  const other = 'USR-default-grace';
  for (const named of [
    { hintedSub: other },
    wantedSub(other),
    wantedSub(other, 'userinfo'),
    { hintedSub: session.subject, ...wantedSub(other) },
    { hintedSub: other, ...wantedSub(session.subject) },
  ]) {
    assert.equal(decided(request(named)), 'login_required');
    assert.equal(decided(request(named, 'none')), 'login_required');
    assert.equal(decided(request(named), signedIn()), 'login_required');
    assert.equal(decided(request(named, 'login')), 'login', 'another person may sign in');
    assert.equal(decided(request(named, 'login'), signedIn()), 'login_required');
    assert.equal(decided(request(named, 'consent'), signedIn({ consent: allowed })), 'login_required');
  }
});

const asks = (essential: boolean, ...wanted: readonly string[]) => ({ acr: { essential, wanted } });
const older = { ...session, acr: 'urn:example:older' };

test('an acr that the session has, among others or alone, is no question (OpenID Connect Core §5.5.1.1)', () => {
  for (const essential of [true, false]) {
    assert.equal(decided(request(asks(essential, 'aal1'))), 'answer');
    assert.equal(decided(request(asks(essential, 'urn:example:gold', 'aal1'), 'none')), 'answer');
    assert.equal(
      decided(request(asks(essential, older.acr)), { session: older, consent: consented }),
      'answer',
      'one that no sign-in here reaches, but this session has',
    );
  }
});

test('a wished acr that nothing reaches is no obstacle (OpenID Connect Core §5.5.1.1, §3.1.2.1)', () => {
  assert.equal(decided(request(asks(false, 'urn:example:gold'))), 'answer');
  assert.equal(decided(request(asks(false, 'urn:example:gold'), 'none')), 'answer');
  assert.equal(decided(request(asks(false, 'urn:example:gold')), {}), 'login');
});

test('an essential acr that nothing reaches is refused before anybody is troubled (OpenID Connect Core §5.5.1.1)', () => {
  const unreachable = asks(true, 'urn:example:gold');
  const unmet = 'unmet_authentication_requirements';
  assert.equal(decided(request(unreachable)), unmet);
  assert.equal(decided(request(unreachable, 'none')), unmet);
  assert.equal(decided(request(unreachable), {}), unmet);
  assert.equal(decided(request(asks(true))), unmet, 'a value that is not among the values');
  assert.equal(decided(request(unreachable, 'none'), {}), 'login_required');
});

test('an acr that a sign-in would reach is tried for, once (OpenID Connect Core §5.5.1.1)', () => {
  const before = { session: older, consent: consented };
  assert.equal(decided(request(asks(true, 'aal1')), before), 'login');
  assert.equal(decided(request(asks(false, 'aal1')), before), 'login');
  const after = { ...before, interaction: { ...untouched, signedIn: older.id } };
  assert.equal(decided(request(asks(false, 'aal1')), after), 'answer', 'a wish, tried for in vain');
  assert.equal(decided(request(asks(true, 'aal1')), after), 'unmet_authentication_requirements');
});

test('a silent request is not failed for a wished acr, and is for an essential one (OpenID Connect Core §3.1.2.1, §5.5.1.1)', () => {
  const before = { session: older, consent: consented };
  assert.equal(decided(request(asks(false, 'aal1'), 'none'), before), 'answer');
  assert.equal(decided(request(asks(true, 'aal1'), 'none'), before), 'login_required');
});

test('claims asked for by name want the consent of the scope they belong to (OpenID Connect Core §5.5)', () => {
  assert.equal(decided(request({ consentScope: ['openid', 'email'] })), 'consent');
  assert.equal(decided(request({ consentScope: ['openid', 'email'] }, 'none')), 'consent_required');
  assert.equal(decided(request({ consentScope: ['openid', 'profile'] })), 'answer');
});

test('sub asked for without a value names nobody (OpenID Connect Core §5.5.1)', () => {
  const claims = {
    userinfo: [{ name: 'sub', essential: true }],
    idToken: [{ name: 'sub', essential: false }],
  };
  assert.equal(decided(request({ claims })), 'answer');
});
